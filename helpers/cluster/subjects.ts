import type { Subject } from '../evidence/model.ts'
import type { FoundComponent } from './find-components.ts'
import { type Listener, type NodeInventory, type Process, programName } from './inventory.ts'
import { dialAddress, isLoopback } from './sockets.ts'

/** A node as it was found: what runs, what listens, which named components. */
export type SeenNode = { name: string; role: 'control-plane' | 'worker'; inventory: NodeInventory; components: readonly FoundComponent[] }

export const nodeSubject = ({ name, role }: Pick<SeenNode, 'name' | 'role'>): Subject => ({
  kind: 'node',
  key: `node:${name}`,
  name,
  node: name,
  detail: { role },
})

/** Makes keys unique: those that come again get a number. */
const numbering = (): ((key: string) => string) => {
  const used = new Map<string, number>()
  return (key) => {
    const times = (used.get(key) ?? 0) + 1
    used.set(key, times)
    return times === 1 ? key : `${key}#${times}`
  }
}

const componentSubject = (node: string, component: FoundComponent, key: string): Subject => ({
  kind: 'component',
  key,
  name: component.name,
  node,
  detail: {
    shown: component.shown,
    how: component.how,
    optional: String(component.optional),
    ...(component.path && { path: component.path }),
    ...(component.pids.length > 0 && { pids: component.pids.join(' ') }),
    ...(component.wrapper && { wrapper: component.wrapper }),
  },
})

/** One subject for each component of a node; different programs may have one name. */
export const componentSubjects = ({ name: node, components }: Pick<SeenNode, 'name' | 'components'>): Subject[] => {
  const unique = numbering()
  return components.map((component) => componentSubject(node, component, unique(`component:${node}/${component.name}`)))
}

/** Linux's default range of ports that it gives out by itself (net.ipv4.ip_local_port_range): such a port says nothing about another run. */
const ephemeral = (port: number): boolean => port >= 32768 && port <= 60999

/** Who owns a listener, in words; a socket that no process of the node holds is attributed by its address where that is telling. */
export const ownerOf = ({ owners, address }: Pick<Listener, 'owners' | 'address'>): string =>
  owners[0] ? programName(owners[0].exe) : address === '127.0.0.11' ? 'container engine (DNS)' : ''

/**
 * Where each listener is: in the node's own network namespace, or in that of a pod. A pod is named after the program that owns the listener, and counted among
 * those with that program alone, so that another pod beside it renames nothing.
 */
const placer = (own: string): ((listener: Listener) => string) => {
  const pods = new Map<string, string[]>()
  return ({ namespace, owners }) => {
    if (namespace === own) return 'node'
    const owner = owners[0] ? programName(owners[0].exe) : 'unknown'
    const known = pods.get(owner) ?? []
    if (!known.includes(namespace)) known.push(namespace)
    pods.set(owner, known)
    return `pod-${owner}-${known.indexOf(namespace) + 1}`
  }
}

/** An address that a network gives out is another one in the next run; the loopback ones and the wildcards mean the same everywhere. */
const stableHost = (address: string, host: string): string =>
  isLoopback(address) || address === '0.0.0.0' || address === '::' ? host : 'own-address'

/** One subject for each listener of a node. */
export const listenerSubjects = ({ name, inventory }: SeenNode): Subject[] => {
  const own = inventory.processes.find(({ pid }) => pid === 1)?.namespace ?? ''
  const placeOf = placer(own)
  // Two sockets of one owner that differ only by a port that means nothing stay two subjects.
  const unique = numbering()
  return inventory.listeners.map((listener): Subject => {
    const owner = ownerOf(listener)
    const place = placeOf(listener)
    const port = ephemeral(listener.port) ? `ephemeral-${owner || 'unknown'}` : String(listener.port)
    const host = listener.address.includes(':') ? `[${listener.address}]` : listener.address
    return {
      kind: 'listener',
      key: unique(`listener:${name}/${place}/${listener.transport}/${stableHost(listener.address, host)}:${port}`),
      name: `${listener.transport === 'udp' ? 'udp ' : ''}${host}:${listener.port}${owner ? ` (${owner})` : ''}`,
      node: name,
      detail: {
        transport: listener.transport,
        address: listener.address,
        port: String(listener.port),
        dial: dialAddress(listener.address),
        namespaceOf: String(listener.namespaceOf),
        place,
        // What no process of the node holds has no owner here; a rule may attribute it by its address.
        owner: listener.owners[0] ? owner : '',
        pids: listener.owners.map(({ pid }) => pid).join(' '),
        loopback: String(isLoopback(listener.address)),
      },
    }
  })
}

/** How a process was found that is a component only because of what it listens on. */
export const ownsListener = 'owns a listener'

/**
 * Processes that own a TCP listener and are no named component, those of one file together: they are judged as a component where one of their listeners speaks TLS.
 * Files are told apart by device and inode: one path may lead to a different file in each pod.
 */
export const unnamedOwners = ({ inventory, components }: SeenNode): (readonly [Process, ...Process[]])[] => {
  const named = new Set(components.flatMap(({ pids }) => pids))
  const owners = inventory.listeners.filter(({ transport }) => transport === 'tcp').flatMap(({ owners: holders }) => holders)
  const distinct = [...new Map(owners.filter(({ pid }) => !named.has(pid)).map((process) => [process.pid, process])).values()]
  const byFile = Map.groupBy(distinct, ({ pid, exe, exeFile }) => `${/^\d+:\d+$/.test(exeFile) ? exeFile : pid} ${exe}`)
  return [...byFile.values()].flatMap(([first, ...others]) => (first ? [[first, ...others] as const] : []))
}

export const ownerComponent = (processes: readonly [Process, ...Process[]]): FoundComponent => ({
  name: programName(processes[0].exe),
  optional: false,
  path: `/proc/${processes[0].pid}/exe`,
  shown: processes[0].exe,
  pids: processes.map(({ pid }) => pid),
  how: ownsListener,
})

/** Programs that run on a node and are no component, with how many processes run each. */
export const otherPrograms = ({ name, inventory, components }: SeenNode): { node: string; path: string; processes: number }[] => {
  const named = new Set(components.flatMap(({ pids }) => pids))
  const others = Map.groupBy(
    inventory.processes.filter(({ pid }) => !named.has(pid)),
    ({ exe }) => exe,
  )
  return [...others].map(([path, processes]) => ({ node: name, path, processes: processes.length }))
}
