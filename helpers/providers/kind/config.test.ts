import { parse as parseToml } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { toYaml } from '../../kind-ts/index.ts'
import { type ConfigInput, containerdPatches, kindConfig } from './config.ts'

const built = {
  imageRepository: 'fips-conformance.invalid',
  etcdImage: { repository: 'fips-conformance.invalid', tag: '3.6.8_fips.0' },
  coredns: { repository: 'fips-conformance.invalid', tag: 'v1.14.2_fips.0' },
  ownNetwork: true,
}
const foreign = { imageRepository: undefined, etcdImage: undefined, coredns: undefined, ownNetwork: false }
const whole = { cgroupVersion: '2', missingCapabilities: [] } as const
const input = (change: Partial<ConfigInput> = {}): ConfigInput => ({ controlPlanes: 1, workers: 0, image: built, limits: whole, ...change })

/** What kind reads: the document, with the documents inside its patches. */
const read = (given: ConfigInput) => {
  const { kubeadmConfigPatches, containerdConfigPatches, ...rest } = parse(toYaml(kindConfig(given))) as Record<string, unknown> &
    Record<'kubeadmConfigPatches' | 'containerdConfigPatches', string[]>
  return {
    ...rest,
    kubeadm: kubeadmConfigPatches.map((text) => parse(text) as unknown),
    containerd: containerdConfigPatches.map((text) => parseToml(text) as unknown),
  }
}

describe('kindConfig', () => {
  it('is what kind needs for one node of an image that was made here', () => {
    expect(read(input())).toEqual({
      kind: 'Cluster',
      apiVersion: 'kind.x-k8s.io/v1alpha4',
      nodes: [{ role: 'control-plane' }],
      networking: { disableDefaultCNI: true, ipFamily: 'ipv4' },
      kubeadm: [
        {
          kind: 'ClusterConfiguration',
          imageRepository: 'fips-conformance.invalid',
          etcd: { local: { imageRepository: 'fips-conformance.invalid', imageTag: '3.6.8_fips.0' } },
          dns: { imageRepository: 'fips-conformance.invalid', imageTag: 'v1.14.2_fips.0' },
        },
      ],
      containerd: [],
    })
  })

  it('leaves to a foreign node image what that brings along', () => {
    expect(read(input({ image: foreign }))).toMatchObject({
      networking: { disableDefaultCNI: false },
      kubeadm: [{ kind: 'ClusterConfiguration' }],
    })
    expect(Object.keys(read(input({ image: foreign })).kubeadm[0] ?? {})).toEqual(['kind'])
  })

  it.each([
    [1, 0, ['control-plane']],
    [1, 2, ['control-plane', 'worker', 'worker']],
    [3, 1, ['control-plane', 'control-plane', 'control-plane', 'worker']],
  ])('has %i control planes and %i workers', (controlPlanes, workers, roles) => {
    expect(read(input({ controlPlanes, workers }))).toMatchObject({ nodes: roles.map((role) => ({ role })) })
  })

  it('takes the port for the API server that was asked for', () => {
    expect(read(input({ apiPort: 16443 }))).toMatchObject({ networking: { apiServerPort: 16443 } })
  })

  it('keeps tags text that look like numbers', () => {
    const image = { ...built, etcdImage: { repository: 'r', tag: '3.10' }, coredns: { repository: 'r', tag: '1e3' } }
    expect(read(input({ image })).kubeadm).toMatchObject([{ etcd: { local: { imageTag: '3.10' } }, dns: { imageTag: '1e3' } }])
  })

  it('tells the kubelet of cgroup v1, and nothing of v2', () => {
    expect(read(input({ limits: { ...whole, cgroupVersion: '1' } })).kubeadm[1]).toEqual({
      kind: 'KubeletConfiguration',
      cgroupDriver: 'cgroupfs',
      failCgroupV1: false,
    })
    expect(read(input()).kubeadm).toHaveLength(1)
  })
})

describe('containerdPatches', () => {
  const cri = (patches: readonly string[]): unknown =>
    (parseToml(patches[0] ?? '') as { plugins?: Record<string, unknown> }).plugins?.['io.containerd.grpc.v1.cri']
  const options = (values: object): object => ({ containerd: { runtimes: { runc: { options: values } } } })
  const lacking = ['CAP_SYS_RESOURCE']

  it.each([
    [
      'cgroup v1',
      { cgroupVersion: '1', missingCapabilities: [] },
      { disable_hugetlb_controller: true, ...options({ SystemdCgroup: false }) },
    ],
    [
      'a missing capability',
      { cgroupVersion: '2', missingCapabilities: lacking },
      { restrict_oom_score_adj: true, ...options({ BinaryName: '/usr/local/sbin/runc-within-bounds' }) },
    ],
    [
      'both',
      { cgroupVersion: '1', missingCapabilities: lacking },
      {
        restrict_oom_score_adj: true,
        disable_hugetlb_controller: true,
        ...options({ SystemdCgroup: false, BinaryName: '/usr/local/sbin/runc-within-bounds' }),
      },
    ],
  ] as const)('%s', (_case, limits, expected) => {
    const patches = containerdPatches(limits)
    expect(patches).toHaveLength(1)
    expect(parseToml(patches[0] ?? '')).toMatchObject({ version: 2 })
    expect(cri(patches)).toEqual(expected)
  })

  it('changes nothing on a host that gives all', () => {
    expect(containerdPatches(whole)).toEqual([])
  })
})
