import type { Finding } from '../helpers/evidence/model.ts'

/** One subject of a group: what of its finding the group does not say for all. */
export type GroupMember = { finding: Finding; observed: string; notes: readonly string[] }

/** Findings that say the same of several subjects. `observed` is empty and `notes` are fewer where the members differ; then each says its own. */
export type FindingGroup = Pick<Finding, 'requirement' | 'verdict' | 'reason' | 'expected' | 'remedy'> & {
  observed: string
  notes: readonly string[]
  members: readonly GroupMember[]
}

/** A key that findings of the same words share, and no others. Texts can be long, and many: each stands in it as a number. */
const wordsKey = (): ((finding: Finding) => string) => {
  const known = new Map<string, number>()
  const numberOf = (text: string): number => {
    const number = known.get(text) ?? known.size
    if (number === known.size) known.set(text, number)
    return number
  }
  return ({ requirement, verdict, reason, expected, remedy, subject }) =>
    [requirement, verdict, reason, expected, remedy, subject.kind].map(numberOf).join(' ')
}

const none: readonly string[] = []

/** Of a hundred thousand members most have no words of their own. */
const oneUnlessEmpty = (notes: readonly string[]): readonly string[] => (notes.length === 0 ? none : notes)

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
      notes: oneUnlessEmpty(finding.notes.filter((note) => !shared.includes(note))),
    })),
  }
}

const rank = { fail: 0, inconclusive: 1, pass: 2, 'not-applicable': 3 } as const

/**
 * Findings of the same requirement, verdict, reason, expectation and remedy together, their subjects listed; the worst first, else in the order given.
 * Nothing is lost: what the members do not share stands with each of them.
 */
export const groupFindings = (findings: readonly Finding[]): FindingGroup[] =>
  [...Map.groupBy(findings, wordsKey()).values()]
    .flatMap(([first, ...others]) => (first ? [groupOf([first, ...others])] : []))
    .sort((a, b) => rank[a.verdict] - rank[b.verdict])
