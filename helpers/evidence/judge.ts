import { analyseExecutable } from '../crypto-modules/analyse/executable.ts'
import { plantedBuilds } from '../crypto-modules/analyse/plant.ts'
import { analyseFipsEnabled } from '../kernel/analyse/fips-enabled.ts'
import { type ComponentModules, carriesModule } from '../rules/components.ts'
import { expectedModule } from '../rules/modules-verdicts.ts'
import { type NodeFips, nodeReportsFipsMode } from '../rules/nodes.ts'
import type { JudgedBy, Outcome, Rule } from '../rules/outcome.ts'
import {
  isIdentified,
  leavesNoPlaintext,
  type RefusalFacts,
  refusesOldVersions,
  refusesUnapprovedGroups,
  refusesUnapprovedSuites,
} from '../rules/refusal.ts'
import { type PlantedListener, type PlantedModule, plantedListenerIsCaught, plantedModuleIsCaught } from '../rules/self-proof.ts'
import { analyseListener } from '../tls/analyse/listener.ts'
import type { Judge } from './evaluate.ts'
import type { Evidence, Subject } from './model.ts'
import { ownListeners } from './own-listeners.ts'

/** How one requirement is judged: the facts that follow from stored bytes, and the rule that judges them. Both pure: a run and its replay share this table. */
type Judgement = { rule: unknown; judge: (subject: Subject, evidence: readonly Evidence[], by: JudgedBy) => Outcome }

const judgement = <Facts>(facts: (subject: Subject, evidence: readonly Evidence[]) => Facts, rule: Rule<Facts>): Judgement => ({
  rule,
  judge: (subject, evidence, by) => rule(facts(subject, evidence), by),
})

const only = (evidence: readonly Evidence[], kind: string): readonly Evidence[] => evidence.filter((one) => one.kind === kind)

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
    executables: only(evidence, 'executable').map((one) => analyseExecutable(one)),
    expect: expectedModule(detail.expect),
  }
}

const nodeFacts = (subject: Subject, evidence: readonly Evidence[]): NodeFips => {
  const [flag] = only(evidence, 'fips-enabled')
  if (!flag) throw new Error('no observation of the kernel’s flag')
  return { node: subject.name, flag: analyseFipsEnabled(flag), hostKernel: subject.detail.kernel === 'host' }
}

const listenerFacts = ({ detail }: Subject, evidence: readonly Evidence[]): RefusalFacts => ({
  listener: analyseListener(evidence),
  address: detail.address ?? '',
  port: Number(detail.port),
  transport: detail.transport === 'udp' ? 'udp' : 'tcp',
  loopbackOnly: detail.loopback === 'true',
  owner: detail.owner || undefined,
})

const plantedListener = ({ detail }: Subject, evidence: readonly Evidence[]): PlantedListener => ({
  defect: JSON.parse(detail.defect ?? '{}') as PlantedListener['defect'],
  mode: detail.mode ?? '',
  facts: { listener: analyseListener(evidence), address: '127.0.0.1', port: 0, transport: 'tcp', loopbackOnly: true, owner: 'plant' },
})

const plantedModule = ({ detail }: Subject, evidence: readonly Evidence[]): PlantedModule => ({
  plant: detail.plant ?? '',
  executables: only(evidence, 'executable').map((one) => analyseExecutable(one, detail.builds === 'planted' ? plantedBuilds() : undefined)),
})

const judgements: Readonly<Record<string, Judgement>> = {
  'FIPS-MOD-1': judgement(componentFacts, carriesModule),
  'FIPS-NODE-1': judgement(nodeFacts, nodeReportsFipsMode),
  'FIPS-TLS-1': judgement(listenerFacts, refusesOldVersions),
  'FIPS-TLS-2': judgement(listenerFacts, refusesUnapprovedSuites),
  'FIPS-TLS-3': judgement(listenerFacts, refusesUnapprovedGroups),
  'FIPS-TLS-4': judgement(listenerFacts, leavesNoPlaintext),
  'FIPS-TLS-5': judgement(listenerFacts, isIdentified),
  'FIPS-SELF-1': judgement(plantedListener, plantedListenerIsCaught),
  'FIPS-SELF-2': judgement(plantedModule, plantedModuleIsCaught),
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
