import type { Architecture, VersionsRow } from './versions.ts'

/** How one Go module becomes binaries of a node. */
export type GoRecipe = {
  name: string
  module: string
  version: string
  /** Directory below the module's root -> name of the binary. */
  mains: Readonly<Record<string, string>>
  /** Version of modules that go.mod requires only as v0.0.0. */
  localVersion?: string
  tags?: string
  ldflags: string
  /** Import lines to leave out: cloud services that no cluster of ours can use and that take most of the compile time. */
  drop?: { imports: string; files: readonly string[] }
  /** A directory of the module's files that the node image needs. */
  keepDir?: string
  /** A FIPS component: goboring, and restricted by crypto/tls/fipsonly. Tools of the host (the kind CLI) are built plainly. */
  fips: boolean
  target: { os: string; arch: string }
}

/** Ways of building a component wrongly on purpose, for planted defects: the build, not the harness, is what differs. */
export type BuildDefect = 'without-fipsonly' | 'without-cgo' | 'plain-go'

const stamp = (pairs: Record<string, string>): string =>
  ['-s -w', ...Object.entries(pairs).map(([variable, value]) => `-X ${variable}=${value}`)].join(' ')

/** kubeadm derives the versions that it supports from major and minor: without them it falls back to a placeholder. */
const kubernetesStamp = (version: string): string => {
  const [major = '', minor = ''] = version.split('.')
  const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
    [`${path}.gitVersion`, `v${version}+fips.0`],
    [`${path}.gitMajor`, major],
    [`${path}.gitMinor`, minor],
    [`${path}.gitTreeState`, 'clean'],
  ])
  return stamp(Object.fromEntries(stamps))
}

/** Every Go program of a node, and the kind CLI for the host that drives it. */
export const goRecipes = (row: VersionsRow, arch: Architecture, host: { os: string; arch: string }): GoRecipe[] => {
  const node = { fips: true, target: { os: 'linux', arch } } as const
  return [
    {
      ...node,
      name: 'kubernetes',
      module: 'k8s.io/kubernetes',
      version: `v${row.kubernetes}`,
      localVersion: row.staging,
      mains: Object.fromEntries(
        ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy', 'kubelet', 'kubeadm', 'kubectl'].map((name) => [
          `cmd/${name}`,
          name,
        ]),
      ),
      ldflags: kubernetesStamp(row.kubernetes),
    },
    {
      ...node,
      name: 'etcd',
      module: 'go.etcd.io/etcd/server/v3',
      version: `v${row.etcd}`,
      localVersion: `v${row.etcd}`,
      mains: { '.': 'etcd' },
      ldflags: stamp({ 'go.etcd.io/etcd/api/v3/version.GitSHA': `v${row.etcd}+fips.0` }),
    },
    {
      ...node,
      name: 'coredns',
      module: 'github.com/coredns/coredns',
      version: `v${row.coredns}`,
      mains: { '.': 'coredns' },
      ldflags: stamp({ 'github.com/coredns/coredns/coremain.GitCommit': `v${row.coredns}+fips.0` }),
      drop: { imports: 'plugin/(azure|clouddns|route53|trace)"', files: ['core/plugin/zplugin.go'] },
    },
    {
      ...node,
      name: 'containerd',
      module: 'github.com/containerd/containerd/v2',
      version: `v${row.containerd}`,
      mains: { 'cmd/containerd': 'containerd', 'cmd/containerd-shim-runc-v2': 'containerd-shim-runc-v2', 'cmd/ctr': 'ctr' },
      tags: 'no_btrfs,no_devmapper,no_zfs,no_aufs',
      ldflags: stamp({ 'github.com/containerd/containerd/v2/version.Version': `v${row.containerd}+fips.0` }),
    },
    {
      ...node,
      name: 'runc',
      module: 'github.com/opencontainers/runc',
      version: `v${row.runc}`,
      mains: { '.': 'runc' },
      tags: 'seccomp',
      ldflags: stamp({ 'main.version': `${row.runc}+fips.0` }),
    },
    {
      ...node,
      name: 'cni',
      module: 'github.com/containernetworking/plugins',
      version: `v${row.cni}`,
      mains: {
        'plugins/main/ptp': 'ptp',
        'plugins/main/loopback': 'loopback',
        'plugins/ipam/host-local': 'host-local',
        'plugins/meta/portmap': 'portmap',
      },
      ldflags: stamp({ 'github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion': `v${row.cni}+fips.0` }),
    },
    {
      ...node,
      name: 'crictl',
      module: 'sigs.k8s.io/cri-tools',
      version: `v${row.crictl}`,
      mains: { 'cmd/crictl': 'crictl' },
      ldflags: stamp({ 'sigs.k8s.io/cri-tools/pkg/version.Version': `v${row.crictl}+fips.0` }),
    },
    {
      name: 'kind',
      module: 'sigs.k8s.io/kind',
      version: `v${row.kind}`,
      mains: { '.': 'kind' },
      ldflags: '-s -w',
      keepDir: 'images/base/files',
      fips: false,
      target: host,
    },
  ]
}

/** The environment of scripts/go-module.sh for a recipe, with an optional planted defect. */
export const recipeEnvironment = (recipe: GoRecipe, go: string, defect?: BuildDefect): Record<string, string> => {
  const goboring = recipe.fips && defect !== 'plain-go'
  const cgo = recipe.fips && defect !== 'without-cgo'
  return {
    MODULE: recipe.module,
    VERSION: recipe.version,
    LOCAL_VERSION: recipe.localVersion ?? '',
    MAINS: Object.entries(recipe.mains)
      .map(([directory, binary]) => `${directory}=${binary}`)
      .join(' '),
    TAGS: recipe.tags ?? '',
    LDFLAGS: recipe.ldflags,
    DROP_IMPORTS: recipe.drop?.imports.replaceAll('/', '\\/') ?? '',
    DROP_FILES: recipe.drop?.files.join(' ') ?? '',
    KEEP_DIR: recipe.keepDir ?? '',
    GOTOOLCHAIN: go,
    GOOS: recipe.target.os,
    GOARCH: recipe.target.arch,
    CGO_ENABLED: cgo ? '1' : '0',
    GOEXPERIMENT: goboring ? 'boringcrypto' : '',
    // Without cgo there is no module, and crypto/tls/fipsonly does not compile.
    FIPSONLY: recipe.fips && defect === undefined ? '1' : '',
  }
}
