import { askable, type SpaceKind } from '../../policy/code-point-space.ts'
import type { CodePoint } from '../../policy/code-points.ts'
import { approves, fips1403Tls, type TlsProfile } from '../../policy/profiles.ts'
import { controls } from '../../policy/tls-questions.ts'
import type { ClientHelloSpec } from './client-hello.ts'
import { code4 } from './ranges.ts'

/** The one thing that a planted client offers although it should not; empty for a sound client. */
export type OfferDefect = { kind?: 'version' | SpaceKind; code?: CodePoint }

/** Every offer that can be planted: the versions below TLS 1.2, and each number of suites, groups and signature schemes that the profile does not approve. */
export const plantableOffers = (profile: TlsProfile = fips1403Tls): OfferDefect[] => [
  ...['0300', '0301', '0302'].filter((code) => !approves(profile, 'version', code)).map((code) => ({ kind: 'version' as const, code })),
  ...(['suite', 'group', 'scheme'] as const).flatMap((kind) =>
    askable(kind)
      .map(code4)
      .filter((code) => !approves(profile, kind, code))
      .map((code) => ({ kind, code })),
  ),
]

/** The ClientHello of a client that offers what is approved, and the defect last. `random`: 32 octets in hex. */
export const plantedHello = ({ kind, code = '' }: OfferDefect, random: string): ClientHelloSpec => {
  const including = (own: typeof kind, sound: readonly CodePoint[]): CodePoint[] => [...sound, ...(kind === own ? [code] : [])]
  return {
    recordVersion: '0301',
    legacyVersion: '0303',
    random,
    sessionId: '',
    supportedVersions: including('version', controls.version),
    suites: including('suite', [...controls.tls13Suites, ...controls.tls12Suites]),
    groups: including('group', controls.groups),
    keyShares: [],
    signatureSchemes: including('scheme', ['0403', '0503', '0603', '0804', '0805', '0806', '0401', '0501', '0601']),
    sni: null,
    extendedMasterSecret: true,
    renegotiationInfo: true,
    alpn: [],
  }
}
