/** How a named component is found on a node (DESIGN.md, section 2, «component»). */
export type ComponentRow = {
  name: string
  /** Base name of the executable of its process. */
  executable: string
  /** Where it is looked for when no such process runs. */
  otherwise:
    | { by: 'nothing' }
    /** On the PATH of the node's init. */
    | { by: 'path' }
    /** As the OCI runtime that containerd's effective configuration names. */
    | { by: 'oci-runtime' }
    /** As the CNI plugins that the node's network configuration names. */
    | { by: 'cni-configuration' }
    /** Beside containerd, as the shim of the OCI runtime v2. */
    | { by: 'beside-containerd' }
  /** Nodes on which it is expected. */
  on: 'control-plane' | 'every-node' | 'some-node'
  /** A tool that need not be there: nowhere on the node is not-applicable, for every other component it is inconclusive. */
  optional: boolean
}

const running = (name: string, on: ComponentRow['on']): ComponentRow => ({
  name,
  executable: name,
  otherwise: { by: 'nothing' },
  on,
  optional: false,
})
const onPath = (name: string, optional: boolean): ComponentRow => ({
  name,
  executable: name,
  otherwise: { by: 'path' },
  on: 'every-node',
  optional,
})

/** The programs that are judged under FIPS-MOD wherever they are found. */
export const components: readonly ComponentRow[] = [
  running('kube-apiserver', 'control-plane'),
  running('kube-controller-manager', 'control-plane'),
  running('kube-scheduler', 'control-plane'),
  running('etcd', 'control-plane'),
  running('kube-proxy', 'every-node'),
  running('kubelet', 'every-node'),
  running('containerd', 'every-node'),
  {
    name: 'containerd-shim-runc-v2',
    executable: 'containerd-shim-runc-v2',
    otherwise: { by: 'beside-containerd' },
    on: 'every-node',
    optional: false,
  },
  { name: 'runc', executable: 'runc', otherwise: { by: 'oci-runtime' }, on: 'every-node', optional: false },
  { name: 'cni', executable: '', otherwise: { by: 'cni-configuration' }, on: 'every-node', optional: false },
  running('coredns', 'some-node'),
  onPath('kubeadm', false),
  onPath('kubectl', true),
  onPath('ctr', true),
]
