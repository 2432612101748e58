import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { FipsConformanceError } from '../../errors/error.ts'
import { interrupted } from '../../host/docker.ts'

const nodesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ podCIDR: z.string().optional() }),
      status: z.object({ addresses: z.array(z.object({ type: z.string(), address: z.string() })) }),
    }),
  ),
})

type Reached = { name: string; run: (argv: readonly string[]) => Promise<string> }

/** What each node has to be told: by which other node the pods of each range are reached. Undefined until every node has a range. */
export const routesFor = (nodesJson: unknown, names: readonly string[]): { on: string; argv: string[] }[] | undefined => {
  const ranges = nodesSchema.parse(nodesJson).items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    range: spec.podCIDR,
    address: status.addresses.find(({ type }) => type === 'InternalIP')?.address,
  }))
  const whole = ranges.flatMap(({ name, range, address }) => (range && address ? [{ name, range, address }] : []))
  if (!names.every((name) => whole.some((node) => node.name === name))) return undefined
  return names.flatMap((on) =>
    whole.filter(({ name }) => name !== on).map(({ range, address }) => ({ on, argv: ['ip', 'route', 'replace', range, 'via', address] })),
  )
}

/** Each node learns by which other node the pods of each range are reached: what a CNI with a controller would do. */
export const routeBetweenMachines = async (nodes: readonly Reached[], signal?: AbortSignal): Promise<void> => {
  const [leader] = nodes
  if (!leader) return
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (signal?.aborted) throw interrupted('routes between the nodes', signal.reason)
    const shown = await leader.run(['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', 'get', 'nodes', '--output', 'json'])
    const routes = routesFor(
      JSON.parse(shown),
      nodes.map(({ name }) => name),
    )
    if (routes) {
      for (const { on, argv } of routes) await nodes.find(({ name }) => name === on)?.run(argv)
      return
    }
    await sleep(1_000)
  }
  throw new FipsConformanceError({
    code: 'CLUSTER_NOT_RUNNING',
    what: 'a node got no range of pod addresses',
    where: leader.name,
    remedy: 'look at the log of kube-controller-manager in the logs that were saved',
    exit: 3,
  })
}
