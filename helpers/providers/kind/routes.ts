import { z } from 'zod'
import { FipsConformanceError } from '../../errors/error.ts'
import { docker } from '../../host/docker.ts'
import type { ClusterRef } from '../provider.ts'

const nodesSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ podCIDR: z.string().optional() }),
      status: z.object({ addresses: z.array(z.object({ type: z.string(), address: z.string() })) }),
    }),
  ),
})

/** Each node learns by which other node the pods of each range are reached: what a CNI with a controller would do. */
export const routeBetweenNodes = async (ref: ClusterRef, signal: AbortSignal | undefined): Promise<void> => {
  const first = ref.nodes[0]?.name ?? ''
  for (let attempt = 0; ; attempt += 1) {
    const shown = await docker(
      ['exec', first, 'kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', 'get', 'nodes', '--output', 'json'],
      { signal },
    )
    const ranges = nodesSchema.parse(JSON.parse(shown)).items.map(({ metadata, spec, status }) => ({
      name: metadata.name,
      range: spec.podCIDR,
      address: status.addresses.find(({ type }) => type === 'InternalIP')?.address,
    }))
    if (ranges.length === ref.nodes.length && ranges.every(({ range, address }) => range && address)) {
      for (const node of ranges) {
        for (const other of ranges.filter(({ name }) => name !== node.name)) {
          await docker(['exec', '--privileged', node.name, 'ip', 'route', 'replace', other.range ?? '', 'via', other.address ?? ''], {
            signal,
          })
        }
      }
      return
    }
    if (attempt >= 120) {
      throw new FipsConformanceError({
        code: 'CLUSTER_NOT_RUNNING',
        what: 'a node got no range of pod addresses',
        where: ranges.map(({ name, range, address }) => `${name}: ${range ?? 'no range'}, ${address ?? 'no address'}`).join('; '),
        remedy: 'look at the log of kube-controller-manager: fips-conformance logs',
        exit: 3,
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
