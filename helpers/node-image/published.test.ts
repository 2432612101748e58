import { describe, expect, it } from 'vitest'
import { publishedImages, publishedInputs, publishedOrigins, type Repositories } from './published.ts'

const row = { coredns: '1.14.2', pause: '3.10.2' }
const images = (given: Repositories): string[] => publishedImages(given, row).map(({ component, reference }) => `${component} ${reference}`)
const kubernetes = { repository: 'docker.io/mesosphere', version: 'v1.36.3+fips.0' }
const plane = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map(
  (name) => `${name} docker.io/mesosphere/${name}:v1.36.3_fips.0`,
)

describe('publishedImages', () => {
  it.each<[string, Repositories, string[]]>([
    ['nothing', {}, []],
    [
      'the control plane: CoreDNS and pause from where Kubernetes has them',
      { kubernetes },
      [...plane, 'coredns registry.k8s.io/coredns/coredns:v1.14.2', 'pause registry.k8s.io/pause:3.10.2'],
    ],
    ['etcd alone', { etcd: { repository: 'registry:5000/e', version: '3.6.8+fips.0' } }, ['etcd registry:5000/e/etcd:3.6.8_fips.0']],
    ['CoreDNS alone', { coredns: 'r/c' }, ['coredns r/c/coredns:v1.14.2']],
    ['pause alone', { pause: 'r/p' }, ['pause r/p/pause:3.10.2']],
    [
      'all',
      { kubernetes, etcd: { repository: 'r', version: '3.6.8' }, coredns: 'r/c', pause: 'r/p' },
      [...plane, 'etcd r/etcd:3.6.8', 'coredns r/c/coredns:v1.14.2', 'pause r/p/pause:3.10.2'],
    ],
  ])('%s', (_case, given, expected) => {
    expect(images(given)).toEqual(expected)
  })

  it('writes every + of a version as _', () => {
    expect(images({ etcd: { repository: 'r', version: '3.6.8+a+b' } })).toEqual(['etcd r/etcd:3.6.8_a_b'])
  })
})

it('tells where published images came from: the tag as version, the digest as sum', () => {
  expect(publishedOrigins([{ component: 'etcd', reference: 'registry:5000/etcd:3.6.8_fips.0', digest: 'sha256:00' }])).toEqual([
    { component: 'etcd', version: '3.6.8_fips.0', origin: 'registry:5000/etcd:3.6.8_fips.0', sum: 'sha256:00' },
  ])
})

it('caches by name and bytes: the same image under another name is another archive', () => {
  const digest = 'sha256:00'
  const named = (reference: string) => publishedInputs([{ component: 'pause', reference, digest }])
  expect(named('a:5000/pause:3')).not.toEqual(named('b:5000/pause:3'))
  expect(publishedInputs([{ component: 'pause', reference: 'a/pause:3', digest: 'sha256:01' }])).not.toEqual(named('a/pause:3'))
})
