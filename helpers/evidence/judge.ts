import type { JudgedBy } from '../rules/outcome.ts'
import type { Judge } from './evaluate.ts'
import { clientJudgements } from './judge/clients.ts'
import type { Judgement, Judgements } from './judge/judgement.ts'
import { listenerJudgements } from './judge/listeners.ts'
import { moduleJudgements } from './judge/modules.ts'
import { nodeJudgements } from './judge/nodes.ts'
import { permanenceJudgements } from './judge/permanence.ts'
import { plantJudgements } from './judge/plants.ts'

const judgements: Judgements = {
  ...moduleJudgements,
  ...nodeJudgements,
  ...listenerJudgements,
  ...clientJudgements,
  ...permanenceJudgements,
  ...plantJudgements,
}

const judgementOf = (requirement: string): Judgement | undefined =>
  Object.hasOwn(judgements, requirement) ? judgements[requirement] : undefined

/** The rule that a requirement is judged by; undefined for an unknown one. */
export const ruleOf = (requirement: string): unknown => judgementOf(requirement)?.rule

/** The one judge of a run, of its reports and of its replay. @throws when a requirement has no rule */
export const judgeBy =
  (by: JudgedBy): Judge =>
  (requirement, subject, evidence) => {
    const found = judgementOf(requirement)
    if (!found) throw new Error(`there is no rule for ${requirement}`)
    return found.judge(subject, evidence, by)
  }
