import { listeningSocket, type Socket } from './sockets.ts'

export type Process = { pid: number; namespace: string; exe: string; comm: string; rootDevice: string; exeFile: string }

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
    if (record === 'P') {
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
    else if (line !== '') gaps.push(`unknown record: ${line.slice(0, 80)}`)
  }
  if (!whole) gaps.push('the list of processes and sockets was cut short')
  const byPid = new Map(processes.map((process) => [process.pid, process]))
  const listeners = sockets.flatMap(({ namespace, kind, line }): Listener[] => {
    const socket = listeningSocket(kind, line)
    if (!socket) return []
    const owners = (held.get(socket.inode) ?? []).flatMap((pid) => byPid.get(pid) ?? [])
    return [{ ...socket, namespace, namespaceOf: namespaces.get(namespace) ?? 0, owners }]
  })
  return { processes, listeners, gaps }
}
