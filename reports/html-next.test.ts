import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { Finding } from '../helpers/evidence/model.ts'
import { sampleFinding, sampleSubject } from '../helpers/evidence/sample.ts'
import { placesOf } from './conversations.ts'
import { nextSteps } from './html-next.ts'
import { inputOf } from './sample-input.ts'

const stepsFor = (findings: readonly Finding[]): string[] => {
  const input = { ...inputOf([], { claim: ['FIPS-MOD', 'FIPS-TLS'] }), findings }
  const html = renderToString(h('div', null, nextSteps(input, placesOf(input))))
  return html.split('<li>').map((step) =>
    step
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  )
}

const about = (requirement: string, verdict: Finding['verdict'], remedy: string, key = 'kubelet'): Finding =>
  sampleFinding(requirement, verdict, { remedy, subject: sampleSubject(key) })

it('names each remedy once, what was claimed first, failures before what could not be shown', () => {
  expect(
    stepsFor([
      about('FIPS-NODE-1', 'fail', 'boot it'),
      about('FIPS-TLS-1', 'inconclusive', 'run again'),
      about('FIPS-MOD-1', 'fail', 'rebuild', 'kubelet'),
      about('FIPS-TLS-2', 'fail', 'rebuild', 'etcd'),
      about('FIPS-MOD-1', 'pass', ''),
    ]),
  ).toEqual([
    '',
    'fail FIPS-MOD-1 , FIPS-TLS-2 : rebuild kubelet , etcd',
    'inconclusive FIPS-TLS-1 : run again kubelet',
    'fail FIPS-NODE-1 (not claimed): boot it kubelet',
  ])
})

it('leaves out nothing that has no remedy', () => {
  expect(stepsFor([about('FIPS-MOD-1', 'fail', '')])[1]).toBe(
    'fail FIPS-MOD-1 : no remedy is known; the reason stands in the finding. kubelet',
  )
})

it('leads to every finding of a step, however many', () => {
  const many = Array.from({ length: 9 }, (_, index) => about('FIPS-MOD-1', 'fail', 'rebuild', `program-${index}`))
  expect(stepsFor(many)[1]).toBe(`fail FIPS-MOD-1 : rebuild 9 findings ${many.map(({ subject }) => subject.name).join(' , ')}`)
})

it('says so when there is nothing to do', () => {
  expect(stepsFor([about('FIPS-MOD-1', 'pass', '')])).toEqual(['Nothing: no finding fails and none is inconclusive.'])
})
