import { describe, expect, it } from 'vitest'
import type { Listener, Process } from '../cluster/inventory.ts'
import { ownerComponent, type SeenNode } from '../cluster/subjects.ts'
import { ownListeners } from '../evidence/own-listeners.ts'
import { catalogue } from '../policy/catalogue.ts'
import { type Defect, plantable } from '../tls/read/control-server.ts'
import { coverageOf, latePairs, makePlan, type PlanInput } from './make-plan.ts'
import { familiesOf, suiteNames } from './suite-names.ts'

const process = (pid: number, exe: string): Process => ({ pid, namespace: 'net:[1]', exe, comm: 'x', rootDevice: '1', exeFile: `1:${pid}` })
const listener = (port: number, owners: readonly Process[], transport: 'tcp' | 'udp' = 'tcp'): Listener => ({
  transport,
  address: '0.0.0.0',
  port,
  inode: String(port),
  namespace: 'net:[1]',
  namespaceOf: 1,
  owners,
})
const kubelet = process(20, '/usr/bin/kubelet')
const app = process(30, '/app')
const node = (name: string, ports: readonly number[], gaps: string[] = []): SeenNode => ({
  name,
  role: 'worker',
  inventory: {
    processes: [process(1, '/init'), kubelet, app],
    listeners: [listener(10250, [kubelet]), ...ports.map((port) => listener(port, [app])), listener(68, [app], 'udp')],
    gaps,
  },
  components: [
    { name: 'kubelet', optional: false, path: '/proc/20/exe', shown: '/usr/bin/kubelet', pids: [20], how: 'running process' },
    ownerComponent([app]),
  ],
})

/** Draws the first; what was offered is kept. */
const input = (change: Partial<PlanInput> = {}): PlanInput & { offered: (readonly unknown[])[] } => {
  const offered: (readonly unknown[])[] = []
  return {
    nodes: [node('a', [8080, 8443])],
    claim: [],
    suites: [],
    plantable: plantable(),
    draw: (from) => {
      offered.push(from)
      return from[0]
    },
    hostKernel: true,
    offered,
    ...change,
  }
}
const pairsOf = (change?: Partial<PlanInput>): string[] =>
  makePlan(input(change)).pairs.map(({ requirement, subject }) => `${requirement} ${subject.key}`)

