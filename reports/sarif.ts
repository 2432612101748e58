import { createHash } from 'node:crypto'
import type { Log, ReportingDescriptor, Result, Suppression } from 'sarif'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { frameworkDocuments, indicatorsOf } from '../helpers/policy/frameworks.ts'
import { type Json, jsonDocument, lazily } from './json-document.ts'
import { changesByFinding, type Told, toldFindings, waiverLine } from './told.ts'
import { idsOf } from './uuid.ts'

const kinds = { pass: 'pass', fail: 'fail', inconclusive: 'open', 'not-applicable': 'notApplicable' } as const

/** A level other than none is for failures alone (section 3.27.10); one that was not claimed does not make a reader red. */
const levelOf = ({ finding, claimed }: Told): Result.level => (finding.verdict !== 'fail' ? 'none' : claimed ? 'error' : 'note')

type ChangeOf = NonNullable<ReportInput['comparison']>['changes'][number]

const baselineOf = (change: ChangeOf | undefined): Result.baselineState => {
  if (!change) return 'unchanged'
  return change.kind === 'new-subject' ? 'new' : 'updated'
}

const suppressionOf = ({ waiver }: Told): Suppression[] =>
  waiver
    ? [
        {
          kind: 'external',
          status: 'accepted',
          justification: waiver.seen ? `${waiver.seen.waiver.reason} (until ${waiver.seen.waiver.expires})` : `waived by ${waiver.id}`,
          properties: { waiver: waiver.id, ...(waiver.seen && { ...waiver.seen.waiver, scope: { ...waiver.seen.waiver.scope } }) },
        },
      ]
    : []

const resultOf = (one: Told, index: number, change: ChangeOf | undefined, compared: boolean): Result => {
  const { finding, key, claimed, standing, plant } = one
  const { requirement, subject, verdict, reason, expected, observed, remedy, notes, observations } = finding
  return {
    ruleId: requirement,
    ruleIndex: index,
    kind: kinds[verdict],
    level: levelOf(one),
    message: { text: `${claimed ? '' : '(not claimed) '}${subject.name}: ${reason}` },
    locations: [
      {
        // Code scanning shows only what has a file: the one in which all of this stands.
        physicalLocation: { artifactLocation: { uri: 'findings.json', uriBaseId: 'BUNDLE' } },
        logicalLocations: [{ name: subject.name, fullyQualifiedName: subject.key, kind: 'resource' }],
      },
    ],
    partialFingerprints: { 'finding/v1': createHash('sha256').update(key).digest('hex') },
    suppressions: suppressionOf(one),
    ...(compared && { baselineState: baselineOf(change) }),
    properties: {
      verdict,
      claimed,
      standing,
      plant,
      subject: subject.key,
      node: subject.node,
      expected,
      observed,
      remedy,
      notes,
      observations,
      change: change?.kind,
    },
  }
}

/** What was judged before and is not there now: `absent` in words of SARIF. */
const absentOf = (change: ChangeOf, index: number): Result => ({
  ruleId: change.requirement,
  ...(index >= 0 && { ruleIndex: index }),
  kind: 'open',
  level: 'none',
  baselineState: 'absent',
  message: { text: `${change.name}: it was judged before (${change.before ?? 'not known'}), and is not now` },
  partialFingerprints: {
    'finding/v1': createHash('sha256')
      .update(JSON.stringify([change.requirement, change.subject]))
      .digest('hex'),
  },
  properties: { subject: change.subject, change: change.kind, absent: true },
})

const rulesOf = ({ summary, requirements }: ReportInput): ReportingDescriptor[] => {
  const known = new Map(requirements.map((requirement) => [requirement.id, requirement]))
  return summary.rows.map(({ requirement, title, claimed }) => {
    const found = known.get(requirement)
    return {
      id: requirement,
      shortDescription: { text: title },
      ...(found && { fullDescription: { text: found.statement }, help: { text: `${found.why}\n${found.remedy}` } }),
      properties: {
        claimed,
        kind: found?.kind,
        tags: ['security', 'fips', ...(found ? [...found.nist80053, ...found.stig, ...indicatorsOf(requirement)] : [])],
      },
    }
  })
}

/** SARIF 2.1.0: a result for each finding, with kind, suppressions for waivers, and baselineState where the run is held against another one. */
export const sarifReport = (input: ReportInput): string => {
  const { run, exit, claimLine, summary, waivers, comparison, seed } = input
  const rules = rulesOf(input)
  const indexes = new Map(rules.map(({ id }, index) => [id, index]))
  const changes = changesByFinding(input)
  const told = toldFindings(input)
  const present = new Set(told.map(({ key }) => key))
  const gone = [...changes].filter(([key]) => !present.has(key)).map(([, change]) => change)
  const log: Log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: run.tool.name,
            version: run.tool.version,
            rules,
            properties: { documents: Object.values(frameworkDocuments).map((document) => ({ ...document })) },
          },
        },
        automationDetails: { id: `${run.tool.name}/${run.cluster.name}/${run.runId}`, guid: idsOf(seed)('sarif') },
        originalUriBaseIds: { BUNDLE: { description: { text: 'The folder of the evidence bundle' } } },
        ...(comparison && { baselineGuid: idsOf(comparison.since.runId)('sarif-baseline') }),
        invocations: [
          {
            executionSuccessful: true,
            exitCode: exit,
            startTimeUtc: run.startedAt,
            ...(run.finishedAt !== undefined && { endTimeUtc: run.finishedAt }),
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: lazily<Told | ChangeOf>(
          [...told, ...gone],
          (each) =>
            ('kind' in each
              ? absentOf(each, indexes.get(each.requirement) ?? -1)
              : resultOf(
                  each,
                  indexes.get(each.finding.requirement) ?? -1,
                  changes.get(each.key),
                  comparison !== undefined,
                )) as unknown as Json,
        ) as unknown as Result[],
        properties: {
          claim: claimLine,
          verdicts: { cluster: summary.cluster, plants: summary.plants },
          waivers: waivers.map(waiverLine),
        },
      },
    ],
  }
  return jsonDocument(log as unknown as Json)
}
