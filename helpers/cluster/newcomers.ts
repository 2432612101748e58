import type { FoundComponent } from './find-components.ts'
import type { Listener, NodeInventory } from './inventory.ts'
import { ownsListener, type SeenNode } from './subjects.ts'

/** A listener is the same one as before when it stands at the same address and the same file serves it: what another program took over has to be judged anew. */
const identityOf = ({ namespace, transport, address, port, owners }: Listener): string =>
  [namespace, transport, address, port, owners[0]?.exeFile ?? ''].join(' ')

/** Listeners of the second inventory that the first does not have; several sockets may share one address (SO_REUSEPORT). */
export const newListeners = (first: Pick<NodeInventory, 'listeners'>, second: Pick<NodeInventory, 'listeners'>): Listener[] => {
  const left = new Map<string, number>()
  for (const listener of first.listeners) left.set(identityOf(listener), (left.get(identityOf(listener)) ?? 0) + 1)
  return second.listeners.filter((listener) => {
    const identity = identityOf(listener)
    const known = left.get(identity) ?? 0
    left.set(identity, known - 1)
    return known <= 0
  })
}

/**
 * A node as both inventories show it: the first with what the second has beyond it at the end, so that whatever was seen first keeps its key.
 * A program that owns a new listener comes once more, unless it is a named component, which is judged whatever it listens on.
 */
export const withNewcomers = (first: SeenNode, second: SeenNode): SeenNode => {
  const listeners = newListeners(first.inventory, second.inventory)
  const owners = new Set(listeners.flatMap((listener) => listener.owners.map(({ pid }) => pid)))
  const judged = new Set(first.components.filter(({ how }) => how !== ownsListener).flatMap(({ pids }) => pids))
  const isNew = ({ pids }: FoundComponent): boolean => pids.some((pid) => owners.has(pid) && !judged.has(pid))
  const known = new Set(first.inventory.processes.map(({ pid }) => pid))
  return {
    ...first,
    inventory: {
      processes: [...first.inventory.processes, ...second.inventory.processes.filter(({ pid }) => owners.has(pid) && !known.has(pid))],
      listeners: [...first.inventory.listeners, ...listeners],
      gaps: [...new Set([...first.inventory.gaps, ...second.inventory.gaps])],
    },
    components: [...first.components, ...second.components.filter(isNew)],
  }
}
