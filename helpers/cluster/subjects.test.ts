import { describe, expect, it } from 'vitest'
import type { FoundComponent } from './find-components.ts'
import type { Listener, Process } from './inventory.ts'
import { componentSubjects, listenerSubjects, nodeSubject, ownerComponent, ownerOf, type SeenNode, unnamedOwners } from './subjects.ts'

const process = (pid: number, exe: string, more: Partial<Process> = {}): Process => ({
  pid,
  namespace: 'net:[1]',
  exe,
  comm: 'x',
  rootDevice: '1',
  exeFile: `1:${exe.length}`,
  ...more,
})
const listener = (port: number, owners: readonly Process[], more: Partial<Listener> = {}): Listener => ({
  transport: 'tcp',
  address: '127.0.0.1',
  port,
  inode: String(port),
  namespace: 'net:[1]',
  namespaceOf: 1,
  owners,
  ...more,
})
const init = process(1, '/usr/lib/systemd/systemd')
const kubelet = process(20, '/usr/bin/kubelet')
const seen = (listeners: readonly Listener[], components: readonly FoundComponent[] = []): SeenNode => ({
  name: 'node-a',
  role: 'worker',
  inventory: { processes: [init, ...listeners.flatMap(({ owners }) => owners)], listeners, gaps: [] },
  components,
})
const keys = (listeners: readonly Listener[]): string[] => listenerSubjects(seen(listeners)).map(({ key }) => key)
const pod = (namespace: string, pid: number, exe: string): readonly [Process, Partial<Listener>] => [
  process(pid, exe, { namespace }),
  { namespace, namespaceOf: pid, address: '::' },
]

describe('listenerSubjects', () => {
  it('has the same key in the next run, when a network gives the node another address', () => {
    const at = (address: string) => keys([listener(2379, [process(30, '/usr/bin/etcd')], { address })])
    expect(at('172.23.0.2')).toEqual(at('172.24.0.2'))
    expect(at('172.23.0.2')).not.toEqual(at('127.0.0.1'))
    expect(at('fc00::2')).not.toEqual(at('::'))
  })

  it('tells all that a rule and a prober need', () => {
    expect(listenerSubjects(seen([listener(10250, [kubelet], { address: '::' })]))).toEqual([
      {
        kind: 'listener',
        key: 'listener:node-a/node/tcp/[::]:10250',
        name: '[::]:10250 (kubelet)',
        node: 'node-a',
        detail: {
          transport: 'tcp',
          address: '::',
          port: '10250',
          dial: '127.0.0.1',
          namespaceOf: '1',
          place: 'node',
          owner: 'kubelet',
          pids: '20',
          loopback: 'false',
        },
      },
    ])
  })

  it.each([
    ['a known port', [listener(6443, [kubelet])], ['listener:node-a/node/tcp/127.0.0.1:6443']],
    ['UDP', [listener(53, [kubelet], { transport: 'udp' })], ['listener:node-a/node/udp/127.0.0.1:53']],
    [
      'the last port that is no random one',
      [listener(32767, [kubelet]), listener(61000, [kubelet])],
      ['listener:node-a/node/tcp/127.0.0.1:32767', 'listener:node-a/node/tcp/127.0.0.1:61000'],
    ],
    [
      'random ports of one owner',
      [listener(32768, [kubelet]), listener(60999, [kubelet])],
      ['listener:node-a/node/tcp/127.0.0.1:ephemeral-kubelet', 'listener:node-a/node/tcp/127.0.0.1:ephemeral-kubelet#2'],
    ],
    ['a random port without an owner', [listener(40000, [])], ['listener:node-a/node/tcp/127.0.0.1:ephemeral-unknown']],
    [
      'the engine’s DNS',
      [listener(40000, [], { address: '127.0.0.11' })],
      ['listener:node-a/node/tcp/127.0.0.11:ephemeral-container engine (DNS)'],
    ],
  ])('gives a key to %s', (_case, listeners, expected) => {
    expect(keys(listeners)).toEqual(expected)
  })

  it('gives the same keys when ports, pids and inodes are others', () => {
    const at = (pid: number, port: number) => [
      listener(10250, [process(pid, '/usr/bin/kubelet')]),
      listener(port, [process(pid, '/usr/bin/kubelet')]),
      listener(port + 1, []),
    ]
    expect(keys(at(20, 40000))).toEqual(keys(at(777, 51234)))
  })

  it('names pods after what runs there, and renames none when another comes', () => {
    const [a, inA] = pod('net:[7]', 300, '/coredns')
    const [b, inB] = pod('net:[8]', 400, '/coredns')
    const [other, inOther] = pod('net:[6]', 200, '/usr/bin/other')
    const dns = [listener(53, [a], inA), listener(9153, [a], inA), listener(53, [b], inB)]
    const expected = ['pod-coredns-1/tcp/[::]:53', 'pod-coredns-1/tcp/[::]:9153', 'pod-coredns-2/tcp/[::]:53'].map(
      (key) => `listener:node-a/${key}`,
    )
    expect(keys(dns)).toEqual(expected)
    expect(keys([listener(80, [other], inOther), ...dns])).toEqual(['listener:node-a/pod-other-1/tcp/[::]:80', ...expected])
    expect(keys([listener(80, [], { namespace: 'net:[9]', namespaceOf: 5 })])).toEqual(['listener:node-a/pod-unknown-1/tcp/127.0.0.1:80'])
  })

  it('never gives one key twice', () => {
    const all = [listener(80, [kubelet]), listener(80, [init]), listener(80, []), listener(80, [], { transport: 'udp' })]
    expect(new Set(keys(all)).size).toBe(all.length)
  })
})

