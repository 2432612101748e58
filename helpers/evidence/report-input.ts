import { createHash } from 'node:crypto'
import { catalogue, type Requirement } from '../policy/catalogue.ts'
import type { Verdict } from '../policy/verdict.ts'
import { exchangeKind } from '../tls/analyse/exchange-data.ts'
import { analyseListener, type ListenerFacts } from '../tls/analyse/listener.ts'
import { type Claimed, claimLine, type Exit, exitCode } from './claim.ts'
import type { Evidence, Finding, Observation, Plan } from './model.ts'
import { type CertificateSeen, certificatesSeen, type ModuleSeen, modulesSeen } from './report-modules.ts'
import { findingKey, type WaiverSeen, waiversSeen } from './report-waivers.ts'
import type { Run } from './run.ts'
import { plainObservation } from './stored-observation.ts'
import { type Summary, summarise } from './summary.ts'
import type { Waiver } from './waiver-file.ts'

export type { CertificateSeen, ModuleSeen, StoredAt } from './report-modules.ts'
export { findingKey, type WaiverSeen } from './report-waivers.ts'

/** What was accepted in one version of TLS, as code points in the order in which they were first seen. */
export type AcceptedIn = { version: string; suites: readonly string[]; groups: readonly string[] }

/** Code points of one kind that were asked for in one version, alone among their kind, and refused between two accepted controls. */
export type RefusedIn = { version: string; what: 'version' | 'suite' | 'group'; codes: readonly string[] }

/** One refusal by an alert, whose bytes can be looked at by hand. `received` is the hex of all that the listener sent, at most 64 octets of it. */
export type RefusalSeen = {
  observation: string
  what: RefusedIn['what']
  version: string
  code: string
  alert: number
  received: string
  blob: string
}

/** The key of a certificate that a listener showed in TLS 1.2. */
export type ServerKeySeen = ListenerFacts['certificates'][number]

/** What a listener was seen to speak and accept, as the analysis that its rules judge by reads it from the stored bytes; `unread` when it could not. */
export type ListenerSeen =
  | {
      state: 'read'
      protocol: ListenerFacts['protocol']
      accepted: readonly AcceptedIn[]
      refused?: readonly RefusedIn[]
      /** One for each kind, where there is one. */
      refusals?: readonly RefusalSeen[]
      certificates?: readonly ServerKeySeen[]
    }
  | { state: 'unread'; reason: string }

/** How a pair of requirement and subject differs from the run that this one is held against. */
export const changeKinds = [
  'new-failure',
  'lost-coverage',
  'waiver-expired',
  'still-failing',
  'evidence-changed',
  'new-subject',
  'fixed',
] as const
export type ChangeKind = (typeof changeKinds)[number]

export type Change = {
  kind: ChangeKind
  requirement: string
  /** `key` of the subject, and how it is called. */
  subject: string
  /** What of that key outlives the cluster (stable-subject.ts), where it is known. */
  stable?: string
  name: string
  before?: Verdict
  now?: Verdict
}

/** What changed since another run of the same cluster. */
export type ComparisonSeen = { since: { runId: string; startedAt: string; id?: string }; changes: readonly Change[] }

/** Everything that a report may show: plain data, so that a report is a pure function of it. */
export type ReportInput = {
  run: Run
  /** Of the plan, what was claimed; its pairs are the findings'. */
  plan: Pick<Plan, 'claim'>
  requirements: readonly Requirement[]
  findings: readonly Finding[]
  /** By id. */
  observations: Readonly<Record<string, Observation>>
  /** By key of the subject; for each listener that a finding is about. */
  listeners: Readonly<Record<string, ListenerSeen>>
  /** By key of the subject; for each component whose bytes were stored. */
  modules: Readonly<Record<string, readonly ModuleSeen[]>>
  /** The certificates of those modules, with what they are worth on the day that is judged. */
  certificates: readonly CertificateSeen[]
  /** Every waiver of the run, used or not. */
  waivers: readonly WaiverSeen[]
  /** By `findingKey`: the id of the waiver that covers it, or an empty text where only that one does is known. */
  waivedBy: Readonly<Record<string, string>>
  /** Present where the run is held against another one. */
  comparison?: ComparisonSeen
  /** Where the provider's Certification Package Overview is (an absolute URI), where whoever asks for the report says so. */
  overview?: string
  /** SHA-256 in hex over run, plan and findings: what ids in reports are derived from. A manifest cannot serve: it names the reports. */
  seed: string
  claim: readonly string[]
  /** The first line of every report. */
  claimLine: string
  exit: Exit
  summary: Summary
  /** Writers that were killed in the middle of a line. */
  cut: readonly { file: string; bytes: number }[]
}

function* entriesById(evidence: readonly Evidence[]): Generator<[string, Observation]> {
  for (const one of evidence) yield [one.id, plainObservation(one)]
}

const acceptedIn = (points: ReturnType<typeof analyseListener>['accepted']): AcceptedIn[] =>
  [...Map.groupBy(points, ({ version }) => version)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([version, own]) => ({
      version,
      suites: [...new Set(own.map(({ suite }) => suite))],
      groups: [...new Set(own.flatMap(({ group }) => group ?? []))],
    }))

const isRefusal = (state: string): boolean => state === 'refused' || state === 'refused-atypical' || state === 'silent'

const refusedIn = (questions: ListenerFacts['questions']): RefusedIn[] =>
  questions.flatMap(({ question: { version, asks }, points }) => {
    const codes = points.flatMap(({ code, state }) => (isRefusal(state) ? [code] : []))
    return codes.length > 0 ? [{ version, what: asks, codes }] : []
  })

