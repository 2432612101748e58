import { catalogue, type Requirement } from '../policy/catalogue.ts'
import { exchangeKind } from '../tls/analyse/exchange-data.ts'
import { analyseListener } from '../tls/analyse/listener.ts'
import { type Claimed, claimLine, type Exit, exitCode } from './claim.ts'
import type { Evidence, Finding, Observation, Plan } from './model.ts'
import type { Run } from './run.ts'
import { type Summary, summarise } from './summary.ts'

/** What was accepted in one version of TLS, as code points in the order in which they were first seen. */
export type AcceptedIn = { version: string; suites: readonly string[]; groups: readonly string[] }

/** What a listener was seen to speak and accept, as the analysis that its rules judge by reads it from the stored bytes; `unread` when it could not. */
export type ListenerSeen =
  | { state: 'read'; protocol: ReturnType<typeof analyseListener>['protocol']; accepted: readonly AcceptedIn[] }
  | { state: 'unread'; reason: string }

/** Everything that a report may show: plain data, so that a report is a pure function of it. */
export type ReportInput = {
  run: Run
  plan: Plan
  requirements: readonly Requirement[]
  findings: readonly Finding[]
  /** By id. */
  observations: Readonly<Record<string, Observation>>
  /** By key of the subject; for each listener that a finding is about. */
  listeners: Readonly<Record<string, ListenerSeen>>
  claim: readonly string[]
  /** The first line of every report. */
  claimLine: string
  exit: Exit
  summary: Summary
  /** Writers that were killed in the middle of a line. */
  cut: readonly { file: string; bytes: number }[]
}

const withoutBytes = ({ id, kind, subject, requirement, at, means, source, data, blobs }: Observation): Observation => ({
  id,
  kind,
  subject,
  requirement,
  at,
  means,
  source,
  data,
  blobs,
})

const acceptedIn = (points: ReturnType<typeof analyseListener>['accepted']): AcceptedIn[] =>
  [...Map.groupBy(points, ({ version }) => version)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([version, own]) => ({
      version,
      suites: [...new Set(own.map(({ suite }) => suite))],
      groups: [...new Set(own.flatMap(({ group }) => group ?? []))],
    }))

const listenerSeen = (exchanges: readonly Evidence[]): ListenerSeen => {
  try {
    const { protocol, accepted } = analyseListener(exchanges)
    return { state: 'read', protocol, accepted: acceptedIn(accepted) }
  } catch (error) {
    // The findings say the same of it: a report must not fail where a rule is inconclusive.
    return { state: 'unread', reason: error instanceof Error ? error.message : String(error) }
  }
}

const listenersSeen = (findings: readonly Finding[], evidence: readonly Evidence[]): Record<string, ListenerSeen> => {
  const exchanges = evidence.filter(({ kind }) => kind === exchangeKind)
  const about = Map.groupBy(
    findings.filter(({ subject }) => subject.kind === 'listener'),
    ({ subject }) => subject.key,
  )
  return Object.fromEntries(
    [...about].map(([key, own]) => {
      const named = new Set(own.flatMap(({ observations }) => observations))
      return [key, listenerSeen(exchanges.filter(({ id }) => named.has(id)))]
    }),
  )
}

/** What the reports are made from; `bundle` as `readBundle` gives it. The claim is the plan's, which was written before anything was collected. */
export const reportInput = ({
  bundle,
  findings,
  requirements = catalogue,
  waived,
}: {
  bundle: { run: Run; plan: Plan; evidence: readonly Evidence[]; cut: readonly { file: string; bytes: number }[] }
  findings: readonly Finding[]
  requirements?: readonly Requirement[]
  waived?: Claimed['waived']
}): ReportInput => {
  const { run, plan, evidence, cut } = bundle
  const claimed: Claimed = { findings, claim: plan.claim, requirements, development: run.development, ...(waived && { waived }) }
  return {
    run,
    plan,
    requirements,
    findings,
    observations: Object.fromEntries(evidence.map((observation) => [observation.id, withoutBytes(observation)])),
    listeners: listenersSeen(findings, evidence),
    claim: plan.claim,
    claimLine: claimLine(claimed),
    exit: exitCode(claimed),
    summary: summarise(claimed),
    cut,
  }
}
