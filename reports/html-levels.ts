import { isClaimed } from '../helpers/evidence/claim.ts'
import type { Finding } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { type FindingGroup, groupFindings } from './finding-groups.ts'
import { subjectName } from './html-parts.ts'

/** How much of the page findings may take, so that a page of 5,000 nodes can still be read and opened. What is left out is counted, and stands in findings.json. */
export const limits = {
  groups: 500,
  groupsOfRequirement: 5,
  membersOfGroup: 3,
  full: 1200,
  fullCharacters: 2_000_000,
  names: 12_000,
  nameCharacters: 800_000,
  observations: 4000,
  conversations: 800,
} as const

/** full: with all that is known of it. name: named in its group, with whose words it was judged. left: counted. */
export type Level = 'full' | 'name' | 'left'

export type Levels = { groups: readonly FindingGroup[]; levelOf: (finding: Finding) => Level }

/** No text of a finding is shown beyond this; all of it is in findings.json. */
export const mostOfText = 20_000

/** About how many characters a finding takes on the page. */
const sizeOf = ({ subject, reason, expected, observed, remedy, notes }: Finding): number => {
  const details = Object.entries(subject.detail).map(([name, value]) => name + value)
  return [reason, expected, observed, remedy, ...notes, subject.key, subject.name, ...details].reduce(
    (sum, text) => sum + Math.min(text.length, mostOfText),
    0,
  )
}

const rankOf = ({ verdict, requirement }: FindingGroup, claim: readonly string[]): number => {
  const trouble = verdict === 'fail' ? 0 : verdict === 'inconclusive' ? 1 : 4
  return trouble + (isClaimed(claim, requirement) ? 0 : 2)
}

/** Groups that are shown at all: some of each requirement, then the worst. */
const shownGroups = (groups: readonly FindingGroup[], claim: readonly string[]): FindingGroup[] => {
  const ranked = groups.toSorted((a, b) => rankOf(a, claim) - rankOf(b, claim))
  const examples = [...Map.groupBy(ranked, ({ requirement }) => requirement).values()].flatMap((own) =>
    own.slice(0, limits.groupsOfRequirement),
  )
  return [...new Set([...examples, ...ranked])].slice(0, Math.max(limits.groups, examples.length))
}

/** Chooses what is shown of each finding: everything of a small cluster; of a large one the worst, and examples of the rest. */
export const levelsOf = ({ findings, claim }: Pick<ReportInput, 'findings' | 'claim'>): Levels => {
  const groups = groupFindings(findings)
  const levels = new Map<Finding, Level>()
  let full: number = limits.full
  let names: number = limits.names
  let characters: number = limits.fullCharacters
  let nameCharacters: number = limits.nameCharacters
  const shown = shownGroups(groups, claim)
  const take = (members: FindingGroup['members']): void => {
    for (const { finding } of members) {
      if (levels.has(finding) || full <= 0) continue
      const size = sizeOf(finding)
      if (size > characters) continue
      levels.set(finding, 'full')
      full--
      characters -= size
    }
  }
  for (const { members } of shown) take(members.slice(0, limits.membersOfGroup))
  for (const { members } of shown) take(members)
  for (const { members } of shown) {
    if (!members.some(({ finding }) => levels.get(finding) === 'full')) continue
    for (const { finding } of members) {
      const size = subjectName(finding.subject).length
      if (levels.has(finding) || names <= 0 || size > nameCharacters) continue
      levels.set(finding, 'name')
      names--
      nameCharacters -= size
    }
  }
  return { groups, levelOf: (finding) => levels.get(finding) ?? 'left' }
}
