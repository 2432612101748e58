import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBundle } from '../evidence/bundle-writer.ts'
import { type Bundle, readBundle } from '../evidence/read-bundle.ts'
import { reportInput } from '../evidence/report-input.ts'
import { sampleFinding, sampleRun, sampleSubject } from '../evidence/sample.ts'
import type { SealedRun } from './run.ts'
import { resultJson, resultText } from './show-result.ts'

beforeEach(() => vi.stubEnv('NO_COLOR', ''))
afterEach(() => vi.unstubAllEnvs())

const findings = [
  sampleFinding('FIPS-MOD-1', 'pass'),
  sampleFinding('FIPS-TLS-1', 'fail', { remedy: 'Build it again.', subject: sampleSubject('listener:a', { kind: 'listener' }) }),
  sampleFinding('FIPS-TLS-2', 'fail', { remedy: 'Build it again.', subject: sampleSubject('listener:a', { kind: 'listener' }) }),
  sampleFinding('FIPS-TLS-2', 'fail', { remedy: 'Build it again.', subject: sampleSubject('listener:b', { kind: 'listener' }) }),
  sampleFinding('FIPS-NODE-1', 'inconclusive', {
    remedy: 'Look at \u001b[31mthe node. '.repeat(20),
    reason: 'a reason \u009b2J '.repeat(30),
    subject: sampleSubject('node:a', { kind: 'node' }),
  }),
]
let root: string
let bundle: Bundle

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'fips-conformance-result-'))
  const writer = await createBundle({ root, runId: 'run-1' })
  await writer.writeRun(sampleRun())
  await writer.writePlan({ claim: [], pairs: findings.map(({ requirement, subject }) => ({ requirement, subject })) })
  bundle = await readBundle(writer.dir)
})
afterAll(() => rmSync(root, { recursive: true }))

const judged = (change: Partial<SealedRun> = {}, run = sampleRun()): SealedRun => ({
  bundle: '/evidence/20261122T120000Z-1a2b3c',
  exit: 1,
  input: reportInput({ bundle: { ...bundle, run }, findings }),
  phases: { image: 75.2, suites: 3 },
  suiteErrors: [],
  seal: { id: 'ab'.repeat(32), keyId: 'cd'.repeat(32), previous: null, cluster: 'kind:lab' },
  ...change,
})
const linesOf = (given: SealedRun, stream: { isTTY?: boolean } = {}): string[] => resultText(given, stream).split('\n')

describe('resultText', () => {
  it('has no line of more than 100 columns, and nothing that a terminal would obey', () => {
    const lines = linesOf(judged({ suiteErrors: [`refusal: ${'word '.repeat(60)}\u001b[2J`] }))
    for (const line of lines) {
      expect(Array.from(line).length).toBeLessThanOrEqual(100)
      expect(line).not.toMatch(/\p{Cc}/u)
    }
    expect(lines[0]).not.toBe('')
  })

  it('names each remedy once, with the requirements that it helps', () => {
    const text = resultText(judged(), {})
    const todo = text.slice(text.indexOf('What to do next:')).split('\n')
    expect(todo[1]).toBe('  FIPS-TLS-1, FIPS-TLS-2: Build it again.')
    expect(text.split('Build it again.')).toHaveLength(2)
  })

  it.each([
    [0, 'Everything that was claimed passes.'],
    [1, 'The run worked, and found something that fails.'],
    [2, 'The run worked, but not everything that was claimed could be told.'],
  ] as const)('says what exit %i means', (exit, words) => {
    expect(linesOf(judged({ exit }))).toContain(words)
  })

  it('says where the evidence is and how long it took', () => {
    expect(linesOf(judged()).slice(-4)).toEqual([
      'evidence: /evidence/20261122T120000Z-1a2b3c',
      `id:       ${'ab'.repeat(32)}`,
      'report:   /evidence/20261122T120000Z-1a2b3c/reports/report.html',
      'time:     image 1m15s, suites 3.0s',
    ])
  })

  it('has room for many phases', () => {
    const names = [
      'host',
      'image',
      'cluster: boot',
      'cluster: kubeadm',
      'cluster: ready',
      'inventory',
      'suites',
      'second look',
      'late suites',
      'outside',
    ]
    const lines = linesOf(judged({ phases: Object.fromEntries(names.map((name) => [name, 75])) }))
    const from = lines.findIndex((line) => line.startsWith('time:'))
    expect(lines.slice(from).filter((line) => line.length > 100)).toEqual([])
    expect(lines.slice(from).join(' ').replaceAll(/\s+/g, ' ')).toBe(`time: ${names.map((name) => `${name} 1m15s`).join(', ')}`)
  })

  it('tells errors of the test runner, and development, only where there are any', () => {
    const plain = resultText(judged(), {})
    expect(plain).not.toMatch(/test runner|Development/)
    expect(resultText(judged({ suiteErrors: ['it was killed'] }), {})).toMatch(/The test runner reported errors.*\n {2}it was killed/)
    expect(resultText(judged({}, sampleRun({ development: true })), {})).toContain('Development: an earlier run has judged this cluster')
  })

  it('has colours on a terminal alone', () => {
    const escapeCharacter = String.fromCharCode(27)
    vi.stubEnv('TERM', 'xterm')
    expect(resultText(judged(), { isTTY: true })).toContain(escapeCharacter)
    expect(resultText(judged(), { isTTY: false })).not.toContain(escapeCharacter)
    vi.stubEnv('NO_COLOR', '1')
    expect(resultText(judged(), { isTTY: true })).not.toContain(escapeCharacter)
  })
})

it('gives machines what DESIGN.md names', () => {
  const json = JSON.parse(JSON.stringify(resultJson(judged()))) as Record<string, unknown>
  expect(json).toMatchObject({
    run: 'run-1',
    bundle: '/evidence/20261122T120000Z-1a2b3c',
    claim: [],
    development: false,
    verdicts: { pass: 1, fail: 3, inconclusive: 1 },
    exit: 1,
    seconds: { image: 75.2, suites: 3 },
  })
  expect(Object.keys(json)).toEqual(['run', 'bundle', 'id', 'claim', 'claimLine', 'development', 'verdicts', 'plants', 'exit', 'seconds'])
})
