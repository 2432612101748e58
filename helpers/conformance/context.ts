import { z } from 'zod'
import { dockerNode } from '../cluster/docker-node.ts'
import type { NodeAccess } from '../cluster/node-access.ts'
import { machineAccess, patienceFor } from '../providers/machine/index.ts'
import type { ClusterRef } from '../providers/provider.ts'

const containerNode = z.object({ provider: z.literal('kind'), name: z.string() })
const machineNode = z.object({
  provider: z.literal('machine'),
  name: z.string(),
  address: z.string(),
  ssh: z.object({ port: z.number(), key: z.string(), knownHosts: z.string(), sockets: z.string().exactOptional() }).optional(),
  standIns: z.array(z.string()),
  patience: z.number(),
})
const contextNode = z.discriminatedUnion('provider', [containerNode, machineNode])
type ContextNode = z.infer<typeof contextNode>

/** The nodes of a cluster as the suites are told of them. */
export const contextNodes = ({ nodes, machines }: Pick<ClusterRef, 'nodes' | 'machines'>): ContextNode[] =>
  machines
    ? machines.nodes.map((node) => ({ provider: 'machine', ...node, standIns: [...machines.standIns], patience: patienceFor(machines) }))
    : nodes.map(({ name }) => ({ provider: 'kind', name }))

/** How many times longer than usual the slowest node may take. */
export const patienceOf = ({ nodes }: Pick<SuiteContext, 'nodes'>): number =>
  Math.max(1, ...nodes.map((node) => (node.provider === 'machine' ? node.patience : 1)))

const accessTo = (node: ContextNode): NodeAccess =>
  node.provider === 'kind' ? dockerNode(node.name) : machineAccess(node, node.standIns, node.patience)

/** What the suites are told by the process that starts them; nothing live crosses that border. */
export const suiteContextSchema = z.object({
  bundle: z.string(),
  /** Day that dated data is read for: RFC 3339. */
  asOf: z.string(),
  nodes: z.array(contextNode),
  /** Programs that were built for the nodes, as paths here. */
  tools: z.object({ afAlgProbe: z.string().exactOptional() }),
  /** The bundle of the last run of the same cluster, where one is known. */
  earlier: z.string().exactOptional(),
  /** Only what the second look at the cluster found is judged now; the rest has been. */
  late: z.literal(true).exactOptional(),
  /** A bundle of machines without fips=1, and the kernel file of those that are judged here. */
  twin: z.object({ bundle: z.string(), kernel: z.string() }).exactOptional(),
})
export type SuiteContext = z.infer<typeof suiteContextSchema>

/** The way in to each node, by name, made when it is first asked for. */
export const nodeAccesses = (context: SuiteContext): { to(name: string): NodeAccess; all(): NodeAccess[]; close(): Promise<void> } => {
  const open = new Map<string, NodeAccess>()
  const to = (name: string): NodeAccess => {
    const known = open.get(name)
    if (known) return known
    const node = context.nodes.find((candidate) => candidate.name === name)
    if (!node) throw new Error(`the plan names a node that is not there: ${name}`)
    const made = accessTo(node)
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
