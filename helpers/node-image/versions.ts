/**
 * What a node image is made of, one row for each Kubernetes. Another Kubernetes is one more row.
 * Component versions are those that kubeadm of that release asks for (etcd, CoreDNS, pause) and that kind's own base image of `kind` carries
 * (containerd, runc, CNI plugins, crictl).
 */
export type VersionsRow = {
  kubernetes: string
  /** Version of the k8s.io staging modules that belong to it. */
  staging: string
  etcd: string
  coredns: string
  pause: string
  containerd: string
  runc: string
  cni: string
  crictl: string
  kind: string
  /** The toolchain that compiles all of it, fetched by GOTOOLCHAIN and checked against Go's checksum database. */
  go: string
  /** Architectures for which a node image of this row has been built and run by its authors. */
  ran: readonly Architecture[]
}

export type Architecture = 'amd64' | 'arm64'

export const versionsTable: readonly VersionsRow[] = [
  {
    kubernetes: '1.36.3',
    staging: 'v0.36.3',
    etcd: '3.6.8',
    coredns: '1.14.2',
    pause: '3.10.2',
    containerd: '2.2.9',
    runc: '1.4.3',
    cni: '1.9.1',
    crictl: '1.36.0',
    kind: '0.33.0',
    go: 'go1.26.8',
    ran: ['amd64'],
  },
]

/** The Debian release of the build container and of the nodes: the last whose systemd (252) still supports both cgroup versions in full. */
export const debian = {
  suite: 'bookworm',
  goPackage: 'golang-1.23-go',
  goPackageVersion: '1.23',
  /** What kind's entrypoint and the kubelet need, plus what the harness uses to look inside (perl-base is in every Debian). */
  nodePackages: [
    'systemd',
    'dbus',
    'conntrack',
    'iptables',
    'nftables',
    'iproute2',
    'ethtool',
    'util-linux',
    'mount',
    'kmod',
    'libseccomp2',
    'pigz',
    'socat',
    'bash',
    'ca-certificates',
    'jq',
    'procps',
  ],
} as const

export const versionsFor = (kubernetes: string): VersionsRow | undefined => versionsTable.find((row) => row.kubernetes === kubernetes)