it.each([
  ['a process', listener(1, [kubelet, init]), 'kubelet'],
  ['a process whose file was replaced', listener(1, [process(3, '/usr/bin/etcd (deleted)')]), 'etcd'],
  ['nobody', listener(1, []), ''],
  ['nobody, at the address of the engine’s DNS', listener(1, [], { address: '127.0.0.11' }), 'container engine (DNS)'],
])('a listener of %s is attributed', (_case, one, owner) => {
  expect(ownerOf(one)).toBe(owner)
})

it('makes a subject of a node', () => {
  expect(nodeSubject({ name: 'node-a', role: 'worker' })).toEqual({
    kind: 'node',
    key: 'node:node-a',
    name: 'node-a',
    node: 'node-a',
    detail: { role: 'worker' },
  })
})

describe('components', () => {
  it('tells where a component is, or that it was not found', () => {
    const found: FoundComponent = {
      name: 'runc',
      optional: false,
      path: '/usr/sbin/runc',
      shown: '/usr/sbin/runc',
      pids: [4, 5],
      how: 'x',
      wrapper: '/w',
    }
    const missing: FoundComponent = { name: 'ctr', optional: true, shown: 'not found', pids: [], how: 'nowhere' }
    expect(componentSubjects(seen([], [found, missing]))).toEqual([
      {
        kind: 'component',
        key: 'component:node-a/runc',
        name: 'runc',
        node: 'node-a',
        detail: { shown: '/usr/sbin/runc', how: 'x', optional: 'false', path: '/usr/sbin/runc', pids: '4 5', wrapper: '/w' },
      },
      {
        kind: 'component',
        key: 'component:node-a/ctr',
        name: 'ctr',
        node: 'node-a',
        detail: { shown: 'not found', how: 'nowhere', optional: 'true' },
      },
    ])
  })

  it('counts every process that owns a TCP listener and is no named component, once for each file', () => {
    const one = process(30, '/app', { exeFile: '50:7', namespace: 'net:[2]' })
    const twin = process(31, '/app', { exeFile: '50:7', namespace: 'net:[2]' })
    const another = process(40, '/app', { exeFile: '51:7', namespace: 'net:[3]' })
    const udpOnly = process(50, '/dhcp')
    const named: FoundComponent = {
      name: 'kubelet',
      optional: false,
      path: '/proc/20/exe',
      shown: '/usr/bin/kubelet',
      pids: [20],
      how: 'running process',
    }
    const node = seen(
      [
        listener(1, [kubelet]),
        listener(2, [one]),
        listener(3, [twin, one]),
        listener(4, [another]),
        listener(5, [udpOnly], { transport: 'udp' }),
        listener(6, []),
      ],
      [named],
    )
    const owners = unnamedOwners(node).map(ownerComponent)
    expect(owners.map(({ name, path, pids, how }) => ({ name, path, pids, how }))).toEqual([
      { name: 'app', path: '/proc/30/exe', pids: [30, 31], how: 'owns a listener' },
      { name: 'app', path: '/proc/40/exe', pids: [40], how: 'owns a listener' },
    ])
    expect(componentSubjects({ ...node, components: [named, ...owners] }).map(({ key }) => key)).toEqual([
      'component:node-a/kubelet',
      'component:node-a/app',
      'component:node-a/app#2',
    ])
  })

  it('does not take two processes for one where their files could not be told', () => {
    const gone = [31, 32].map((pid) => process(pid, '/app', { exeFile: ':' }))
    expect(unnamedOwners(seen([listener(1, gone)])).length).toBe(2)
  })
})
