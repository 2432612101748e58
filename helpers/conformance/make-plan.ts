import { provocable } from '../cluster/provoke.ts'
import { componentSubjects, listenerSubjects, nodeSubject, ownsListener, type SeenNode } from '../cluster/subjects.ts'
import type { Plan, PlannedPair, Subject } from '../evidence/model.ts'
import { toOwnListeners } from '../evidence/own-listeners.ts'
import type { Coverage } from '../evidence/run.ts'
import { catalogue } from '../policy/catalogue.ts'
import type { Defect } from '../tls/read/control-server.ts'
import { clientPlants } from './client-plants.ts'
import { sshPlants } from './ssh-plants.ts'

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
  /** Operating systems that the user takes beside the list of the policy, by ID of os-release(5). */
  supportedSystems?: readonly string[]
  /** Why the machines go on running after this run; absent where they go with it, so that their disks can be read from outside. */
  stays?: string
  /** Why the cluster may only be read; absent where this run made it, or was told that it may change it. */
  readOnly?: string
}

/** Plants of this run: sound controls, one defect of each kind drawn at random, servers that keep silent; files with a known state of their module. */
const plants = ({ plantable, draw, nodes, readOnly }: PlanInput): { requirement: string; subject: Subject }[] => {
  const listener = (name: string, defect: Defect, mode: string, drawnFrom?: number): { requirement: string; subject: Subject } => ({
    requirement: 'FIPS-SELF-1',
    subject: {
      kind: 'plant',
      key: `plant:tls/${name}`,
      name: `planted listener: ${name}`,
      detail: { defect: JSON.stringify(defect), mode, ...(drawnFrom !== undefined && { drawnFrom: String(drawnFrom) }) },
    },
  })
  const drawn = (name: string, mode: string, has: (defect: Defect) => boolean): { requirement: string; subject: Subject } => {
    const from = plantable.filter(has)
    const defect = draw(from)
    // A server without a defect is a control: in place of a plant it would be passed, and prove nothing.
    if (defect === undefined) throw new Error('nothing was drawn that could be planted')
    return listener(name, defect, mode, from.length)
  }
  const file = (plant: string, builds: 'planted' | 'real'): { requirement: string; subject: Subject } => ({
    requirement: 'FIPS-SELF-2',
    subject: { kind: 'plant', key: `plant:module/${plant}`, name: `planted file: ${plant}`, detail: { plant, builds } },
  })
  // Where the cluster may only be read, nobody is made to call, and there is nothing to prove.
  const [first] = readOnly === undefined ? nodes : []
  const clients = (): Subject[] => (first === undefined ? [] : clientPlants(draw, first.name))
  return [
    listener('sound', {}, 'chooser'),
    drawn('old-version', 'chooser', ({ suite, group, scheme }) => !suite && !group && !scheme),
    drawn('suite', 'chooser', ({ suite }) => suite !== undefined),
    drawn('suite-only-when-pressed', 'reluctant', ({ suite }) => suite !== undefined),
    drawn('group', 'chooser', ({ group }) => group !== undefined),
    drawn('scheme', 'chooser', ({ scheme }) => scheme !== undefined),
    listener('mute', {}, 'mute'),
    ...[...sshPlants(draw), ...clients()].map((subject) => ({ requirement: 'FIPS-SELF-1', subject })),
    file('intact', 'planted'),
    file('tampered', 'planted'),
    file('decoy', 'planted'),
    file('truncated', 'planted'),
    file('absent', 'real'),
  ]
}

const pidsOf = ({ detail }: Subject): string[] => (detail.pids ?? '').split(' ').filter(Boolean)

