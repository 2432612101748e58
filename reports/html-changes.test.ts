import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { Change } from '../helpers/evidence/report-input.ts'
import { changesPart, notCompared, waiversPart } from './html-changes.ts'
import { hostile, mixed, plain } from './sample-input.ts'

const since = { runId: 'run-0', startedAt: '2026-11-21T10:00:00.000Z' }
const shown = (changes: readonly Change[]): string => renderToString(h('div', null, changesPart({ since, changes }, mixed)))
const change = (kind: Change['kind'], index = 0): Change => ({
  kind,
  requirement: 'FIPS-TLS-1',
  subject: `s-${index}`,
  name: `subject ${index}`,
  before: 'pass',
  now: 'pass',
})
const quiet = Array.from({ length: 11 }, (_, index) => change('evidence-changed', index))

it('says against which run it holds this one, and that nothing changed', () => {
  expect(shown([])).toContain('Held against run run-0, which started 2026-11-21T10:00:00.000Z. Nothing changed.')
})

it('folds away what breaks and mends nothing where it is much, and never what breaks', () => {
  const html = shown([change('new-failure'), change('lost-coverage'), ...quiet])
  const open = html.replace(/<details>[\s\S]*<\/details>/, '')
  expect(open).toContain('new failure')
  expect(open).toContain('lost coverage')
  expect(open).not.toContain('subject 7')
  expect(html).toContain('11 that came out as before on other evidence')
  expect(html).toContain('subject 7')
  expect(shown(quiet.slice(0, 3))).not.toContain('<details>')
})

it('says how a report is made that tells what changed', () => {
  expect(renderToString(notCompared() as ReturnType<typeof h>)).toContain('report BUNDLE --since EARLIER')
})

it('tells of each waiver its last day, and that there is none', () => {
  expect(renderToString(h('div', null, waiversPart(mixed)))).toMatch(/W-1[\s\S]*2026-12-31/)
  expect(renderToString(h('div', null, waiversPart(plain)))).toContain('nothing that fails is accepted')
  expect(renderToString(h('div', null, waiversPart(hostile)))).not.toContain('<script>')
})
