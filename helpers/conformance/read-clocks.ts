import type { NodeAccess } from '../cluster/node-access.ts'
import { clockCommand, clockOf, unreadClock } from '../evidence/clocks.ts'
import type { Clock } from '../evidence/run.ts'

/** How far each node's clock is from this host's. A clock that cannot be read is told of with the reason: it keeps no run from its end. */
export const readClocks = (nodes: readonly NodeAccess[], when: Clock['when'], signal?: AbortSignal): Promise<Clock[]> =>
  Promise.all(
    nodes.map(async (node): Promise<Clock> => {
      const about = { node: node.name, when }
      const asked = new Date()
      try {
        const { stdout } = await node.run(clockCommand, signal ? { signal } : {})
        return clockOf(about, { asked, answered: new Date(), said: new TextDecoder().decode(stdout) })
      } catch (error) {
        signal?.throwIfAborted()
        return unreadClock(about, asked, error instanceof Error ? error.message : String(error))
      }
    }),
  )
