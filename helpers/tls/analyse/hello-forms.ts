import { controls, everyGroup, everySuite } from '../../policy/tls-questions.ts'
import type { ClientHelloSpec } from './client-hello.ts'

/** What differs from listener to listener, and stays the same for all hellos to one of them, so that twins differ in nothing else. */
export type HelloSeed = { random: string; sessionId: string; sni: string | null; shares: ReadonlyMap<string, string> }

/**
 * Wide on purpose: a server that finds no scheme for its certificate sends alert 40, which would look like a refusal of what was asked.
 * The schemes are no question here.
 */
const everyScheme = [
  '0403',
  '0503',
  '0603',
  '0804',
  '0805',
  '0806',
  '0809',
  '080a',
  '080b',
  '0401',
  '0501',
  '0601',
  '0807',
  '0808',
  '0303',
  '0301',
  '0203',
  '0201',
]

const base = (seed: HelloSeed): Omit<ClientHelloSpec, 'supportedVersions' | 'suites' | 'groups' | 'keyShares'> => ({
  recordVersion: '0301',
  legacyVersion: '0303',
  random: seed.random,
  sessionId: seed.sessionId,
  signatureSchemes: everyScheme,
  sni: seed.sni,
  extendedMasterSecret: true,
  renegotiationInfo: true,
  alpn: [],
})

/** Shares that the seed has, in the order of `groups`. */
const sharesFor = (seed: HelloSeed, groups: readonly string[]): { group: string; public: string }[] =>
  groups.flatMap((group) => {
    const share = seed.shares.get(group)
    return share === undefined ? [] : [{ group, public: share }]
  })

/** The same hello but for the version: it offers all that a server of any version may want. */
export const versionHello = (version: string, seed: HelloSeed): ClientHelloSpec => ({
  ...base(seed),
  recordVersion: version === '0300' ? '0300' : '0301',
  legacyVersion: version === '0304' ? '0303' : version,
  supportedVersions: version === '0304' ? ['0304'] : null,
  suites: [...everySuite],
  groups: [...everyGroup],
  keyShares: sharesFor(seed, everyGroup),
})

/** A TLS 1.2 hello; only `suites` or only `groups` differ from the control's. */
export const tls12Hello = (seed: HelloSeed, offer: { suites?: readonly string[]; groups?: readonly string[] } = {}): ClientHelloSpec => ({
  ...base(seed),
  supportedVersions: null,
  suites: [...(offer.suites ?? controls.tls12Suites)],
  groups: [...(offer.groups ?? controls.groups)],
  keyShares: null,
})

/** A TLS 1.3 hello with real shares; `shared` names the groups for which one is sent, all that there are by default. */
export const tls13Hello = (
  seed: HelloSeed,
  offer: { suites?: readonly string[]; groups?: readonly string[]; shared?: readonly string[] } = {},
): ClientHelloSpec => {
  const groups = [...(offer.groups ?? controls.groups)]
  return {
    ...base(seed),
    supportedVersions: ['0304'],
    suites: [...(offer.suites ?? controls.tls13Suites)],
    groups,
    keyShares: sharesFor(seed, offer.shared ?? groups),
  }
}
