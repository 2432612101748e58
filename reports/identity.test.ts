import { describe, expect, it } from 'vitest'
import { compareRuns, comparisonSeen, type Side } from '../helpers/evidence/compare.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { sampleFinding, sampleRun, sampleSubject } from '../helpers/evidence/sample.ts'
import { reports } from './index.ts'
import { inputOf } from './sample-input.ts'

/** What a run finds in a cluster that was made for it: a node named after it, and one finding that says so. */
const sideOf = (cluster: string, runId: string, ports: readonly number[]): Side => {
  const node = `${cluster}-control-plane`
  return {
    run: sampleRun({ runId, cluster: { name: cluster, createdBy: 'this run', nodes: [{ name: node, role: 'control-plane' }] } }),
    claim: ['FIPS-MOD', 'FIPS-TLS'],
    findings: [
      sampleFinding('FIPS-MOD-1', 'pass', { subject: sampleSubject(`component:${node}/kubelet`, { name: 'kubelet', node }) }),
      sampleFinding('FIPS-NODE-1', 'fail', { subject: sampleSubject(`node:${node}`, { kind: 'node', name: node, node }) }),
      ...ports.map((port) =>
        sampleFinding('FIPS-TLS-1', 'fail', {
          subject: sampleSubject(`listener:${node}/node/tcp/[::]:${port}`, { kind: 'listener', name: `[::]:${port}`, node }),
        }),
      ),
    ],
    evidence: [],
    waived: () => false,
  }
}

const inputFrom = ({ run, findings }: Side, before?: Side): ReportInput => ({
  ...inputOf(findings, { run }),
  ...(before && { comparison: comparisonSeen(compareRuns(before, { ...sideOf('', '', []), run, findings }), before) }),
})

const [first, second] = [sideOf('fips-1a2b3c', 'run-1', [6443, 10250]), sideOf('fips-9f8e7d', 'run-2', [6443, 10250])]
const [one, two] = [inputFrom(first), inputFrom(second)]

const junitNames = (input: ReportInput): string[] =>
  [...reports.junit.report(input).matchAll(/<test(?:suites|suite|case)(?: classname="[^"]*")? name="[^"]*"/g)].map(([text]) => text)

type Result = { ruleId: string; baselineState?: string; partialFingerprints: Record<string, string> }
const sarif = (input: ReportInput) =>
  (JSON.parse(reports.sarif.report(input)) as { runs: [{ automationDetails: { id: string }; results: Result[] }] }).runs[0]

type Test = { id: string; testId: string; executionId: string; name: string }
const ctrfTests = (input: ReportInput): Test[] => (JSON.parse(reports.ctrf.report(input)) as { results: { tests: Test[] } }).results.tests

describe('two runs against clusters of different names', () => {
  it('have the same test names in JUnit', () => {
    expect(junitNames(one)).toEqual(junitNames(two))
    expect(junitNames(one)).toContain('<testcase classname="FIPS-MOD-1" name="component:{cluster}-control-plane/kubelet"')
    expect(new Set(junitNames(one)).size).toBe(junitNames(one).length)
  })

  it('have the same tests in CTRF, each execution of its own', () => {
    const names = (input: ReportInput) => ctrfTests(input).map(({ id, testId, name }) => [id, testId, name])
    expect(names(one)).toEqual(names(two))
    const executions = [one, two].flatMap((input) => ctrfTests(input).map(({ executionId }) => executionId))
    expect(new Set(executions).size).toBe(executions.length)
  })

  it('have the same fingerprints and the same category in SARIF', () => {
    const prints = (input: ReportInput) => sarif(input).results.map(({ ruleId, partialFingerprints }) => [ruleId, partialFingerprints])
    expect(prints(one)).toEqual(prints(two))
    const own = sarif(one).results.map(({ partialFingerprints }) => partialFingerprints)
    expect(own[0]?.primaryLocationLineHash).toMatch(/^[0-9a-f]{16}:1$/)
    for (const name of ['finding/v1', 'primaryLocationLineHash']) expect(new Set(own.map((each) => each[name])).size).toBe(own.length)
    const category = (input: ReportInput): string => sarif(input).automationDetails.id.replace(/[^/]*$/, '')
    expect(category(one)).toBe(category(two))
  })

  it('give a result that is absent the fingerprint that it had', () => {
    const later = inputFrom(sideOf('fips-9f8e7d', 'run-2', [6443]), first)
    const absent = sarif(later).results.filter(({ baselineState }) => baselineState === 'absent')
    const was = sarif(one).results.map(({ partialFingerprints }) => partialFingerprints['finding/v1'])
    expect(absent).toHaveLength(1)
    expect(was).toContain(absent[0]?.partialFingerprints['finding/v1'])
  })

  it('are told apart by what is not identity', () => {
    for (const format of ['junit', 'ctrf', 'sarif'] as const) {
      expect(reports[format].report(one)).toContain('fips-1a2b3c-control-plane')
      expect(reports[format].report(two)).not.toContain('fips-1a2b3c')
    }
  })
})
