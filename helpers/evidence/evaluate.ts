import { explain, FipsConformanceError } from '../errors/error.ts'
import type { Requirement } from '../policy/catalogue.ts'
import type { Outcome } from '../rules/outcome.ts'
import { evidenceById, groupByPlace, placesInPlan } from './indexes.ts'
import { evidenceOfPrograms } from './joined.ts'
import type { Closing } from './ledger.ts'
import type { Evidence, Finding, Plan, PlannedPair, Subject } from './model.ts'
import type { Coverage } from './run.ts'

/** Chooses the rule of a requirement and lets it judge one subject; pure, and the same for a run and for judging its bundle again. */
export type Judge = (requirement: string, subject: Subject, evidence: Evidence[]) => Outcome

export type Collected = { plan: Plan; evidence: readonly Evidence[]; closings: readonly Closing[] }

const inconclusive = (reason: string, observed: string, remedy = 'Run it again.'): Outcome => ({
  verdict: 'inconclusive',
  reason,
  expected: 'everything that was planned is collected, and a rule judges it',
  observed,
  remedy,
  notes: [],
})

const howMany = (count: number): string => (count === 1 ? 'one observation' : `${count === 0 ? 'no' : count} observations`)

const reasonOf = (error: unknown): string => {
  if (error instanceof FipsConformanceError)
    return explain(error.trouble)
      .replace(/^error /, '')
      .replace(/\s*\n\s*/g, '; ')
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** The observations that a rule may judge by, or why it may not judge at all. */
const admitted = (
  own: readonly Evidence[],
  closings: readonly Closing[],
  byId: ReadonlyMap<string, Evidence>,
): { evidence: Evidence[] } | { refused: string } => {
  const [closing, second] = closings
  if (!closing) return { refused: 'planned, but its collection did not finish' }
  // Which of two collections counts must not be for the rule, or the order of two files, to choose.
  if (second) return { refused: `collected ${closings.length} times in one run` }
  const listed = new Set(closing.observations)
  const missing = closing.observations.find((id) => !byId.has(id))
  if (missing !== undefined) return { refused: `its collection names the observation ${missing}, which the bundle does not hold` }
  // Otherwise a collection could leave out what speaks against the subject.
  const left = own.find(({ id }) => !listed.has(id))
  if (left) return { refused: `the observation ${left.id} was made for it, and its collection does not name it` }
  const evidence = [...listed].flatMap((id) => byId.get(id) ?? [])
  const scrubbed = evidence.find(({ redacted }) => redacted !== undefined && redacted.length > 0)
  // Its bytes are not those that were seen: a rule could take the mark for what stood there.
  if (scrubbed)
    return { refused: `a secret (${scrubbed.redacted?.[0]?.what}) was taken out of the observation ${scrubbed.id} before it was written` }
  return { evidence }
}

const judged = (judge: Judge, { requirement, subject }: PlannedPair, evidence: Evidence[]): Outcome => {
  try {
    return judge(requirement, subject, evidence)
  } catch (error) {
    return inconclusive(
      `its rule could not judge: ${reasonOf(error)}`,
      howMany(evidence.length),
      'Report this to the maintainers of this harness, with the bundle.',
    )
  }
}

const finding = ({ requirement, subject }: PlannedPair, outcome: Outcome, observations: readonly string[]): Finding => {
  const { verdict, expected, observed, reason, remedy, notes } = outcome
  return { requirement, subject, verdict, expected, observed, reason, remedy, notes: [...notes], observations: [...observations] }
}

/**
 * One finding for every planned pair, in the order of the plan, each made when it is asked for. A pair is judged only when exactly one closing says that it was fully collected,
 * all that the closing names is there, and it names all that was recorded for the pair; else it is inconclusive. So is one whose judge throws.
 * Who judges behaviour is also given what was recorded of the program, for its component.
 */
export function* evaluateEach({ plan, evidence, closings }: Collected, judge: Judge): Generator<Finding> {
  const byId = evidenceById(evidence)
  const places = placesInPlan(plan)
  const placeOf = ({ requirement, subject }: { requirement: string; subject: string }) => places.get(requirement, subject)
  const ownAt = groupByPlace(evidence, plan.pairs.length, placeOf)
  const closingsAt = groupByPlace(closings, plan.pairs.length, placeOf)
  const besideOf = evidenceOfPrograms(plan, evidence)
  for (const pair of plan.pairs) {
    const place = places.get(pair.requirement, pair.subject.key) ?? -1
    const own = ownAt(place)
    const use = admitted(own, closingsAt(place), byId)
    if ('refused' in use) {
      yield finding(
        pair,
        inconclusive(use.refused, `${howMany(own.length)} made for it`),
        own.map(({ id }) => id),
      )
      continue
    }
    const judgedBy = [...use.evidence, ...besideOf(pair)]
    yield finding(
      pair,
      judged(judge, pair, judgedBy),
      judgedBy.map(({ id }) => id),
    )
  }
}

/** The same, all of them. */
export const evaluate = (collected: Collected, judge: Judge): Finding[] => [...evaluateEach(collected, judge)]

/** The key of the subject that stands in a finding where a requirement has no subject. */
export const noSubjectKey = 'no-subject'

/** The key of the subject that stands for what an inventory could not see. */
export const notSeenKey = 'not-seen'

/** Whether a finding says that there may be more to judge than was seen. */
export const isNotSeen = ({ subject }: Finding): boolean => subject.kind === 'cluster' && subject.key === notSeenKey

/** Whether a finding says what there was not to judge, rather than what was judged. */
export const isPlaceholder = (finding: Finding): boolean =>
  isNotSeen(finding) || (finding.subject.kind === 'cluster' && finding.subject.key === noSubjectKey)

/** Law 1: a claim about all of a kind is not shown by those of it that were seen. */
const notSeen = ({ subject: kind }: Requirement, { count, reason }: Coverage): Outcome => ({
  verdict: 'inconclusive',
  reason: `there may be more of the kind ${kind} than the ${count} that were seen: ${reason ?? 'no reason given'}`,
  expected: `an inventory of every ${kind}, so that each is judged`,
  observed: `an inventory that is not complete, with ${count} of this kind`,
  remedy: 'Remove what kept the inventory from being complete, and run it again.',
  notes: [],
})

const uncovered = ({ subject: kind, id }: Requirement, coverage: Coverage | undefined): Outcome => {
  const expected = `at least one ${kind} to judge, or an inventory that is complete and shows none`
  const without = { expected, notes: [], remedy: '' }
  if (kind === 'plant') {
    return {
      ...without,
      verdict: 'inconclusive',
      reason: `nothing was planted for ${id}, so this run does not show that it could have failed`,
      observed: 'no plant',
      remedy: 'Run the suite that plants defects.',
    }
  }
  if (!coverage)
    return {
      ...without,
      verdict: 'inconclusive',
      reason: `there is no inventory of ${kind}s`,
      observed: 'no inventory',
      remedy: 'Run it again.',
    }
  const observed = `an inventory that is ${coverage.complete ? 'complete' : 'not complete'}, with ${coverage.count} of this kind`
  if (coverage.count > 0)
    return {
      ...without,
      verdict: 'inconclusive',
      reason: `the inventory has ${coverage.count} of the kind ${kind}, and none was planned`,
      observed,
      remedy: 'Run it again.',
    }
  if (coverage.complete)
    return { ...without, verdict: 'not-applicable', reason: `the inventory is complete and shows no ${kind}`, observed }
  return {
    ...without,
    verdict: 'inconclusive',
    reason: `no ${kind} was found, and the inventory is not complete: ${coverage.reason ?? 'no reason given'}`,
    observed,
    remedy: 'Remove what kept the inventory from being complete.',
  }
}

type Scope = { requirements: readonly Requirement[]; inventory: Readonly<Record<string, Coverage>> }

/**
 * Adds, after the others and in the order of the catalogue, what the inventory says of each requirement. One that has no finding gets one: not-applicable when the inventory is complete
 * and shows that there is no subject, else inconclusive. A plant is made, not found: without one FIPS-SELF is always inconclusive. One whose subjects were seen by an inventory that is not
 * complete gets one more, which is inconclusive.
 */
export function* withUncoveredEach(findings: Iterable<Finding>, { requirements, inventory }: Scope): Generator<Finding> {
  const covered = new Set<string>()
  for (const one of findings) {
    covered.add(one.requirement)
    yield one
  }
  for (const requirement of requirements) {
    const coverage = Object.hasOwn(inventory, requirement.subject) ? inventory[requirement.subject] : undefined
    const tell = (key: string, name: string, outcome: Outcome): Finding =>
      finding({ requirement: requirement.id, subject: { kind: 'cluster', key, name, detail: {} } }, outcome, [])
    if (!covered.has(requirement.id)) yield tell(noSubjectKey, 'the cluster', uncovered(requirement, coverage))
    if (coverage && !coverage.complete && coverage.count > 0) yield tell(notSeenKey, 'what was not seen', notSeen(requirement, coverage))
  }
}

/** The same, all of them. */
export const withUncovered = (findings: Iterable<Finding>, scope: Scope): Finding[] => [...withUncoveredEach(findings, scope)]
