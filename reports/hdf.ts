import { createHash } from 'node:crypto'
import { canonicalJson } from '../helpers/evidence/canonical-json.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Requirement } from '../helpers/policy/catalogue.ts'
import { frameworkDocuments, indicatorsOf } from '../helpers/policy/frameworks.ts'
import { type Json, jsonPieces, lazily } from './json-document.ts'
import { changesByFinding, type Told, toldFindings, waiverLine, waiverWords } from './told.ts'

/** A viewer counts a control by its worst result, and `skipped` beside a pass as a pass: so what is inconclusive is an `error`, which nothing hides. */
const statuses = { pass: 'passed', fail: 'failed', inconclusive: 'error', 'not-applicable': 'skipped' } as const

const resultOf = ({ finding, claimed, waiver, standing }: Told, startedAt: string, change: string | undefined): Json => {
  const { subject, verdict, reason, expected, observed, remedy, notes, observations } = finding
  const status = statuses[verdict]
  const lines = [
    ...(waiver ? [waiverWords(waiver)] : []),
    reason,
    `expected: ${expected}`,
    `observed: ${observed}`,
    ...(remedy ? [`remedy: ${remedy}`] : []),
    ...notes.map((note) => `note: ${note}`),
    `observations: ${observations.join(', ') || 'none'}`,
  ].join('\n')
  return {
    status,
    code_desc: `${subject.kind} ${subject.name}${subject.node ? ` on ${subject.node}` : ''}`,
    start_time: startedAt,
    resource_id: subject.key,
    ...(status === 'skipped' ? { skip_message: lines } : { message: lines }),
    verdict,
    claimed,
    standing,
    waiver: waiver?.id,
    change,
  }
}

const isWaived = ({ standing }: Told): boolean => standing === 'waived'

/** The waiver of a control is the one that ends first, and only where every failure of it is waived: one open failure keeps the control open. */
const waiverData = (own: readonly Told[]): Json | undefined => {
  const open = own.some(({ standing }) => standing === 'fail' || standing === 'inconclusive')
  const [first] = own
    .filter(isWaived)
    .flatMap(({ waiver }) => waiver?.seen?.waiver ?? [])
    .sort((a, b) => (a.expires < b.expires ? -1 : 1))
  if (open || !first) return undefined
  return {
    expiration_date: first.expires,
    justification: first.reason,
    run: true,
    skipped_due_to_waiver: false,
    message: `waiver ${first.id}`,
  }
}

const impactOf = (own: readonly Told[], claimed: boolean): number =>
  own.every(({ finding }) => finding.verdict === 'not-applicable') ? 0 : claimed ? 0.7 : 0.3

const controlOf = (
  { requirement, title, claimed }: ReportInput['summary']['rows'][number],
  known: Requirement | undefined,
  own: readonly Told[],
  { run }: ReportInput,
  changes: ReturnType<typeof changesByFinding>,
): Json => {
  return {
    id: requirement,
    title: claimed ? title : `${title} (not claimed)`,
    desc: known?.statement ?? title,
    descriptions: known
      ? [
          { label: 'rationale', data: known.why },
          { label: 'check', data: `${known.kind}: ${known.statement}` },
          { label: 'fix', data: known.remedy },
        ]
      : [],
    impact: impactOf(own, claimed),
    refs: [],
    tags: {
      nist: known?.nist80053.map((control) => control.replace(/\((\d+)\)/, ' ($1)')) ?? [],
      nist_version: frameworkDocuments.nist80053.version,
      stig_id: known?.stig ?? [],
      cis_kubernetes: known?.cis ?? [],
      ksi: indicatorsOf(requirement),
      claimed,
      severity: claimed ? 'high' : 'low',
    },
    code: '',
    source_location: { ref: `catalogue/${requirement}`, line: 1 },
    results: lazily(own, (one) => resultOf(one, run.startedAt, changes.get(one.key)?.kind)),
    waiver_data: waiverData(own),
  }
}

/** HDF (Heimdall Data Format, InSpec exec-json): a control for each requirement, a result for each subject. A waived failure stays failed. */
export const hdfPieces = (input: ReportInput): Iterable<string> => {
  const { run, requirements, summary, claimLine, exit, waivers, seed } = input
  const known = new Map(requirements.map((requirement) => [requirement.id, requirement]))
  const told = Map.groupBy(toldFindings(input), ({ finding }) => finding.requirement)
  const changes = changesByFinding(input)
  const controls = summary.rows
    .filter(({ requirement }) => told.has(requirement))
    .map((row) => controlOf(row, known.get(row.requirement), told.get(row.requirement) ?? [], input, changes))
  const seconds = (Date.parse(run.finishedAt ?? run.startedAt) - Date.parse(run.startedAt)) / 1000
  return jsonPieces({
    platform: { name: run.tool.name, release: run.tool.version, target_id: run.cluster.name },
    version: run.tool.version,
    statistics: { duration: seconds },
    profiles: [
      {
        name: 'fips-conformance',
        title: `FIPS mode of ${run.cluster.name}`,
        version: run.tool.version,
        summary: claimLine,
        sha256: createHash('sha256').update(canonicalJson(requirements)).digest('hex'),
        supports: [],
        attributes: [],
        groups: [],
        status: 'loaded',
        controls,
      },
    ],
    passthrough: {
      run: run.runId,
      seed,
      claim: claimLine,
      exit,
      verdicts: { cluster: summary.cluster, plants: summary.plants },
      waivers: waivers.map(waiverLine),
    },
  })
}
