/**
 * kind's cluster configuration, version v1alpha4, field by field.
 * Source: kind v0.33.0, pkg/apis/config/v1alpha4/types.go and yaml.go; what kind rejects: pkg/internal/apis/config/validate.go.
 * kind refuses unknown fields, so a name that is not here is an error there.
 */
export type Cluster = {
  kind?: 'Cluster'
  apiVersion?: 'kind.x-k8s.io/v1alpha4'
  /** `--name` wins over this. */
  name?: string
  /** Default: one control-plane node. More than one control plane makes kind add a load balancer container, whose image it pulls. */
  nodes?: readonly Node[]
  networking?: Networking
  /** Handed to every Kubernetes component. */
  featureGates?: Readonly<Record<string, boolean>>
  /** Becomes `--runtime-config` of the API server, such as `{ 'api/alpha': 'false' }`. */
  runtimeConfig?: Readonly<Record<string, string>>
  /** YAML documents, merged (RFC 7386) into the kubeadm document of the same `kind`, before the patches of a node. */
  kubeadmConfigPatches?: readonly string[]
  /** RFC 6902 patches of kubeadm documents, before the patches of a node. */
  kubeadmConfigPatchesJSON6902?: readonly PatchJson6902[]
  /** TOML documents, merged in this order into containerd's configuration of every node whose `version` is the patch's. */
  containerdConfigPatches?: readonly string[]
  /** RFC 6902 patches (YAML or JSON) of containerd's configuration, whatever its version. */
  containerdConfigPatchesJSON6902?: readonly string[]
}

/** One container that stands for a machine (types.go, Node). */
export type Node = {
  /** Default: control-plane. At least one node must be one. */
  role?: NodeRole
  /** Node image; `--image` wins over it on every node. */
  image?: string
  /** Kubernetes labels of the node. */
  labels?: Readonly<Record<string, string>>
  extraMounts?: readonly Mount[]
  extraPortMappings?: readonly PortMapping[]
  /** After those of the cluster. */
  kubeadmConfigPatches?: readonly string[]
  /** After those of the cluster. */
  kubeadmConfigPatchesJSON6902?: readonly PatchJson6902[]
}

/** A control plane of a one-node cluster takes ordinary pods too: kind removes its taint (types.go, NodeRole). */
export type NodeRole = 'control-plane' | 'worker'

/** Settings of the whole cluster's network (types.go, Networking). */
export type Networking = {
  ipFamily?: IpFamily
  /** Port of the host. Default: a free one that kind picks; -1: one that the container engine picks, anew at every start. */
  apiServerPort?: number
  /** IP address of the host that the API server listens on. Default: 127.0.0.1. */
  apiServerAddress?: string
  /** CIDR; for `dual` one of each family, separated by a comma. */
  podSubnet?: string
  /** CIDR; for `dual` one of each family, separated by a comma. */
  serviceSubnet?: string
  /** No kindnet: nodes stay NotReady until a CNI is installed. */
  disableDefaultCNI?: boolean
  /** Default: iptables. */
  kubeProxyMode?: KubeProxyMode
  /** Search domains of the nodes' resolv.conf. Default: the host's; an empty list: none. */
  dnsSearch?: readonly string[]
}

/** types.go, ClusterIPFamily. */
export type IpFamily = 'ipv4' | 'ipv6' | 'dual'

/** types.go, ProxyMode; `none` (no kube-proxy) is accepted by validate.go only. */
export type KubeProxyMode = 'iptables' | 'ipvs' | 'nftables' | 'none'

/** Which kubeadm document, and the patch as text (types.go, PatchJSON6902; RFC 6902). An empty group or version matches all. */
export type PatchJson6902 = {
  group: string
  version: string
  kind: string
  patch: string
}

/** A path of the host shown inside the node (types.go, Mount). */
export type Mount = {
  containerPath: string
  hostPath: string
  readOnly?: boolean
  selinuxRelabel?: boolean
  /** Default: None. */
  propagation?: 'None' | 'HostToContainer' | 'Bidirectional'
}

/** A port of the host that leads into the node (types.go, PortMapping). */
export type PortMapping = {
  containerPort: number
  /** Default: a free one that kind picks; -1: one that the container engine picks. */
  hostPort?: number
  /** Default: every address of the host. */
  listenAddress?: string
  /** Default: TCP. */
  protocol?: 'TCP' | 'UDP' | 'SCTP'
}
