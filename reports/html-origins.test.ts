import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { Run } from '../helpers/evidence/run.ts'
import { sampleFinding, sampleRun, sampleSubject } from '../helpers/evidence/sample.ts'
import { placesOf } from './conversations.ts'
import { originSection } from './html-origins.ts'
import { inputOf } from './sample-input.ts'

const shownFor = (image: Run['image'], more: Partial<Run> = {}): string => {
  const { image: _image, ...run } = sampleRun()
  const findings = ['kubelet', 'cni/ptp', 'mystery'].map((name) =>
    sampleFinding('FIPS-MOD-1', 'pass', { subject: sampleSubject(name, { name, node: 'node-a' }) }),
  )
  const input = inputOf(findings, { run: { ...run, ...(image && { image }), ...more } })
  return renderToString(h('div', null, originSection(input, placesOf(input))))
}

const image = {
  reference: 'node:v1',
  id: 'sha256:00',
  origin: [
    {
      component: 'kubelet',
      version: 'v1.36.3',
      origin: 'built from source',
      module: 'k8s.io/kubernetes',
      sum: 'h1:x',
      toolchain: 'go1.26.8',
      build: 'CGO_ENABLED=1',
    },
    { component: 'ptp', version: 'v1.9.1', origin: 'registry.example/plugins:v1', sum: 'sha256:11' },
  ],
}

it('names the origin of each component, with all that was recorded of it', () => {
  const text = shownFor(image).replace(/<[^>]*>/g, '')
  for (const part of [
    'v1.36.3',
    'built from source',
    'k8s.io/kubernetes',
    'h1:x',
    'go1.26.8',
    'CGO_ENABLED=1',
    'registry.example/plugins:v1',
    'sha256:11',
  ])
    expect(text).toContain(part)
})

it('leads from an origin to what was judged, and names what has no origin', () => {
  const html = shownFor(image)
  expect(html.match(/aria-label="P, FIPS-MOD-1 on node-a: pass"/g)).toHaveLength(2)
  expect(html).toContain('their origin is not recorded: mystery.')
})

it('tells the dates of the policy', () => {
  expect(shownFor(image)).toContain('2026-10-01, 52 days before this run')
  expect(shownFor(image)).toContain('fips-140-3')
})

it('says so where the nodes were not made by this tool', () => {
  const html = shownFor(undefined)
  expect(html).toContain('not made by this tool')
  expect(html).toContain('their origin is not recorded: cni/ptp, kubelet, mystery.')
})

it('names what runs beside the components', () => {
  const otherPrograms = ['node-a', 'node-b'].map((node) => ({ node, path: '/pause', processes: 2 }))
  expect(shownFor(image, { otherPrograms })).toContain('not judged: /pause (4 processes).')
})
