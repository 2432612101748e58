import { stringify } from 'yaml'
import type { Cluster } from '../../kind-ts/index.ts'
import type { NodeImage } from '../../node-image/spec.ts'

/** What the host cannot give to a node, found by looking at it. */
export type HostLimits = {
  cgroupVersion: '1' | '2'
  /** Capabilities that even a privileged container does not get. */
  missingCapabilities: readonly string[]
}

export type ConfigInput = {
  controlPlanes: number
  workers: number
  image: Pick<NodeImage, 'imageRepository' | 'etcdImage' | 'coredns' | 'ownNetwork'>
  limits: HostLimits
  apiPort?: number | undefined
}

const cri = 'plugins."io.containerd.grpc.v1.cri"'

/** containerd's settings for a host that gives less than kind's node image expects; empty where it gives all. */
export const containerdPatches = ({ cgroupVersion, missingCapabilities }: HostLimits): string[] => {
  const lacking = missingCapabilities.length > 0
  const oldCgroups = cgroupVersion === '1'
  if (!lacking && !oldCgroups) return []
  return [
    [
      'version = 2',
      `[${cri}]`,
      // Lowering a score needs CAP_SYS_RESOURCE.
      lacking ? '  restrict_oom_score_adj = true' : '',
      oldCgroups ? '  disable_hugetlb_controller = true' : '',
      `[${cri}.containerd.runtimes.runc.options]`,
      oldCgroups ? '  SystemdCgroup = false' : '',
      lacking ? '  BinaryName = "/usr/local/sbin/runc-within-bounds"' : '',
    ]
      .filter(Boolean)
      .join('\n'),
  ]
}

/** The kubeadm documents that differ from kind's own. */
const kubeadmPatches = ({ image, limits }: ConfigInput): string[] => {
  const cluster = {
    kind: 'ClusterConfiguration',
    ...(image.imageRepository && { imageRepository: image.imageRepository }),
    ...(image.etcdImage && { etcd: { local: { imageRepository: image.etcdImage.repository, imageTag: image.etcdImage.tag } } }),
    ...(image.coredns && { dns: { imageRepository: image.coredns.repository, imageTag: image.coredns.tag } }),
  }
  // The kubelet refuses cgroup v1 since 1.35 unless told otherwise.
  const kubelet = { kind: 'KubeletConfiguration', cgroupDriver: 'cgroupfs', failCgroupV1: false }
  return [stringify(cluster), ...(limits.cgroupVersion === '1' ? [stringify(kubelet)] : [])]
}

/** kind's configuration of a FIPS cluster; which image the nodes get is said on kind's command line. */
export const kindConfig = (input: ConfigInput): Cluster => ({
  kind: 'Cluster',
  apiVersion: 'kind.x-k8s.io/v1alpha4',
  nodes: [
    ...Array.from({ length: input.controlPlanes }, () => ({ role: 'control-plane' as const })),
    ...Array.from({ length: input.workers }, () => ({ role: 'worker' as const })),
  ],
  networking: {
    disableDefaultCNI: input.image.ownNetwork,
    ipFamily: 'ipv4',
    ...(input.apiPort !== undefined && { apiServerPort: input.apiPort }),
  },
  kubeadmConfigPatches: kubeadmPatches(input),
  containerdConfigPatches: containerdPatches(input.limits),
})
