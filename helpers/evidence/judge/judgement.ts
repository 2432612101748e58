import type { JudgedBy, Outcome, Rule } from '../../rules/outcome.ts'
import type { Evidence, Subject } from '../model.ts'

/** How one requirement is judged: the facts that follow from stored bytes, and the rule that judges them. Both pure: a run and its replay share this table. */
export type Judgement = { rule: unknown; judge: (subject: Subject, evidence: readonly Evidence[], by: JudgedBy) => Outcome }

/** The requirements of one family with their judgements. */
export type Judgements = Readonly<Record<string, Judgement>>

export const judgement = <Facts>(facts: (subject: Subject, evidence: readonly Evidence[]) => Facts, rule: Rule<Facts>): Judgement => ({
  rule,
  judge: (subject, evidence, by) => rule(facts(subject, evidence), by),
})

/** The observations that one analysis reads. */
export const only = (evidence: readonly Evidence[], kind: string): readonly Evidence[] => evidence.filter((one) => one.kind === kind)
