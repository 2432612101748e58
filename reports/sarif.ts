import { createHash } from 'node:crypto'
import type { Log, ReportingDescriptor, Result, Suppression } from 'sarif'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { frameworkDocuments, indicatorsOf } from '../helpers/policy/frameworks.ts'
import { type Json, jsonPieces, lazily } from './json-document.ts'
import { changesByFinding, type Told, toldFindings, waiverLine } from './told.ts'
import { idsOf } from './uuid.ts'

const kinds = { pass: 'pass', fail: 'fail', inconclusive: 'open', 'not-applicable': 'notApplicable' } as const

/** A level other than none is for failures alone (section 3.27.10); one that was not claimed does not make a reader red. */
const levelOf = ({ finding, claimed }: Told): Result.level => (finding.verdict !== 'fail' ? 'none' : claimed ? 'error' : 'note')

type ChangeOf = NonNullable<ReportInput['comparison']>['changes'][number]

/** In the words of section 3.27.24: `new` was not judged before, `updated` came out otherwise or rests on other evidence. */
const baselineOf = (change: ChangeOf | undefined): Result.baselineState => {
  if (!change || change.kind === 'still-failing') return 'unchanged'
  return change.before === undefined ? 'new' : 'updated'
}

/**
 * What a reader of several runs tells results apart by (section 3.27.17). Code scanning goes by `primaryLocationLineHash` alone, which stands for the place in a file; it would
 * read the file for it if it could.
 */
const fingerprints = (requirement: string, stable: string): Record<string, string> => {
  const digest = createHash('sha256')
    .update(JSON.stringify([requirement, stable]))
    .digest('hex')
  return { 'finding/v1': digest, primaryLocationLineHash: `${digest.slice(0, 16)}:1` }
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
  const { finding, stable, claimed, standing, plant } = one
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
    partialFingerprints: fingerprints(requirement, stable),
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
  partialFingerprints: fingerprints(change.requirement, change.stable ?? change.subject),
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

/** By the run's id alone, so that a later run can name it as its baseline. */
const guidOf = (runId: string): string => idsOf(runId)('sarif')

/** What results are held against from run to run: a cluster that the run made itself may be called otherwise each time, and is of its provider's kind. */
const categoryOf = ({ run: { cluster, provider } }: ReportInput): string => (cluster.createdBy === 'user' ? cluster.name : provider)

/** SARIF 2.1.0: a result for each finding, with kind, suppressions for waivers, and baselineState where the run is held against another one. */
export const sarifPieces = (input: ReportInput): Iterable<string> => {
  const { run, exit, claimLine, summary, waivers, comparison } = input
  const rules = rulesOf(input)
  const indexes = new Map(rules.map(({ id }, index) => [id, index]))
  const changes = changesByFinding(input)
  const told = toldFindings(input)
  const present = new Set(changes.size === 0 ? [] : told.map(({ key }) => key))
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
        automationDetails: { id: `${run.tool.name}/${categoryOf(input)}/${run.runId}`, guid: guidOf(run.runId) },
        originalUriBaseIds: { BUNDLE: { description: { text: 'The folder of the evidence bundle' } } },
        ...(comparison && { baselineGuid: guidOf(comparison.since.runId) }),
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
  return jsonPieces(log as unknown as Json)
}
