import { join } from 'node:path'
import type { Ownership } from '../host/labels.ts'
import type { NodeImage } from '../node-image/spec.ts'
import type { ClusterNode, ClusterRef } from './provider.ts'
import { clusterDirectory } from './state.ts'

/** Names as kind gives them to the containers of a cluster with one control plane; machines are named alike. */
const nodesOf = (name: string, count: number): ClusterNode[] => [
  { name: `${name}-control-plane`, role: 'control-plane' },
  ...Array.from(
    { length: count - 1 },
    (_, index): ClusterNode => ({ name: `${name}-worker${index === 0 ? '' : index + 1}`, role: 'worker' }),
  ),
]

type Asked = { provider: ClusterRef['provider']; name: string; nodes: number; image: NodeImage; ownership: Ownership }

/** What is recorded of a cluster before anything of it is created. */
export const plannedCluster = ({ provider, name, nodes, image, ownership }: Asked): ClusterRef => ({
  provider,
  name,
  run: ownership.run,
  owner: ownership.owner,
  createdAt: new Date().toISOString(),
  nodes: nodesOf(name, nodes),
  kubeconfig: join(clusterDirectory(name), 'kubeconfig'),
  ready: false,
  judgedBy: [],
  image: {
    reference: image.reference,
    id: image.id,
    kubernetesVersion: image.kubernetesVersion,
    kindBinary: image.kindBinary,
    afAlgProbe: image.afAlgProbe,
    origins: image.origins.map((origin) => JSON.parse(JSON.stringify(origin)) as Record<string, string>),
  },
})