/** A process that is judged as a component only where it serves TLS carries the addresses of its listeners. */
const withListeners = (subject: Subject, listeners: readonly Subject[]): Subject => {
  if (subject.detail.how !== ownsListener) return subject
  const pids = pidsOf(subject)
  // Nodes may count their processes each for itself: one number on two nodes is two processes.
  const own = listeners.filter(
    (listener) =>
      listener.node === subject.node && listener.detail.transport === 'tcp' && pidsOf(listener).some((pid) => pids.includes(pid)),
  )
  return { ...subject, detail: { ...subject.detail, listeners: toOwnListeners(own) } }
}

/** Every requirement of the wanted families for every subject of its kind. */
const pairsOf = ({ nodes, suites, hostKernel, supportedSystems = [], stays, readOnly }: Omit<PlanInput, 'claim'>): PlannedPair[] => {
  const touched = (subject: Subject): Subject =>
    readOnly === undefined ? subject : { ...subject, detail: { ...subject.detail, readOnly } }
  const listeners = nodes.flatMap(listenerSubjects).map(touched)
  const components = nodes.flatMap(componentSubjects).map((subject) => withListeners(subject, listeners))
  const subjects: Readonly<Record<string, readonly Subject[]>> = {
    component: components,
    node: nodes.map((node) => {
      const subject = nodeSubject(node)
      return {
        ...subject,
        detail: {
          ...subject.detail,
          kernel: hostKernel ? 'host' : 'own',
          ...(stays !== undefined && !hostKernel && { stays }),
          ...(supportedSystems.length > 0 && { alsoSupported: supportedSystems.join(' ') }),
        },
      }
    }),
    listener: listeners,
    client: components.filter(({ name }) => provocable.includes(name)).map(touched),
    cluster: [{ kind: 'cluster', key: 'cluster', name: 'the cluster', detail: { kernel: hostKernel ? 'host' : 'own' } }],
  }
  const wanted = catalogue.filter(({ family }) => suites.length === 0 || suites.includes(family) || family === 'FIPS-SELF')
  return wanted.flatMap(({ id, subject: kind }): PlannedPair[] => (subjects[kind] ?? []).map((subject) => ({ requirement: id, subject })))
}

/** Every requirement x subject that will be judged, from what the inventory shows. Written to the bundle before anything is collected. */
export const makePlan = (input: PlanInput): Plan => ({ claim: [...input.claim], pairs: [...pairsOf(input), ...plants(input)] })

/** What a second look at the nodes adds to the plan of the first. */
export const latePairs = (plan: Plan, input: Omit<PlanInput, 'claim'>): PlannedPair[] => {
  const known = new Set(plan.pairs.map(({ requirement, subject }) => JSON.stringify([requirement, subject.key])))
  return pairsOf(input)
    .filter(({ requirement, subject }) => !known.has(JSON.stringify([requirement, subject.key])))
    .map((pair) => ({ ...pair, late: true }))
}

/** What the inventory can say of each kind of subject: how many, how many of them late, and whether that is all. */
export const coverageOf = (nodes: readonly SeenNode[], late: readonly PlannedPair[] = []): Record<string, Coverage> => {
  const gaps = nodes.flatMap(({ name, inventory }) => inventory.gaps.map((gap) => `${name}: ${gap}`))
  const lateSubjects = [...new Map(late.map(({ subject }) => [subject.key, subject])).values()]
  const lateOf = (kind: Subject['kind']): number => lateSubjects.filter((subject) => subject.kind === kind).length
  const of = (count: number, those = 0): Coverage => ({
    complete: gaps.length === 0,
    count,
    ...(those > 0 && { late: those }),
    ...(gaps[0] !== undefined && { reason: gaps.slice(0, 3).join('; ') }),
  })
  const components = nodes.flatMap((node) => node.components)
  return {
    // Who made the cluster knows its nodes: what cannot be seen on one of them hides no other.
    cluster: { complete: true, count: 1 },
    node: { complete: true, count: nodes.length },
    component: of(components.length, lateOf('component')),
    listener: of(nodes.flatMap(({ inventory }) => inventory.listeners).length, lateOf('listener')),
    client: of(components.filter(({ name }) => provocable.includes(name)).length),
  }
}
