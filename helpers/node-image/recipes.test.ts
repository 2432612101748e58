import { describe, expect, it } from 'vitest'
import { type BuildDefect, goRecipes, recipeEnvironment } from './recipes.ts'
import { versionsTable } from './versions.ts'

const host = { os: 'darwin', arch: 'arm64' }
const row = versionsTable[0]!
const recipes = goRecipes(row, 'amd64', host)
const recipe = (name: string) => recipes.find((candidate) => candidate.name === name)!

describe('goRecipes', () => {
  it.each(versionsTable)('make every program of a node of $kubernetes, once', (version) => {
    const programs = goRecipes(version, 'arm64', host).flatMap(({ mains }) => Object.values(mains))
    expect(new Set(programs).size).toBe(programs.length)
    expect(programs).toEqual(
      expect.arrayContaining([
        'kube-apiserver',
        'kube-controller-manager',
        'kube-scheduler',
        'kube-proxy',
        'kubelet',
        'kubeadm',
        'kubectl',
        'etcd',
        'coredns',
        'containerd',
        'containerd-shim-runc-v2',
        'ctr',
        'runc',
        'ptp',
        'loopback',
        'host-local',
        'portmap',
        'crictl',
        'kind',
      ]),
    )
  })

  it('build for the node what runs there, and for the host the kind CLI alone', () => {
    expect(recipes.filter(({ target }) => target.os === 'linux' && target.arch === 'amd64').map(({ fips }) => fips)).toEqual(
      recipes.slice(1).map(() => true),
    )
    expect(recipe('kind')).toMatchObject({ fips: false, target: host })
  })

  it('stamp the build metadata that Kubernetes shows', () => {
    expect(recipe('kubernetes').ldflags).toContain(`-X k8s.io/component-base/version.gitVersion=v${row.kubernetes}+fips.0`)
    expect(recipe('kubernetes').ldflags).toMatch(/gitMajor=1 .*gitMinor=36 /)
  })
})

describe('recipeEnvironment', () => {
  const switches = (name: string, defect?: BuildDefect) => {
    const { CGO_ENABLED, GOEXPERIMENT, FIPSONLY } = recipeEnvironment(recipe(name), 'go1.26.8', defect)
    return { CGO_ENABLED, GOEXPERIMENT, FIPSONLY }
  }

  it.each<[string, BuildDefect | undefined, object]>([
    ['runc', undefined, { CGO_ENABLED: '1', GOEXPERIMENT: 'boringcrypto', FIPSONLY: '1' }],
    ['runc', 'without-fipsonly', { CGO_ENABLED: '1', GOEXPERIMENT: 'boringcrypto', FIPSONLY: '' }],
    ['runc', 'without-cgo', { CGO_ENABLED: '0', GOEXPERIMENT: 'boringcrypto', FIPSONLY: '' }],
    ['runc', 'plain-go', { CGO_ENABLED: '1', GOEXPERIMENT: '', FIPSONLY: '' }],
    ['kind', undefined, { CGO_ENABLED: '0', GOEXPERIMENT: '', FIPSONLY: '' }],
  ])('of %s with the defect %s', (name, defect, expected) => {
    expect(switches(name, defect)).toEqual(expected)
  })

  it('says what is built, of what, for what', () => {
    expect(recipeEnvironment(recipe('containerd'), 'go1.26.8')).toMatchObject({
      MODULE: 'github.com/containerd/containerd/v2',
      VERSION: `v${row.containerd}`,
      MAINS: 'cmd/containerd=containerd cmd/containerd-shim-runc-v2=containerd-shim-runc-v2 cmd/ctr=ctr',
      TAGS: 'no_btrfs,no_devmapper,no_zfs,no_aufs',
      LOCAL_VERSION: '',
      KEEP_DIR: '',
      GOTOOLCHAIN: 'go1.26.8',
      GOOS: 'linux',
      GOARCH: 'amd64',
    })
    expect(recipeEnvironment(recipe('kind'), 'go1.26.8')).toMatchObject({ GOOS: 'darwin', GOARCH: 'arm64', KEEP_DIR: 'images/base/files' })
    expect(recipeEnvironment(recipe('kubernetes'), 'x').LOCAL_VERSION).toBe(row.staging)
  })

  it('escapes the pattern of dropped imports for sed', () => {
    expect(recipeEnvironment(recipe('coredns'), 'x')).toMatchObject({
      DROP_IMPORTS: 'plugin\\/(azure|clouddns|route53|trace)"',
      DROP_FILES: 'core/plugin/zplugin.go',
    })
  })

  it('sets every variable for every recipe, so that nothing of the caller’s environment comes through', () => {
    const names = recipes.map((each) => Object.keys(recipeEnvironment(each, 'x')).join())
    expect(new Set(names).size).toBe(1)
  })
})
