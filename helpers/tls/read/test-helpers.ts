import type { Reading } from '../../evidence/model.ts'
import type { Outcome, Rule } from '../../rules/outcome.ts'
import {
  isIdentified,
  leavesNoPlaintext,
  type RefusalFacts,
  refusesOldVersions,
  refusesUnapprovedGroups,
  refusesUnapprovedSchemes,
  refusesUnapprovedSuites,
} from '../../rules/refusal.ts'
import type { ExchangeEvidence } from '../analyse/exchange-data.ts'
import { analyseListener, type ListenerFacts } from '../analyse/listener.ts'
import { countOf } from '../analyse/ranges.ts'
import type { SweepAccount } from '../analyse/sweep.ts'
import { dialTcp } from './dial-tcp.ts'
import { type SweepOptions, sweepListener } from './sweep-listener.ts'

/** Readings as the bundle would hand them back: through JSON, so that nothing survives that is not stored. */
export const asEvidence = (readings: readonly Reading[]): ExchangeEvidence[] =>
  readings.map(({ kind, data, blobs }, index) => ({
    id: `o${index}`,
    kind,
    data: JSON.parse(JSON.stringify(data)) as Record<string, unknown>,
    bytes: (blob) => {
      const bytes = blobs[blob]
      if (bytes === undefined) throw new Error(`no blob ${blob}`)
      return bytes
    },
  }))

export type Probed = { readings: Reading[]; facts: ListenerFacts; judge: (rule: Rule<RefusalFacts>) => Outcome }

/** Sweeps 127.0.0.1:port and judges it as a listener that is open to the network. */
export const sweepPort = async (port: number, options: Partial<SweepOptions> = {}): Promise<Probed> => {
  const readings = await sweepListener({
    dial: dialTcp('127.0.0.1', port),
    sni: 'localhost',
    signal: AbortSignal.timeout(60_000),
    ...options,
  })
  const facts = analyseListener(asEvidence(readings))
  const judge = (rule: Rule<RefusalFacts>): Outcome =>
    rule({ listener: facts, address: '192.0.2.1', port, transport: 'tcp', loopbackOnly: false, owner: 'program' }, { asOf: new Date() })
  return { readings, facts, judge }
}

/** Verdicts of FIPS-TLS-1 to 5, in order. */
export const verdictsOf = ({ judge }: Probed): string[] =>
  [refusesOldVersions, refusesUnapprovedSuites, refusesUnapprovedGroups, leavesNoPlaintext, isIdentified].map((rule) => judge(rule).verdict)

export const outcomeOf = ({ facts }: Probed, id: string): string | undefined =>
  facts.questions.find(({ question }) => question.id === id)?.outcome

/** What each account accepted, by field and version; several certificate types together. */
export const accountsOf = ({ facts }: Probed): Record<'suites' | 'groups' | 'schemes', Record<string, string[]>> => {
  const of = (kind: 'suite' | 'group' | 'scheme'): Record<string, string[]> =>
    Object.fromEntries(
      [
        ...Map.groupBy(
          (facts.sweep?.accounts ?? []).filter(({ asks }) => asks === kind),
          ({ version }) => version,
        ),
      ].map(([version, all]) => [version, [...new Set(all.flatMap(({ accepted }) => accepted))].toSorted()]),
    )
  return { suites: of('suite'), groups: of('group'), schemes: of('scheme') }
}

/** The account of one field in one version; of several certificate types the first. @throws where there is none */
export const account = ({ facts }: Probed, asks: SweepAccount['asks'], version: string): SweepAccount => {
  const found = facts.sweep?.accounts.find((one) => one.asks === asks && one.version === version)
  if (found === undefined) throw new Error(`no account of ${asks} in ${version}`)
  return found
}
/** How many code points an account shows as refused. */
export const refused = (one: SweepAccount): number => countOf(one.refused) + countOf(one.refusedAtypically)
const open = (one: SweepAccount): number => one.inconclusive.reduce((sum, { codes }) => sum + countOf(codes), 0)
/** Whether its lists add up to all that was asked. */
export const closes = (one: SweepAccount): boolean =>
  one.accepted.length + one.notServable.length + refused(one) + countOf(one.silent) + open(one) === one.asked
/** What every account is judged by. */
const sweptRules = [refusesUnapprovedSuites, refusesUnapprovedGroups, refusesUnapprovedSchemes]
/** Verdicts about suites, groups and schemes, in order. */
export const sweptVerdicts = ({ judge }: Probed): string[] => sweptRules.map((rule) => judge(rule).verdict)