const hex = (bytes: Uint8Array): string => Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join('')

const shownOctets = 64

const refusalsOf = (questions: ListenerFacts['questions'], exchanges: readonly Evidence[]): RefusalSeen[] => {
  const byId = new Map(exchanges.map((one) => [one.id, one]))
  const found = questions.flatMap(({ question: { version, asks }, points }) =>
    points.flatMap(({ code, state, alert, exchanges: ids }): RefusalSeen[] => {
      const one = byId.get(ids[0] ?? '')
      const blob = one?.blobs.received
      if (state !== 'refused' || !alert || alert.position !== 'before-server-hello' || !one || blob === undefined || ids.length !== 1)
        return []
      const received = hex(one.bytes('received').subarray(0, shownOctets))
      return [{ observation: one.id, what: asks, version, code, alert: alert.description, received, blob }]
    }),
  )
  return (['version', 'suite', 'group'] as const).flatMap((what) => found.find((each) => each.what === what) ?? [])
}

const unlessEmpty = <K extends string, T>(name: K, items: readonly T[]): { [P in K]?: readonly T[] } =>
  (items.length > 0 ? { [name]: items } : {}) as { [P in K]?: readonly T[] }

const listenerSeen = (exchanges: readonly Evidence[]): ListenerSeen => {
  try {
    const { protocol, accepted, questions, certificates } = analyseListener(exchanges)
    return {
      state: 'read',
      protocol,
      accepted: acceptedIn(accepted),
      ...unlessEmpty('refused', refusedIn(questions)),
      ...unlessEmpty('refusals', refusalsOf(questions, exchanges)),
      ...unlessEmpty('certificates', certificates),
    }
  } catch (error) {
    // The findings say the same of it: a report must not fail where a rule is inconclusive.
    return { state: 'unread', reason: error instanceof Error ? error.message : String(error) }
  }
}

const listenersSeen = (findings: readonly Finding[], evidence: readonly Evidence[]): Record<string, ListenerSeen> => {
  const exchanges = new Map(evidence.filter(({ kind }) => kind === exchangeKind).map((one, order) => [one.id, { one, order }]))
  const about = Map.groupBy(
    findings.filter(({ subject }) => subject.kind === 'listener'),
    ({ subject }) => subject.key,
  )
  return Object.fromEntries(
    [...about].map(([key, own]) => {
      const named = [...new Set(own.flatMap(({ observations }) => observations))].flatMap((id) => exchanges.get(id) ?? [])
      return [key, listenerSeen(named.sort((a, b) => a.order - b.order).map(({ one }) => one))]
    }),
  )
}

const seedOf = (run: Run, plan: ReportInput['plan'], findings: readonly Finding[]): string => {
  const hash = createHash('sha256')
  // Lists of texts only, so plain JSON has one form; unlike the canonical form it also takes halves of surrogate pairs.
  const add = (value: readonly unknown[]): void => void hash.update(JSON.stringify(value))
  add([run.runId, run.startedAt, run.cluster.name, run.tool.version])
  add(plan.claim)
  for (const { requirement, subject, verdict, observations } of findings) add([requirement, subject.key, verdict, observations])
  return hash.digest('hex')
}

/**
 * What the reports are made from; `bundle` as `readBundle` gives it. The claim is the plan's, which was written before anything was collected.
 * `waivers` are judged for `asOf` (default: the day that the run judged for); `waived` serves where only that a finding is waived is known.
 */
export const reportInput = ({
  bundle,
  findings,
  requirements = catalogue,
  waivers,
  waived,
  comparison,
  asOf = new Date(bundle.run.policy.asOf ?? bundle.run.startedAt),
}: {
  bundle: {
    run: Run
    plan: Plan | ReportInput['plan']
    evidence: readonly Evidence[]
    cut: readonly { file: string; bytes: number }[]
    policy?: ReadonlyMap<string, unknown>
  }
  findings: readonly Finding[]
  requirements?: readonly Requirement[]
  waivers?: readonly Waiver[]
  waived?: Claimed['waived']
  comparison?: ComparisonSeen
  asOf?: Date
}): ReportInput => {
  const { run, plan, evidence, cut, policy } = bundle
  const seen = waiversSeen(waivers ?? [], findings, asOf)
  const bare = waived ? findings.filter(waived).map((finding) => [findingKey(finding), ''] as const) : []
  const waivedBy = { ...Object.fromEntries(bare), ...seen.waivedBy }
  const isWaived = (finding: Finding): boolean => Object.hasOwn(waivedBy, findingKey(finding))
  const claimed: Claimed = {
    findings,
    claim: plan.claim,
    requirements,
    development: run.development,
    scan: run.provider === 'scan',
    waived: isWaived,
  }
  const modules = modulesSeen(findings, evidence)
  return {
    run,
    plan: { claim: plan.claim },
    requirements,
    findings,
    observations: Object.fromEntries(entriesById(evidence)),
    listeners: listenersSeen(findings, evidence),
    modules,
    certificates: certificatesSeen(modules, policy?.get('certificates'), asOf),
    waivers: seen.waivers,
    waivedBy,
    ...(comparison && { comparison }),
    seed: seedOf(run, plan, findings),
    claim: plan.claim,
    claimLine: claimLine(claimed),
    exit: exitCode(claimed),
    summary: summarise(claimed),
    cut,
  }
}
