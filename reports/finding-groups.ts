import type { Finding } from '../helpers/evidence/model.ts'

/** One subject of a group: what of its finding the group does not say for all. */
export type GroupMember = { finding: Finding; observed: string; notes: readonly string[] }

/** Findings that say the same of several subjects. `observed` is empty and `notes` are fewer where the members differ; then each says its own. */
export type FindingGroup = Pick<Finding, 'requirement' | 'verdict' | 'reason' | 'expected' | 'remedy'> & {
  observed: string
  notes: readonly string[]
  members: readonly GroupMember[]
}

const sameWords = ({ requirement, verdict, reason, expected, remedy, subject }: Finding): string =>
  JSON.stringify([requirement, verdict, reason, expected, remedy, subject.kind])

const groupOf = (findings: readonly [Finding, ...Finding[]]): FindingGroup => {
  const [{ requirement, verdict, reason, expected, remedy, observed, notes }, ...others] = findings
  const oneObserved = others.every((other) => other.observed === observed)
  const shared = notes.filter((note) => others.every((other) => other.notes.includes(note)))
  return {
    requirement,
    verdict,
    reason,
    expected,
    remedy,
    observed: oneObserved ? observed : '',
    notes: shared,
    members: findings.map((finding) => ({
      finding,
      observed: oneObserved ? '' : finding.observed,
      notes: finding.notes.filter((note) => !shared.includes(note)),
    })),
  }
}

const rank = { fail: 0, inconclusive: 1, pass: 2, 'not-applicable': 3 } as const

/**
 * Findings of the same requirement, verdict, reason, expectation and remedy together, their subjects listed; the worst first, else in the order given.
 * Nothing is lost: what the members do not share stands with each of them.
 */
export const groupFindings = (findings: readonly Finding[]): FindingGroup[] =>
  [...Map.groupBy(findings, sameWords).values()]
    .flatMap(([first, ...others]) => (first ? [groupOf([first, ...others])] : []))
    .sort((a, b) => rank[a.verdict] - rank[b.verdict])
