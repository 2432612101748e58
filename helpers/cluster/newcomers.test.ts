import { describe, expect, it } from 'vitest'
import type { FoundComponent } from './find-components.ts'
import type { Listener, Process } from './inventory.ts'
import { newListeners, withNewcomers } from './newcomers.ts'
import { componentSubjects, listenerSubjects, ownerComponent, type SeenNode } from './subjects.ts'

const process = (pid: number, exe: string, file = exe): Process => ({
  pid,
  namespace: 'net:[1]',
  exe,
  comm: 'x',
  rootDevice: '1',
  exeFile: `1:${file}`,
})
const listener = (port: number, owner?: Process, more: Partial<Listener> = {}): Listener => ({
  transport: 'tcp',
  address: '0.0.0.0',
  port,
  inode: String(port),
  namespace: 'net:[1]',
  namespaceOf: 1,
  owners: owner ? [owner] : [],
  ...more,
})
const init = process(1, '/sbin/init')
const kubelet = process(20, '/usr/bin/kubelet')
const app = process(30, '/app')
const named: FoundComponent = {
  name: 'kubelet',
  optional: false,
  path: '/proc/20/exe',
  shown: kubelet.exe,
  pids: [20],
  how: 'running process',
}
const seen = (listeners: readonly Listener[], components: readonly FoundComponent[], gaps: readonly string[] = []): SeenNode => ({
  name: 'a',
  role: 'worker',
  inventory: { processes: [init, kubelet, ...listeners.flatMap(({ owners }) => owners)], listeners, gaps },
  components,
})
const inventory = (...listeners: Listener[]) => ({ listeners })
const ports = (listeners: readonly Listener[]): number[] => listeners.map(({ port }) => port)

describe('newListeners', () => {
  it.each([
    ['the same sockets', [listener(1, app), listener(2)], [listener(1, app), listener(2)], []],
    ['a socket that was opened anew by the same program', [listener(1, app)], [listener(1, app, { inode: '99' })], []],
    ['a socket that is gone', [listener(1, app), listener(2, app)], [listener(2, app)], []],
    ['another port', [listener(1, app)], [listener(1, app), listener(2, app)], [2]],
    ['another address', [listener(1, app)], [listener(1, app), listener(1, app, { address: '127.0.0.1' })], [1]],
    ['another transport', [listener(1, app)], [listener(1, app), listener(1, app, { transport: 'udp' })], [1]],
    ['another network namespace', [listener(1, app)], [listener(1, app), listener(1, app, { namespace: 'net:[2]' })], [1]],
    ['an address that another file has taken over', [listener(1, app)], [listener(1, process(31, '/app', 'replaced'))], [1]],
    ['one more socket at the same address', [listener(1, app)], [listener(1, app), listener(1, app, { inode: '99' })], [1]],
    ['one that no process holds', [], [listener(1)], [1]],
  ] as const)('%s', (_, first, second, expected) => {
    expect(ports(newListeners(inventory(...first), inventory(...second)))).toEqual(expected)
  })
})

describe('withNewcomers', () => {
  const first = seen([listener(10250, kubelet), listener(8080, app)], [named, ownerComponent([app])])

  it('is the node as it was where nothing is new', () => {
    expect(withNewcomers(first, first)).toEqual(first)
  })

  it('leaves every key as it was, and puts what is new behind', () => {
    const late = process(40, '/late')
    // It stands first in the second inventory, as a process with a small number does.
    const second = seen([listener(7000, late), listener(10250, kubelet), listener(8080, app)], [named, ownerComponent([app, late])])
    const both = withNewcomers(first, { ...second, components: [named, ownerComponent([late]), ownerComponent([app])] })
    const keysOf = (node: SeenNode) => [...listenerSubjects(node), ...componentSubjects(node)].map(({ key }) => key)
    expect(keysOf(both)).toEqual([
      ...listenerSubjects(first).map(({ key }) => key),
      'listener:a/node/tcp/0.0.0.0:7000',
      ...componentSubjects(first).map(({ key }) => key),
      'component:a/late',
    ])
    expect(both.inventory.processes.map(({ pid }) => pid)).toEqual([1, 20, 20, 30, 40])
  })

  it('judges a program again that was there with another listener, since the new one may speak TLS', () => {
    const second = seen([listener(10250, kubelet), listener(8080, app), listener(8443, app)], [named, ownerComponent([app])])
    const keys = componentSubjects(withNewcomers(first, second)).map(({ key }) => key)
    expect(keys).toEqual(['component:a/kubelet', 'component:a/app', 'component:a/app#2'])
  })

  it('does not judge a named component again for a listener more', () => {
    const second = seen([listener(10250, kubelet), listener(8080, app), listener(10248, kubelet)], [named, ownerComponent([app])])
    const both = withNewcomers(first, second)
    expect(both.components).toEqual(first.components)
    expect(both.inventory.listeners).toHaveLength(3)
  })

  it('judges a named component again that was started anew with a listener of its own', () => {
    const again = process(21, '/usr/bin/kubelet', 'replaced')
    const second = seen(
      [listener(10250, again), listener(8080, app)],
      [{ ...named, path: '/proc/21/exe', pids: [21] }, ownerComponent([app])],
    )
    const both = withNewcomers(first, second)
    expect(componentSubjects(both).map(({ key, detail }) => `${key} ${detail.path}`)).toEqual([
      'component:a/kubelet /proc/20/exe',
      'component:a/app /proc/30/exe',
      'component:a/kubelet#2 /proc/21/exe',
    ])
    expect(listenerSubjects(both).map(({ key }) => key)).toContain('listener:a/node/tcp/0.0.0.0:10250#2')
  })

  it('keeps the gaps of both, each once', () => {
    const { components } = first
    const both = withNewcomers(
      { ...first, inventory: { ...first.inventory, gaps: ['one', 'two'] } },
      seen(first.inventory.listeners, components, ['two', 'three']),
    )
    expect(both.inventory.gaps).toEqual(['one', 'two', 'three'])
  })
})
