import { stringify } from 'yaml'
import type { NodeImage } from '../../node-image/spec.ts'

export type KubeadmInput = {
  node: { name: string; address: string }
  /** Address of the first node on the wire. */
  controlPlane: string
  clusterName: string
  /** Bootstrap token by which the other nodes join: kubeadm's form, six and sixteen characters. */
  token: string
  /** A cluster of one node runs everything on it. */
  single: boolean
  image: Pick<NodeImage, 'kubernetesVersion' | 'imageRepository' | 'etcdImage' | 'coredns'>
}

const api = 'kubeadm.k8s.io/v1beta4'

/** An emulated machine needs minutes for what others do in seconds. */
const timeouts = {
  controlPlaneComponentHealthCheck: '25m0s',
  kubernetesAPICall: '15m0s',
  kubeletHealthCheck: '15m0s',
  etcdAPICall: '15m0s',
  tlsBootstrap: '15m0s',
  discovery: '15m0s',
}

const registration = ({ node, single }: KubeadmInput) => ({
  name: node.name,
  criSocket: 'unix:///run/containerd/containerd.sock',
  imagePullPolicy: 'IfNotPresent',
  kubeletExtraArgs: [{ name: 'node-ip', value: node.address }],
  ...(single && { taints: [] }),
})

const documents = (parts: readonly object[]): string => parts.map((part) => stringify(part)).join('---\n')

/** What `kubeadm init` of the first node is given. */
export const initConfiguration = (input: KubeadmInput): string =>
  documents([
    {
      apiVersion: api,
      kind: 'InitConfiguration',
      bootstrapTokens: [{ token: input.token, ttl: '24h0m0s' }],
      localAPIEndpoint: { advertiseAddress: input.node.address, bindPort: 6443 },
      nodeRegistration: registration(input),
      timeouts,
    },
    {
      apiVersion: api,
      kind: 'ClusterConfiguration',
      clusterName: input.clusterName,
      kubernetesVersion: input.image.kubernetesVersion,
      controlPlaneEndpoint: `${input.controlPlane}:6443`,
      // The harness comes in through a port of the host's loopback.
      apiServer: { certSANs: ['127.0.0.1', 'localhost'] },
      networking: { podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/16' },
      ...(input.image.imageRepository && { imageRepository: input.image.imageRepository }),
      ...(input.image.etcdImage && {
        etcd: { local: { imageRepository: input.image.etcdImage.repository, imageTag: input.image.etcdImage.tag } },
      }),
      ...(input.image.coredns && { dns: { imageRepository: input.image.coredns.repository, imageTag: input.image.coredns.tag } }),
    },
    {
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      cgroupDriver: 'systemd',
      failSwapOn: false,
      imageGCHighThresholdPercent: 100,
      evictionHard: { 'nodefs.available': '0%', 'nodefs.inodesFree': '0%', 'imagefs.available': '0%' },
    },
    { apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration', mode: 'iptables' },
  ])

/** What `kubeadm join` of another node is given; `caHash` pins the cluster's CA. */
export const joinConfiguration = (input: KubeadmInput & { caHash: string }): string =>
  documents([
    {
      apiVersion: api,
      kind: 'JoinConfiguration',
      nodeRegistration: registration({ ...input, single: false }),
      discovery: {
        bootstrapToken: { token: input.token, apiServerEndpoint: `${input.controlPlane}:6443`, caCertHashes: [input.caHash] },
        tlsBootstrapToken: input.token,
      },
      timeouts,
    },
  ])
