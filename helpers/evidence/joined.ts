import { catalogue } from '../policy/catalogue.ts'
import type { Evidence, Plan, PlannedPair, Subject } from './model.ts'

const pidsOf = ({ detail }: Subject): string[] => (detail.pids ?? '').split(' ').filter(Boolean)

/** What stands of a program in the observations of its component: its bytes, the variables that it runs with, what these leave to the kernel and to a library. */
export const ofProgram: readonly string[] = ['executable', 'environment', 'openssl', 'fips-enabled']

const behaviours = new Set(catalogue.filter(({ subject }) => subject === 'listener' || subject === 'client').map(({ id }) => id))
const programs = new Set(catalogue.filter(({ family }) => family === 'FIPS-MOD').map(({ id }) => id))

/**
 * What was recorded of the programs that own a listener, or that called, for whoever judges how they behave: build, environment and behaviour belong together.
 * Matched by process and node; empty where the program was not looked at in this run.
 */
export const evidenceOfPrograms = (plan: Plan, evidence: readonly Evidence[]): ((pair: PlannedPair) => Evidence[]) => {
  const bySubject = Map.groupBy(
    evidence.filter(({ kind, requirement, redacted }) => ofProgram.includes(kind) && programs.has(requirement) && !redacted?.length),
    ({ subject }) => subject,
  )
  const components = new Map(plan.pairs.filter(({ requirement }) => programs.has(requirement)).map(({ subject }) => [subject.key, subject]))
  const byNode = Map.groupBy(components.values(), ({ node }) => node)
  return ({ requirement, subject }) => {
    if (!behaviours.has(requirement)) return []
    const pids = pidsOf(subject)
    return (byNode.get(subject.node) ?? [])
      .filter((component) => pidsOf(component).some((pid) => pids.includes(pid)))
      .flatMap(({ key }) => bySubject.get(key) ?? [])
  }
}
