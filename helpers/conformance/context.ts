import { z } from 'zod'
import { dockerNode } from '../cluster/docker-node.ts'
import type { NodeAccess } from '../cluster/node-access.ts'

/** What the suites are told by the process that starts them; nothing live crosses that border. */
export const suiteContextSchema = z.object({
  bundle: z.string(),
  /** Day that dated data is read for: RFC 3339. */
  asOf: z.string(),
  nodes: z.array(z.object({ name: z.string(), provider: z.enum(['kind']) })),
  /** Programs that were built for the nodes, as paths here. */
  tools: z.object({ afAlgProbe: z.string().exactOptional() }),
  /** The bundle of the last run of the same cluster, where one is known. */
  earlier: z.string().exactOptional(),
})
export type SuiteContext = z.infer<typeof suiteContextSchema>

/** The way in to each node, by name, made when it is first asked for. */
export const nodeAccesses = (context: SuiteContext): { to(name: string): NodeAccess; all(): NodeAccess[]; close(): Promise<void> } => {
  const open = new Map<string, NodeAccess>()
  const to = (name: string): NodeAccess => {
    const known = open.get(name)
    if (known) return known
    if (!context.nodes.some((node) => node.name === name)) throw new Error(`the plan names a node that is not there: ${name}`)
    const made = dockerNode(name)
    open.set(name, made)
    return made
  }
  return {
    to,
    all: () => context.nodes.map(({ name }) => to(name)),
    close: async () => {
      await Promise.all([...open.values()].map((node) => node.close()))
    },
  }
}
