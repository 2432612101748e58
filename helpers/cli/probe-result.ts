import { algorithmsOf } from '../rules/ssh.ts'
import type { ListenerFacts } from '../tls/analyse/listener.ts'
import { code4, expand } from '../tls/analyse/ranges.ts'
import type { Probed } from './probe-endpoint.ts'

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

const tlsKeys = (listener: ListenerFacts, isOpen: boolean): Record<string, unknown> => ({
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
  ems: listener.keyExchange && listener.keyExchange.ems !== 'inconclusive' ? listener.keyExchange.ems : null,
  refused: isOpen ? refusedIn(listener) : {},
})

const sshKeys = ({ ssh }: Probed): Record<string, unknown> => ({
  ssh:
    ssh?.state === 'offered'
      ? { kex: algorithmsOf(ssh.offer, 'kex'), hostkey: algorithmsOf(ssh.offer, 'hostkey'), cipher: ssh.offer.cipher, mac: ssh.offer.mac }
      : { kex: [], hostkey: [], cipher: [], mac: [] },
})

/** Why the verdict is what it is: every rule that does not pass, or one line for all of them. */
const reasonsOf = ({ judged, verdict }: Probed): string[] => {
  const open = judged.filter(({ outcome }) => outcome.verdict !== 'pass' && outcome.verdict !== 'not-applicable')
  const shown = open.length > 0 || verdict === 'pass' ? open : judged.slice(0, 1)
  return shown.map(({ title, outcome }) => `${title}: ${outcome.reason}`)
}

/** The object that `probe --json` prints for an endpoint and a server name. */
export const probeJson = (probed: Probed): Record<string, unknown> => {
  const { endpoint, outcome, verdict, listener, seconds, readings } = probed
  return {
    host: endpoint.host,
    port: endpoint.port,
    sni: endpoint.sni,
    outcome,
    ...(listener ? tlsKeys(listener, outcome === 'inconclusive') : sshKeys(probed)),
    verdict,
    reasons: reasonsOf(probed),
    connections: readings.length,
    seconds,
  }
}
