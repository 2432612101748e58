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
  /** The machine is emulated: what watches over components has to be more patient than usual. */
  emulated: boolean
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

/** Where the node has what is laid over the manifests of static pods. */
export const patchesDirectory = '/kind/patches'

/**
 * Laid over the static pods of an emulated machine: the kubelet would take one that is slow for one that is dead, and start it again, which makes all of them
 * slower still. By name of the component; kubeadm's own form (`<component>+strategic.yaml`).
 */
export const patientPods = (): Record<string, string> =>
  Object.fromEntries(
    ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((name) => [
      name,
      stringify({ spec: { containers: [{ name, livenessProbe: { failureThreshold: 60, timeoutSeconds: 60 } }] } }),
    ]),
  )

const flags = (given: Record<string, string>) => ({ extraArgs: Object.entries(given).map(([name, value]) => ({ name, value })) })

/** With one control plane nobody else could lead: a lease that was not renewed in time would only end the one that does. */
const patience = {
  controllerManager: flags({ 'leader-elect': 'false', 'node-monitor-grace-period': '10m0s' }),
  scheduler: flags({ 'leader-elect': 'false' }),
}
const patientEtcd = flags({ 'heartbeat-interval': '1000', 'election-timeout': '10000' })

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
      ...(input.emulated && { patches: { directory: patchesDirectory } }),
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
      ...(input.emulated && patience),
      etcd: {
        local: {
          ...(input.image.etcdImage && { imageRepository: input.image.etcdImage.repository, imageTag: input.image.etcdImage.tag }),
          ...(input.emulated && patientEtcd),
        },
      },
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
