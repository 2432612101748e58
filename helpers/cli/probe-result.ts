import { algorithmsOf } from '../rules/ssh.ts'
import type { ListenerFacts } from '../tls/analyse/listener.ts'
import { code4, expand } from '../tls/analyse/ranges.ts'
import type { Probed, ProbeSettings } from './probe-endpoint.ts'
import type { ProbeLine, SshLine, TlsLine } from './probe-line.ts'

type ByVersion = Record<string, string[]>

const collect = (pairs: readonly (readonly [version: string, code: string | undefined])[]): ByVersion => {
  const byVersion = Map.groupBy(
    pairs.filter(([, code]) => code !== undefined),
    ([version]) => version,
  )
  return Object.fromEntries(
    [...byVersion].toSorted().map(([version, list]) => [version, [...new Set(list.flatMap(([, code]) => code ?? []))].toSorted()]),
  )
}

const ofAccounts = (listener: ListenerFacts, asks: 'suite' | 'group' | 'scheme'): [string, string][] =>
  (listener.sweep?.accounts ?? [])
    .filter((account) => account.asks === asks)
    .flatMap(({ version, accepted }) => accepted.map((code): [string, string] => [version, code]))

/** Suites that an inconclusive result has still proven refused, by version. */
const refusedIn = (listener: ListenerFacts): ByVersion =>
  collect(
    (listener.sweep?.accounts ?? [])
      .filter(({ asks }) => asks === 'suite')
      .flatMap(({ version, refused, refusedAtypically }) =>
        expand([...refused, ...refusedAtypically]).map((number): [string, string] => [version, code4(number)]),
      ),
  )

/** What the handshakes that were gone through with show beside. */
const handshakeKeys = ({
  keyExchange,
  fallback,
  earlyData,
}: ListenerFacts): Pick<TlsLine, 'ems' | 'renegotiation' | 'compression' | 'fallback' | 'earlyData'> => ({
  ems: keyExchange && keyExchange.ems !== 'inconclusive' ? keyExchange.ems : null,
  renegotiation: keyExchange?.secureRenegotiation === undefined ? null : keyExchange.secureRenegotiation ? 'secure' : 'insecure',
  compression: keyExchange?.compression === undefined ? null : keyExchange.compression.toString(16).padStart(2, '0'),
  fallback: fallback === undefined || fallback === 'unknown' ? null : fallback,
  earlyData: earlyData === undefined || earlyData.state === 'unknown' ? null : earlyData.state,
})

const tlsKeys = (listener: ListenerFacts, isOpen: boolean): TlsLine => ({
  versions: {
    ...(listener.sslv2?.state === 'accepted' && { '0002': [] }),
    ...collect([...listener.accepted.map(({ version, suite }): [string, string] => [version, suite]), ...ofAccounts(listener, 'suite')]),
  },
  groups: collect([
    ...listener.accepted.map(({ version, group }): [string, string | undefined] => [version, group]),
    ...ofAccounts(listener, 'group'),
  ]),
  sigalgs: collect([
    ...listener.accepted.map(({ version, scheme }): [string, string | undefined] => [version, scheme]),
    ...ofAccounts(listener, 'scheme'),
  ]),
  ...handshakeKeys(listener),
  refused: isOpen ? refusedIn(listener) : {},
})

const sshKeys = ({ ssh }: Probed): SshLine => {
  if (ssh?.state !== 'offered') return { ssh: { kex: [], hostkey: [], cipher: [], mac: [], rsaBits: null, groupBits: [] } }
  const { offer, sizes } = ssh
  const key = sizes?.hostKey
  return {
    ssh: {
      kex: algorithmsOf(offer, 'kex'),
      hostkey: algorithmsOf(offer, 'hostkey'),
      cipher: [...offer.cipher],
      mac: [...offer.mac],
      rsaBits: key?.state === 'shown' ? (key.bits ?? null) : null,
      groupBits: (sizes?.groups ?? []).flatMap((group) => (group.state === 'given' ? [group.bits] : [])),
    },
  }
}

/** Why the verdict is what it is: every rule that does not pass, or one line for all of them. */
const reasonsOf = ({ judged, verdict }: Probed): string[] => {
  const open = judged.filter(({ outcome }) => outcome.verdict !== 'pass' && outcome.verdict !== 'not-applicable')
  const shown = open.length > 0 || verdict === 'pass' ? open : judged.slice(0, 1)
  return shown.map(({ title, outcome }) => `${title}: ${outcome.reason}`)
}

/** The object that `probe --json` prints for an endpoint and a server name. */
export const probeJson = (probed: Probed, { profile, starttls }: Pick<ProbeSettings, 'profile' | 'starttls'>): ProbeLine => {
  const { endpoint, outcome, verdict, listener, seconds, readings } = probed
  return {
    host: endpoint.host,
    address: endpoint.address,
    port: endpoint.port,
    sni: endpoint.sni,
    starttls: starttls ?? null,
    profile: profile.name,
    outcome,
    ...(listener ? tlsKeys(listener, outcome === 'inconclusive') : sshKeys(probed)),
    verdict,
    reasons: reasonsOf(probed),
    connections: readings.length,
    seconds,
  }
}
