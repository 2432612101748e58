import { canonicalJson } from './canonical-json.ts'
import { isClaimed, type Standing, standingOf } from './claim.ts'
import { isNotSeen, isPlaceholder } from './evaluate.ts'
import type { Evidence, Finding, Subject } from './model.ts'
import { type Change, type ChangeKind, type ComparisonSeen, changeKinds } from './report-input.ts'
import type { Run } from './run.ts'
import { stableKeys } from './stable-subject.ts'

/** One run to hold against another: its findings as stored, and what was waived on its day. */
export type Side = {
  run: Run
  id?: string
  claim: readonly string[]
  findings: readonly Finding[]
  evidence: readonly Evidence[]
  waived: (finding: Finding) => boolean
}

export type Drift = Change & {
  /** Whether it belongs to what the later run was asked to prove. Drift outside it is drift all the same. */
  claimed: boolean
  why: string
}

export type Comparison = {
  before: { run: string; id?: string; cluster: string }
  now: { run: string; id?: string; cluster: string }
  changes: Drift[]
  counts: Record<ChangeKind, number>
  /** Pairs that came out the same, with the same evidence. */
  unchanged: number
  /** 1: a new failure, lost coverage, or a waiver that expired. */
  exit: 0 | 1
}

const ofNode = /^(127\.|0\.0\.0\.0$|::1?$)/

/**
 * A cluster that is made anew for each run has another name each time, which stands in the names of its nodes, and its nodes have other addresses.
 * Both are left out of a subject's identity; addresses only where the two runs are of differently named clusters.
 */
const identity = (stable: string, { detail: { address } }: Subject, anew: boolean): string =>
  // Keys of today hold no such address, and say `own-address`; those of earlier bundles do.
  anew && address !== undefined && !ofNode.test(address)
    ? stable.replace(address.includes(':') ? `[${address}]` : address, 'own-address')
    : stable

const isSelf = ({ subject }: Finding): boolean => subject.kind === 'plant'

/** What of the evidence stays the same from run to run: why it was judged so, and the digests of files. Process ids and keys of a conversation are new each time. */
const fingerprint = ({ reason, observations }: Finding, { run }: Side, byId: ReadonlyMap<string, Evidence>): string => {
  const digests = observations.flatMap((id) => {
    const sha256 = byId.get(id)?.data.sha256
    return typeof sha256 === 'string' ? [sha256] : []
  })
  return canonicalJson([reason.replaceAll(run.cluster.name, '<cluster>'), digests.sort()])
}

type Entry = { finding: Finding; stable: string; standing: Standing; evidence: string }

const entriesOf = (side: Side, anew: boolean): Map<string, Entry> => {
  const byId = new Map(side.evidence.map((one) => [one.id, one]))
  const entries = new Map<string, Entry>()
  const stableOf = stableKeys(side.run)
  for (const finding of side.findings.filter((one) => isNotSeen(one) || !isPlaceholder(one))) {
    const stable = stableOf(finding.subject)
    const key = canonicalJson([finding.requirement, identity(stable, finding.subject, anew)])
    // A node with several addresses has one port on each: they keep their order.
    let [own, twin] = [key, 1]
    while (entries.has(own)) own = `${key}#${++twin}`
    entries.set(own, { finding, stable, standing: standingOf(finding, side.waived), evidence: fingerprint(finding, side, byId) })
  }
  return entries
}

const wasSeen = (standing: Standing): boolean => standing !== 'inconclusive'

/** How one pair changed; undefined where nothing did. */
const kindOf = (before: Entry | undefined, now: Entry | undefined): [ChangeKind, string] | undefined => {
  if (!now) {
    // Plants are drawn anew in each run: that one is not there says nothing of the cluster.
    if (!before || isSelf(before.finding)) return undefined
    return wasSeen(before.standing) ? ['lost-coverage', `was seen (${before.standing}), and is not there any more`] : undefined
  }
  const { standing, finding } = now
  if (!before) {
    if (standing === 'fail') return ['new-failure', `new, and fails: ${finding.reason}`]
    if (isNotSeen(finding)) return ['lost-coverage', finding.reason]
    return isSelf(finding) ? undefined : ['new-subject', `new: ${standing}`]
  }
  if (standing === 'fail') {
    if (before.standing === 'waived') return ['waiver-expired', `fails as before, and no waiver covers it any more: ${finding.reason}`]
    return before.standing === 'fail' ? ['still-failing', finding.reason] : ['new-failure', `was ${before.standing}: ${finding.reason}`]
  }
  if (standing === 'inconclusive')
    return wasSeen(before.standing) ? ['lost-coverage', `was ${before.standing}: ${finding.reason}`] : undefined
  if (before.standing === 'fail' && standing !== 'waived') return ['fixed', finding.reason]
  // Plants are drawn anew in each run, and their evidence with them.
  return before.evidence === now.evidence || isSelf(finding)
    ? undefined
    : ['evidence-changed', `${standing} as before, on other evidence: ${finding.reason}`]
}

const breaking: readonly ChangeKind[] = ['new-failure', 'lost-coverage', 'waiver-expired']

/** What changed from one run to a later one; identity is requirement and stable key of the subject. In the order of gravity, then as the findings stand. */
export const compareRuns = (before: Side, now: Side): Comparison => {
  const anew = before.run.cluster.name !== now.run.cluster.name
  const [old, fresh] = [entriesOf(before, anew), entriesOf(now, anew)]
  const changes: Drift[] = []
  for (const key of new Set([...fresh.keys(), ...old.keys()])) {
    const [was, is] = [old.get(key), fresh.get(key)]
    const found = kindOf(was, is)
    const entry = is ?? was
    if (!found || !entry) continue
    const [kind, why] = found
    const { finding, stable } = entry
    changes.push({
      kind,
      why,
      requirement: finding.requirement,
      subject: finding.subject.key,
      stable,
      name: finding.subject.name,
      claimed: isClaimed(now.claim, finding.requirement),
      ...(was && { before: was.finding.verdict }),
      ...(is && { now: is.finding.verdict }),
    })
  }
  changes.sort((a, b) => changeKinds.indexOf(a.kind) - changeKinds.indexOf(b.kind))
  const count = (kind: ChangeKind): number => changes.filter((change) => change.kind === kind).length
  const named = ({ run, id }: Side) => ({ run: run.runId, cluster: run.cluster.name, ...(id !== undefined && { id }) })
  return {
    before: named(before),
    now: named(now),
    changes,
    counts: Object.fromEntries(changeKinds.map((kind) => [kind, count(kind)])) as Comparison['counts'],
    unchanged: fresh.size - changes.filter(({ now: verdict }) => verdict !== undefined).length,
    exit: changes.some(({ kind }) => breaking.includes(kind)) ? 1 : 0,
  }
}

/** A comparison as reports show it. */
export const comparisonSeen = ({ changes }: Comparison, before: Side): ComparisonSeen => ({
  since: { runId: before.run.runId, startedAt: before.run.startedAt, ...(before.id !== undefined && { id: before.id }) },
  changes: changes.map(({ claimed: _claimed, why: _why, ...change }) => change),
})
