import { componentSubject, listenerSubjects, nodeSubject, type SeenNode } from '../cluster/subjects.ts'
import type { Plan, PlannedPair, Subject } from '../evidence/model.ts'
import type { Coverage } from '../evidence/run.ts'
import { catalogue } from '../policy/catalogue.ts'
import type { Defect } from '../tls/read/control-server.ts'

/** Draws one element; injected, so that a plan can be made again in a test. */
export type Draw = <T>(from: readonly T[]) => T | undefined

export type PlanInput = {
  nodes: readonly SeenNode[]
  claim: readonly string[]
  /** Families of the suites that will run; every family when empty. */
  suites: readonly string[]
  /** What the TLS plants can be made to accept. */
  plantable: readonly Defect[]
  draw: Draw
  /** Whether the nodes are containers, which show the host’s kernel. */
  hostKernel: boolean
}

/** Plants of this run: sound controls, one defect of each kind drawn at random, a server that keeps silent; files with a known state of their module. */
const plants = ({ plantable, draw }: Pick<PlanInput, 'plantable' | 'draw'>): { requirement: string; subject: Subject }[] => {
  const pick = (has: (defect: Defect) => boolean): Defect => draw(plantable.filter(has)) ?? {}
  const listener = (name: string, defect: Defect, mode: string): { requirement: string; subject: Subject } => ({
    requirement: 'FIPS-SELF-1',
    subject: {
      kind: 'plant',
      key: `plant:tls/${name}`,
      name: `planted listener: ${name}`,
      detail: { defect: JSON.stringify(defect), mode },
    },
  })
  const file = (plant: string, builds: 'planted' | 'real'): { requirement: string; subject: Subject } => ({
    requirement: 'FIPS-SELF-2',
    subject: { kind: 'plant', key: `plant:module/${plant}`, name: `planted file: ${plant}`, detail: { plant, builds } },
  })
  return [
    listener('sound', {}, 'chooser'),
    listener(
      'old-version',
      pick(({ version, suite, group }) => version !== undefined && !suite && !group),
      'chooser',
    ),
    listener(
      'suite',
      pick(({ suite }) => suite !== undefined),
      'chooser',
    ),
    listener(
      'suite-only-when-pressed',
      pick(({ suite }) => suite !== undefined),
      'reluctant',
    ),
    listener(
      'group',
      pick(({ group }) => group !== undefined),
      'chooser',
    ),
    listener('mute', {}, 'mute'),
    file('intact', 'planted'),
    file('tampered', 'planted'),
    file('decoy', 'planted'),
    file('truncated', 'planted'),
    file('absent', 'real'),
  ]
}

/** A process that is judged as a component only where it serves TLS carries the address of its first listener. */
const withListener = (subject: Subject, listeners: readonly Subject[]): Subject => {
  if (subject.detail.how !== 'owns a listener') return subject
  const own = listeners.find(
    ({ detail }) => detail.transport === 'tcp' && (detail.pids ?? '').split(' ').includes(subject.detail.pids ?? ''),
  )
  const { dial = '', port = '', namespaceOf = '', transport = 'tcp' } = own?.detail ?? {}
  return { ...subject, detail: { ...subject.detail, listeners: own?.key ?? 'none', dial, port, namespaceOf, transport } }
}

/** Every requirement x subject that will be judged, from what the inventory shows. Written to the bundle before anything is collected. */
export const makePlan = (input: PlanInput): Plan => {
  const { nodes, claim, suites, hostKernel } = input
  const listeners = nodes.flatMap(listenerSubjects)
  const components = nodes.flatMap((node) =>
    node.components.map((component) => withListener(componentSubject(node.name, component), listeners)),
  )
  const subjects: Readonly<Record<string, readonly Subject[]>> = {
    component: components,
    node: nodes.map((node) => {
      const subject = nodeSubject(node)
      return { ...subject, detail: { ...subject.detail, kernel: hostKernel ? 'host' : 'own' } }
    }),
    listener: listeners,
  }
  const wanted = catalogue.filter(({ family }) => suites.length === 0 || suites.includes(family) || family === 'FIPS-SELF')
  const pairs = wanted.flatMap(({ id, subject: kind }): PlannedPair[] =>
    (subjects[kind] ?? []).map((subject) => ({ requirement: id, subject })),
  )
  return { claim: [...claim], pairs: [...pairs, ...plants(input)] }
}

/** What the inventory can say of each kind of subject: how many, and whether that is all. */
export const coverageOf = (nodes: readonly SeenNode[]): Record<string, Coverage> => {
  const gaps = nodes.flatMap(({ name, inventory }) => inventory.gaps.map((gap) => `${name}: ${gap}`))
  const of = (count: number): Coverage => ({
    complete: gaps.length === 0,
    count,
    ...(gaps[0] !== undefined && { reason: gaps.slice(0, 3).join('; ') }),
  })
  return {
    node: of(nodes.length),
    component: of(nodes.reduce((sum, { components }) => sum + components.length, 0)),
    listener: of(nodes.reduce((sum, { inventory }) => sum + inventory.listeners.length, 0)),
  }
}
