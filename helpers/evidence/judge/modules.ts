import { type ComponentModules, carriesModule } from '../../rules/components.ts'
import { expectedModule } from '../../rules/modules-verdicts.ts'
import { analyseListener } from '../../tls/analyse/listener.ts'
import type { Evidence, Subject } from '../model.ts'
import { ownListeners } from '../own-listeners.ts'
import { joinedExecutables } from './joined-executables.ts'
import { type Judgements, judgement } from './judgement.ts'

const componentFacts = (subject: Subject, evidence: readonly Evidence[]): ComponentModules => {
  const { detail } = subject
  const listeners = ownListeners(subject)
  return {
    component: subject.name,
    how: detail.how ?? '',
    optional: detail.optional === 'true',
    ...(detail.wrapper && { wrapper: detail.wrapper }),
    ...(listeners && {
      listeners: listeners.map(({ name }) => analyseListener(evidence.filter(({ source }) => source === name)).protocol),
    }),
    executables: joinedExecutables(evidence),
    expect: expectedModule(detail.expect),
  }
}

export const moduleJudgements: Judgements = {
  'FIPS-MOD-1': judgement(componentFacts, carriesModule),
}