describe('makePlan', () => {
  it('plans every requirement of the catalogue for every subject of its kind', () => {
    const plan = makePlan(input({ claim: ['FIPS-MOD'] }))
    const counts = Object.fromEntries(catalogue.map(({ id }) => [id, plan.pairs.filter(({ requirement }) => requirement === id).length]))
    const each: Readonly<Record<string, number>> = { component: 2, node: 1, listener: 4, client: 1, cluster: 1 }
    const plantedFor: Readonly<Record<string, number>> = { 'FIPS-SELF-1': 13, 'FIPS-SELF-2': 5 }
    expect(counts).toEqual(Object.fromEntries(catalogue.map(({ id, subject }) => [id, plantedFor[id] ?? each[subject]])))
    expect(counts).toMatchObject({ 'FIPS-TLS-2': 4, 'FIPS-TLS-9': 1, 'FIPS-SSH-1': 4 })
    expect(plan.claim).toEqual(['FIPS-MOD'])
    expect(new Set(plan.pairs.map(({ requirement, subject }) => `${requirement} ${subject.key}`)).size).toBe(plan.pairs.length)
  })

  it('plans the same for several nodes, each with subjects of its own', () => {
    const one = pairsOf({ nodes: [node('a', [8080])] })
    const both = pairsOf({ nodes: [node('a', [8080]), node('b', [8080])] })
    expect(new Set(both).size).toBe(both.length)
    expect(both.filter((pair) => /node:b|:b\//.test(pair))).toEqual(
      one.filter((pair) => /node:a|:a\//.test(pair)).map((pair) => pair.replace(/([:])a(?=\/|$)/, '$1b')),
    )
  })

  it.each([
    [['FIPS-MOD'], ['FIPS-MOD-1', 'FIPS-MOD-2', 'FIPS-SELF-1', 'FIPS-SELF-2']],
    [['FIPS-NODE', 'FIPS-SELF'], catalogue.flatMap(({ id, family }) => (family === 'FIPS-NODE' || family === 'FIPS-SELF' ? [id] : []))],
    [['FIPS-SELF'], ['FIPS-SELF-1', 'FIPS-SELF-2']],
  ])('plans of the suites %j those requirements, and the plants always', (suites, expected) => {
    expect([...new Set(makePlan(input({ suites })).pairs.map(({ requirement }) => requirement))]).toEqual(expected)
  })

  it('has a suite for every family of the catalogue', () => {
    expect(suiteNames.flatMap((suite) => familiesOf[suite]).toSorted()).toEqual(
      [...new Set(catalogue.map(({ family }) => family))].toSorted(),
    )
  })

  it('says of nodes whose kernel they show', () => {
    const kernel = (hostKernel: boolean) =>
      makePlan(input({ hostKernel })).pairs.find(({ requirement }) => requirement === 'FIPS-NODE-1')?.subject.detail
    expect([kernel(true), kernel(false)]).toEqual([
      { role: 'worker', kernel: 'host' },
      { role: 'worker', kernel: 'own' },
    ])
  })

  it('says of machines why they stay, and nothing of containers, which have no disk', () => {
    const detail = (change: Partial<PlanInput>) =>
      makePlan(input(change)).pairs.find(({ requirement }) => requirement === 'FIPS-MOD-2')?.subject.detail
    expect(detail({ hostKernel: false, stays: 'it is kept' })).toEqual({ role: 'worker', kernel: 'own', stays: 'it is kept' })
    expect(detail({ hostKernel: true, stays: 'it is kept' })).toEqual({ role: 'worker', kernel: 'host' })
  })

  it('gives a process that counts only for its listeners all that it has on TCP, and none to a named component', () => {
    // The same process id on the other node is another process.
    const plan = makePlan(input({ nodes: [node('a', [8080, 8443]), node('b', [9000])] }))
    const listeners = (key: string) => {
      const subject = plan.pairs.find((pair) => pair.subject.key === key)?.subject
      return subject && ownListeners(subject)
    }
    const at = (port: number) => ({ name: `0.0.0.0:${port} (app)`, dial: '127.0.0.1', port: String(port), namespaceOf: '1' })
    expect(listeners('component:a/app')).toEqual([at(8080), at(8443)])
    expect(listeners('component:b/app')).toEqual([at(9000)])
    expect(listeners('component:a/kubelet')).toBeUndefined()
  })
})

describe('latePairs', () => {
  it('adds what a second look found, and nothing that was planned', () => {
    const given = input()
    const plan = makePlan(given)
    expect(latePairs(plan, given)).toEqual([])
    const late = latePairs(plan, { ...given, nodes: [node('a', [8080, 8443, 9443])], readOnly: 'somebody else made it' })
    const listenerIds = catalogue.filter(({ subject }) => subject === 'listener').map(({ id }) => id)
    expect(late.map(({ requirement, subject: { key } }) => `${requirement} ${key}`)).toEqual(
      listenerIds.map((id) => `${id} listener:a/node/tcp/0.0.0.0:9443`),
    )
    for (const pair of late) expect(pair).toMatchObject({ late: true, subject: { detail: { readOnly: 'somebody else made it' } } })
  })
})

describe('a cluster that may only be read', () => {
  const readOnly = 'somebody else made it'
  const detailOf = (requirement: string, change: Partial<PlanInput>) =>
    makePlan(input(change)).pairs.find((pair) => pair.requirement === requirement)?.subject.detail

  it('is planned so for listeners and clients', () => {
    expect(['FIPS-TLS-7', 'FIPS-TLS-9'].map((id) => detailOf(id, { readOnly })?.readOnly)).toEqual([readOnly, readOnly])
    expect(['FIPS-TLS-7', 'FIPS-TLS-9'].map((id) => detailOf(id, {})?.readOnly)).toEqual([undefined, undefined])
  })

  it('has clients where components are that can be made to call', () => {
    expect(pairsOf().filter((pair) => pair.startsWith('FIPS-TLS-9'))).toEqual(['FIPS-TLS-9 component:a/kubelet'])
  })
})

describe('plants', () => {
  it('draws a defect of each kind from those that can be planted, and plants what was drawn', () => {
    const given = input()
    const planted = makePlan(given).pairs.filter(({ subject: { key } }) => key.startsWith('plant:tls/'))
    const defect = Object.fromEntries(planted.map(({ subject: { key, detail } }) => [key, JSON.parse(detail.defect ?? '') as Defect]))
    const modes = Object.fromEntries(planted.map(({ subject: { key, detail } }) => [key, detail.mode]))
    expect(modes).toEqual({
      'plant:tls/sound': 'chooser',
      'plant:tls/old-version': 'chooser',
      'plant:tls/suite': 'chooser',
      'plant:tls/suite-only-when-pressed': 'reluctant',
      'plant:tls/group': 'chooser',
      'plant:tls/scheme': 'chooser',
      'plant:tls/mute': 'mute',
    })
    expect([defect['plant:tls/sound'], defect['plant:tls/mute']]).toEqual([{}, {}])
    const offered = given.offered.slice(0, 5)
    expect([
      defect['plant:tls/old-version'],
      defect['plant:tls/suite'],
      defect['plant:tls/suite-only-when-pressed'],
      defect['plant:tls/group'],
      defect['plant:tls/scheme'],
    ]).toEqual(offered.map(([first]) => first))
    expect(Object.keys(defect['plant:tls/old-version'] ?? {})).toEqual(['version'])
    // How many there were stands in the bundle: without it nobody could say what a caught plant is worth.
    expect(planted.map(({ subject: { detail } }) => detail.drawnFrom)).toEqual([
      undefined,
      ...offered.map((from) => String(from.length)),
      undefined,
    ])
    expect(offered.slice(1).every((from) => from.length > 65_000)).toBe(true)
    expect(defect['plant:tls/suite']).toHaveProperty('suite')
    expect(defect['plant:tls/group']).toHaveProperty('group')
  })

  it('plants SSH servers beside them, for the same requirement', () => {
    const given = input()
    const planted = makePlan(given).pairs.filter(({ subject: { key } }) => key.startsWith('plant:ssh/'))
    expect(planted.map(({ requirement, subject: { key } }) => `${requirement} ${key}`)).toEqual(
      ['sound', 'algorithm', 'small-host-key', 'mute'].map((name) => `FIPS-SELF-1 plant:ssh/${name}`),
    )
    expect(JSON.parse(planted[1]?.subject.detail.defect ?? '')).toEqual(given.offered[5]?.[0])
  })

  it('plants clients on the first node, and none where nobody may be made to call', () => {
    const clients = (change: Partial<PlanInput>) =>
      makePlan(input(change)).pairs.flatMap(({ requirement, subject: { key, node: on } }) =>
        key.startsWith('plant:client/') ? [`${requirement} ${key} on ${on}`] : [],
      )
    expect(clients({ nodes: [node('a', []), node('b', [])] })).toEqual([
      'FIPS-SELF-1 plant:client/sound on a',
      'FIPS-SELF-1 plant:client/offer on a',
    ])
    expect([clients({ readOnly: 'somebody else made it' }), clients({ nodes: [] })]).toEqual([[], []])
  })

  it('draws among more than one of each kind', () => {
    const given = input()
    makePlan(given)
    for (const offered of given.offered) expect(offered.length).toBeGreaterThan(1)
  })

  it('plants no control in place of a defect that could not be drawn', () => {
    expect(() => makePlan(input({ plantable: [] }))).toThrow('nothing was drawn')
  })
})

describe('coverageOf', () => {
  it('counts what the inventory has', () => {
    expect(coverageOf([node('a', [8080]), node('b', [])])).toEqual({
      node: { complete: true, count: 2 },
      component: { complete: true, count: 4 },
      listener: { complete: true, count: 5 },
      client: { complete: true, count: 2 },
      cluster: { complete: true, count: 1 },
    })
  })

  it('is not complete where one node has a gap, and says which', () => {
    const gaps = ['one', 'two', 'three', 'four']
    expect(coverageOf([node('a', []), node('b', [], gaps)]).listener).toEqual({
      complete: false,
      count: 4,
      reason: 'b: one; b: two; b: three',
    })
  })

  it('says how many of them came late', () => {
    const first = input()
    const nodes = [node('a', [8080, 8443, 9443])]
    expect(coverageOf(nodes, latePairs(makePlan(first), { ...first, nodes }))).toMatchObject({
      listener: { complete: true, count: 5, late: 1 },
      node: { complete: true, count: 1 },
    })
    expect(coverageOf(nodes).listener).not.toHaveProperty('late')
  })

  it('is complete and empty for a cluster of nothing', () => {
    expect(coverageOf([]).node).toEqual({ complete: true, count: 0 })
  })
})
