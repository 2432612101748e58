import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { jsonPieces, lazily } from './json-document.ts'
import { changesByFinding, type Told, toldFindings, waiverWords } from './told.ts'
import { idsOf } from './uuid.ts'

type Status = 'passed' | 'failed' | 'skipped' | 'other'

/** A reader goes by the status, so only what decides the exit code fails; the verdict itself stands in `rawStatus`. */
const statusOf = ({ claimed, standing }: Told): Status => {
  if (standing === 'pass') return 'passed'
  if (standing === 'not-applicable') return 'skipped'
  return standing === 'fail' && claimed ? 'failed' : 'other'
}

const messageOf = ({ finding, claimed, waiver }: Told): string =>
  [claimed ? '' : 'not claimed', waiver ? waiverWords(waiver) : '', finding.reason].filter((text) => text !== '').join('; ')

const detailOf = ({ finding: { expected, observed, remedy, notes } }: Told): string =>
  [
    `expected: ${expected}`,
    `observed: ${observed}`,
    ...(remedy ? [`remedy: ${remedy}`] : []),
    ...notes.map((note) => `note: ${note}`),
  ].join('\n')

/** CTRF (Common Test Report Format), one test for each finding. Inconclusive, waived and unclaimed failures are `other`; `extra.waivers` holds every waiver. */
export const ctrfPieces = (input: ReportInput): Iterable<string> => {
  const { run, summary, claimLine, exit, seed, waivers, comparison } = input
  const id = idsOf(seed)
  const testOf = idsOf('ctrf')
  const told = toldFindings(input)
  const changes = changesByFinding(input)
  const counts = { passed: 0, failed: 0, skipped: 0, other: 0 }
  const start = Date.parse(run.startedAt)
  const stop = Date.parse(run.finishedAt ?? run.startedAt)
  for (const one of told) counts[statusOf(one)]++
  const tests = lazily(told, (one) => {
    const { finding, key, stable, claimed, standing, waiver, plant } = one
    const status = statusOf(one)
    return {
      id: testOf(finding.requirement, stable),
      testId: JSON.stringify([finding.requirement, stable]),
      executionId: id('ctrf', key),
      name: `${finding.requirement} ${stable}`,
      suite: [finding.requirement],
      status,
      rawStatus: finding.verdict,
      duration: 0,
      message: messageOf(one),
      trace: detailOf(one),
      labels: {
        requirement: finding.requirement,
        subject: finding.subject.key,
        subjectName: finding.subject.name,
        node: finding.subject.node,
        claimed,
        standing,
        plant,
        waiver: waiver?.id,
        change: changes.get(key)?.kind,
      },
    }
  })
  return jsonPieces({
    reportFormat: 'CTRF',
    specVersion: '0.0.0',
    reportId: id('ctrf'),
    runId: run.runId,
    timestamp: run.finishedAt ?? run.startedAt,
    generatedBy: `${run.tool.name} ${run.tool.version}`,
    results: {
      tool: { name: run.tool.name, version: run.tool.version },
      summary: { tests: told.length, ...counts, pending: 0, start, stop, duration: stop - start },
      environment: { reportName: `FIPS mode of ${run.cluster.name}`, appName: run.cluster.name },
      tests,
      extra: {
        claim: claimLine,
        exit,
        verdicts: { cluster: summary.cluster, plants: summary.plants },
        waivers: waivers.map(({ waiver, state, covered, remark }) => ({ ...waiver, scope: { ...waiver.scope }, state, covered, remark })),
        since: comparison?.since.runId,
      },
    },
  })
}
