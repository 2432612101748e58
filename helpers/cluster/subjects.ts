import { createHash } from 'node:crypto'
import type { Subject } from '../evidence/model.ts'
import type { FoundComponent } from './find-components.ts'
import type { Listener, NodeInventory, Process } from './inventory.ts'
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

export const componentSubject = (node: string, component: FoundComponent): Subject => ({
  kind: 'component',
  key: `component:${node}/${component.name}`,
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

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Linux's default range of ports that it gives out by itself (net.ipv4.ip_local_port_range): such a port says nothing about another run. */
const ephemeral = (port: number): boolean => port >= 32768 && port <= 60999

/** Who owns a listener, in words; a socket that no process of the node holds is attributed by its address where that is telling. */
export const ownerOf = ({ owners, address }: Pick<Listener, 'owners' | 'address'>): string =>
  owners[0] ? baseName(owners[0].exe) : address === '127.0.0.11' ? 'container engine (DNS)' : ''

/** Where a listener is: in the node's own network namespace, or in that of the pod whose process owns it. */
const placeOf = ({ namespace, owners }: Listener, own: string, ordinal: ReadonlyMap<string, number>): string =>
  namespace === own ? 'node' : `pod-${owners[0] ? baseName(owners[0].exe) : 'unknown'}-${ordinal.get(namespace) ?? 0}`

/** One subject for each listener of a node. */
export const listenerSubjects = ({ name, inventory }: SeenNode): Subject[] => {
  const own = inventory.processes.find(({ pid }) => pid === 1)?.namespace ?? ''
  const ordinal = new Map([...new Set(inventory.listeners.map(({ namespace }) => namespace))].map((namespace, index) => [namespace, index]))
  const used = new Map<string, number>()
  // Two sockets of one owner that differ only by a port that means nothing stay two subjects.
  const unique = (key: string): string => {
    const times = (used.get(key) ?? 0) + 1
    used.set(key, times)
    return times === 1 ? key : `${key}#${times}`
  }
  return inventory.listeners.map((listener): Subject => {
    const owner = ownerOf(listener)
    const place = placeOf(listener, own, ordinal)
    const port = ephemeral(listener.port) ? `ephemeral-${owner || shortHash(listener.inode)}` : String(listener.port)
    const host = listener.address.includes(':') ? `[${listener.address}]` : listener.address
    return {
      kind: 'listener',
      key: unique(`listener:${name}/${place}/${listener.transport}/${host}:${port}`),
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

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/** Processes that own a TCP listener and are no named component: they are judged as components where one of their listeners speaks TLS. */
export const unnamedOwners = ({ inventory, components }: SeenNode): Process[] => {
  const named = new Set(components.flatMap(({ pids }) => pids))
  const owners = inventory.listeners.filter(({ transport }) => transport === 'tcp').flatMap(({ owners: holders }) => holders)
  return [...new Map(owners.filter(({ pid }) => !named.has(pid)).map((process) => [process.exe, process])).values()]
}

export const ownerComponent = (process: Process): FoundComponent => ({
  name: baseName(process.exe),
  optional: false,
  path: `/proc/${process.pid}/exe`,
  shown: process.exe,
  pids: [process.pid],
  how: 'owns a listener',
})
