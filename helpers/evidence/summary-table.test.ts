import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../policy/catalogue.ts'
import { sampleFinding as finding, samplePlaceholder as placeholder, sampleSubject } from './sample.ts'
import { summarise } from './summary.ts'
import { stylerFor, summaryTable, wrap } from './summary-table.ts'
import { visible } from './visible.ts'

const colour = stylerFor({ env: {}, isTerminal: true })

describe('the summary', () => {
  const summary = summarise({
    findings: [
      finding('FIPS-MOD-1', 'pass'),
      finding('FIPS-MOD-1', 'inconclusive', { subject: sampleSubject('etcd') }),
      finding('FIPS-MOD-1', 'fail', { subject: sampleSubject('runc'), reason: 'it has no module' }),
      placeholder('FIPS-NODE-1', 'not-applicable'),
      finding('FIPS-SELF-1', 'pass'),
    ],
    claim: ['FIPS-MOD'],
  })

  it('counts subjects and verdicts, and shows the worst first', () => {
    expect(summary.rows[0]).toMatchObject({
      requirement: 'FIPS-MOD-1',
      claimed: true,
      subjects: 3,
      counts: { pass: 1, fail: 1, inconclusive: 1, 'not-applicable': 0, waived: 0 },
      first: { verdict: 'fail', reason: 'it has no module', subject: { key: 'runc' } },
    })
    expect(summary.rows.find(({ requirement }) => requirement === 'FIPS-NODE-1')).toMatchObject({
      requirement: 'FIPS-NODE-1',
      claimed: false,
      subjects: 0,
    })
    expect(summary.rows).toHaveLength(catalogue.length)
  })

  it("never counts plants as the cluster's", () => {
    expect(summary.cluster.pass).toBe(1)
    expect(summary.plants).toMatchObject({ pass: 1, fail: 0 })
  })

  it('shows a waived fail under its own verdict, marked', () => {
    const { rows } = summarise({ findings: [finding('FIPS-MOD-1', 'fail')], claim: [], waived: () => true })
    expect(rows[0]).toMatchObject({ counts: { fail: 1, waived: 1 }, first: { verdict: 'fail' } })
  })
})

describe('the table', () => {
  const hostile = summarise({
    findings: [
      finding('FIPS-MOD-1', 'fail', { subject: sampleSubject('x'.repeat(300)), reason: `\u001b[2J\r\u202e${'說明 '.repeat(80)}` }),
      finding('FIPS-NODE-1', 'inconclusive', { reason: 'because '.repeat(60) }),
    ],
    claim: ['FIPS-MOD'],
  })

  it('fits its width and keeps every word', () => {
    const lines = summaryTable(hostile).split('\n')
    for (const line of lines) expect(line.replaceAll(/\p{Script=Han}/gu, 'xx').length).toBeLessThanOrEqual(100)
    expect(lines.join('').match(/because/g)).toHaveLength(60)
    expect(lines.join('').match(/說明/g)).toHaveLength(80)
    expect(lines.some((line) => line.startsWith('not claimed'))).toBe(true)
  })

  it('says of a requirement without a finding that it was not judged', () => {
    expect(summaryTable(hostile)).toMatch(/^FIPS-TLS-1 +0 +not judged$/m)
  })

  it('lets no text of a cluster command the terminal', () => {
    const text = summaryTable(hostile)
    expect(visible(text)).toBe(text)
    expect(text).toContain('\\u{1b}[2J')
  })

  it('says the same with colours as without', () => {
    const coloured = summaryTable(hostile, { style: colour })
    expect(coloured).toContain('\u001b[31m')
    expect(stripVTControlCharacters(coloured)).toBe(summaryTable(hostile))
  })

  it.each([
    [{ NO_COLOR: '1' }, true],
    [{ TERM: 'dumb' }, true],
    [{}, false],
  ])('has no colours with %j and a terminal: %s', (env, isTerminal) => {
    expect(summaryTable(hostile, { style: stylerFor({ env, isTerminal }) })).toBe(summaryTable(hostile))
  })

  it('has colours when NO_COLOR is empty', () => {
    expect(summaryTable(hostile, { style: stylerFor({ env: { NO_COLOR: '' }, isTerminal: true }) })).toContain('\u001b[31m')
  })
})

it.each([
  ['a bb ccc', 4, ['a bb', 'ccc']],
  ['abcdefgh', 3, ['abc', 'def', 'gh']],
  ['', 3, []],
])('wraps %j at %d', (text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines)
})
