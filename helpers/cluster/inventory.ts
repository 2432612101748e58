import { listeningSocket, type Socket } from './sockets.ts'

export type Process = { pid: number; namespace: string; exe: string; comm: string; rootDevice: string; exeFile: string }

/** Name of the program file of a process; a package manager that replaces a running program leaves « (deleted)» behind its path. */
export const programName = (exe: string): string => exe.replace(/ \(deleted\)$/, '').replace(/^.*\//s, '')

export type Listener = Socket & {
  namespace: string
  /** A process in that namespace, through which it is entered. */
  namespaceOf: number
  /** Processes that hold the socket; empty where no process of the node does (it belongs to the container engine outside, or to the kernel). */
  owners: readonly Process[]
}

/** What runs and listens on a node, as scripts/inventory.pl told it. */
export type NodeInventory = {
  processes: readonly Process[]
  listeners: readonly Listener[]
  /** What could not be read; the inventory is complete only when this is empty. */
  gaps: readonly string[]
}

/** Fields behind the name of each record, as patterns; the devices and the inode stay empty where the process ended while it was looked at. */
const shapes: Readonly<Record<string, readonly RegExp[]>> = {
  P: [/^\d+$/, /./, /./, /^/, /^\d*$/, /^\d*$/, /^\d*$/],
  S: [/^\d+$/, /^\d+$/],
  N: [/./, /^\d+$/],
  T: [/./, /^(tcp|udp)6?$/, /./],
  X: [/./],
  Z: [],
}

const isWhole = ([record = '', ...fields]: readonly string[]): boolean => {
  const shape = Object.hasOwn(shapes, record) ? shapes[record] : undefined
  return shape?.length === fields.length && shape.every((pattern, index) => pattern.test(fields[index] ?? ''))
}

/** Parses the records of scripts/inventory.pl; a record that is cut short or unknown is a gap, never skipped silently. */
export const parseInventory = (text: string): NodeInventory => {
  const processes: Process[] = []
  const held = new Map<string, number[]>()
  const namespaces = new Map<string, number>()
  const sockets: { namespace: string; kind: string; line: string }[] = []
  const gaps: string[] = []
  let whole = false
  for (const line of text.split('\n')) {
    const fields = line.split('\t')
    const [record, first = '', second = '', third = ''] = fields
    if (!isWhole(fields)) {
      if (line !== '') gaps.push(`record that cannot be read: ${line.slice(0, 80)}`)
    } else if (record === 'P') {
      processes.push({
        pid: Number(first),
        namespace: second,
        exe: third,
        comm: fields[4] ?? '',
        rootDevice: fields[5] ?? '',
        exeFile: `${fields[6] ?? ''}:${fields[7] ?? ''}`,
      })
    } else if (record === 'S') held.set(second, [...(held.get(second) ?? []), Number(first)])
    else if (record === 'N') namespaces.set(first, Number(second))
    else if (record === 'T') sockets.push({ namespace: first, kind: second, line: third })
    else if (record === 'X') gaps.push(first)
    else if (record === 'Z') whole = true
  }
  if (!whole) gaps.push('the list of processes and sockets was cut short')
  const byPid = new Map(processes.map((process) => [process.pid, process]))
  const listeners = sockets.flatMap(({ namespace, kind, line }): Listener[] => {
    const socket = listeningSocket(kind, line)
    const namespaceOf = namespaces.get(namespace)
    if (socket === undefined) return []
    if (socket === 'malformed' || namespaceOf === undefined) {
      gaps.push(`socket that cannot be read: ${namespace} ${kind} ${line.slice(0, 80)}`)
      return []
    }
    // One process may hold a socket by several descriptors.
    const owners = [...new Set(held.get(socket.inode))].flatMap((pid) => byPid.get(pid) ?? [])
    return [{ ...socket, namespace, namespaceOf, owners }]
  })
  return { processes, listeners, gaps }
}
