import { describe, expect, it } from 'vitest'
import { componentImages } from './component-images.ts'
import { goRecipes } from './recipes.ts'
import type { NodeImageSpec } from './spec.ts'
import { versionsTable } from './versions.ts'

const row = versionsTable[0]!
const spec = (published: readonly string[] = []): NodeImageSpec => ({
  row,
  arch: 'amd64',
  metadata: 'fips.0',
  defects: {},
  published: published.map((component) => ({ component, reference: `r/${component}:1` })),
})

describe('componentImages', () => {
  it('has every image that kubeadm starts, named so that it can be pulled from nowhere', () => {
    expect(componentImages(spec()).map(({ name }) => name)).toEqual([
      `fips-conformance.invalid/kube-apiserver:v${row.kubernetes}_fips.0`,
      `fips-conformance.invalid/kube-controller-manager:v${row.kubernetes}_fips.0`,
      `fips-conformance.invalid/kube-scheduler:v${row.kubernetes}_fips.0`,
      `fips-conformance.invalid/kube-proxy:v${row.kubernetes}_fips.0`,
      `fips-conformance.invalid/etcd:${row.etcd}_fips.0`,
      `fips-conformance.invalid/coredns:v${row.coredns}_fips.0`,
      `fips-conformance.invalid/pause:${row.pause}`,
    ])
  })

  it('takes each program from a step that makes it', () => {
    const made = goRecipes(row, 'amd64', { os: 'linux', arch: 'amd64' }).flatMap(({ name, mains }) =>
      Object.values(mains).map((program) => `${name}/bin/${program}`),
    )
    for (const { source } of componentImages(spec())) expect([...made, 'pause/bin/pause']).toContain(source)
  })

  it('gives the tools that it calls to kube-proxy alone', () => {
    expect(
      componentImages(spec())
        .filter(({ programs }) => programs.length > 0)
        .map(({ component }) => component),
    ).toEqual(['kube-proxy'])
    expect(componentImages(spec()).find(({ component }) => component === 'kube-proxy')?.programs).toContain('iptables')
  })

  it('leaves out what is published', () => {
    expect(componentImages(spec(['etcd', 'kube-proxy', 'pause'])).map(({ component }) => component)).toEqual([
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'coredns',
    ])
  })
})
