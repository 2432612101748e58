import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { frameworkDocuments } from '../helpers/policy/frameworks.ts'
import { type Json, jsonPieces } from './json-document.ts'
import { type Objective, objectivesOf, oscalFindings, oscalRisks, reviewedControls } from './oscal-findings.ts'
import { type Ids, inventoryOf, line, many, manyOf, namespace, platformOf, prop, resourcesOf, validationComponents } from './oscal-parts.ts'
import { changesByFinding, countRows, type Told, toldFindings, waiverLine } from './told.ts'
import { idsOf } from './uuid.ts'

const methodOf = (kind: string | undefined): string => (kind === 'verification' ? 'EXAMINE' : 'TEST')

const observationOf = (one: Told, input: ReportInput, ids: Ids, method: string, change: string | undefined): Json => {
  const { finding, key, claimed, standing, waiver, plant } = one
  const { requirement, subject, verdict, reason, expected, observed, remedy, notes, observations } = finding
  const held = observations.filter((id) => Object.hasOwn(input.observations, id))
  const missing = observations.filter((id) => !Object.hasOwn(input.observations, id))
  return {
    uuid: ids('observation', key),
    title: line(`${requirement} on ${subject.name}: ${verdict}`),
    description: [`Reason: ${reason}`, `Expected: ${expected}`, `Observed: ${observed}`, ...(remedy ? [`Remedy: ${remedy}`] : [])].join(
      '\n\n',
    ),
    props: [
      prop('requirement', requirement),
      prop('verdict', verdict),
      prop('standing', standing),
      prop('claimed', claimed ? 'yes' : 'no'),
      prop('subject', subject.key),
      ...(waiver ? [prop('waiver', waiver.id)] : []),
      ...(change ? [prop('change', change)] : []),
    ],
    methods: [method],
    types: [plant ? 'discovery' : 'control-objective'],
    origins: [{ actors: [{ type: 'assessment-platform', 'actor-uuid': ids('platform') }] }],
    subjects: [
      plant
        ? { 'subject-uuid': ids('tool'), type: 'component' }
        : { 'subject-uuid': ids('subject', subject.key), type: 'inventory-item', title: line(subject.name) },
    ],
    'relevant-evidence': many([
      ...held.map((id) => ({ href: `#${ids('resource', id)}`, description: line(`observation ${id}`) })),
      ...missing.map((id) => ({ description: line(`observation ${id}, which the bundle does not hold`) })),
    ]),
    collected: input.run.startedAt,
    remarks: many(notes)?.join('\n\n'),
  }
}

const logOf = ({ run }: ReportInput, ids: Ids): Json => ({
  entries: [
    { uuid: ids('log', 'start'), title: 'The run started', start: run.startedAt },
    ...(run.finishedAt === undefined ? [] : [{ uuid: ids('log', 'end'), title: 'The run ended', start: run.finishedAt }]),
  ],
})

const resultOf = (input: ReportInput, ids: Ids, told: readonly Told[], objectives: readonly Objective[]): Json => {
  const { run, requirements, claimLine, exit, comparison, waivers } = input
  const methods = new Map(requirements.map(({ id, kind }) => [id, methodOf(kind)]))
  const changes = changesByFinding(input)
  return {
    uuid: ids('result'),
    title: line(`FIPS mode of ${run.cluster.name}`),
    description: `${claimLine}.`,
    start: run.startedAt,
    end: run.finishedAt,
    props: [
      prop('run', run.runId),
      prop('exit', String(exit)),
      prop('profile', run.policy.profile),
      ...countRows(input).map(({ whose, what, count }) => prop(`${whose}-${what}`, String(count))),
      ...(comparison ? [prop('since', comparison.since.runId)] : []),
    ],
    'local-definitions': {
      components: many(validationComponents(input, ids)),
      'inventory-items': inventoryOf(told, ids),
      'assessment-assets': platformOf(input, ids),
    },
    'reviewed-controls': reviewedControls(objectives),
    'assessment-log': logOf(input, ids),
    observations: manyOf(told, (one) =>
      observationOf(one, input, ids, methods.get(one.finding.requirement) ?? 'TEST', changes.get(one.key)?.kind),
    ),
    risks: many(oscalRisks(told, input, ids)),
    findings: many(oscalFindings(objectives, ids)),
    remarks: many(waivers.map((seen) => `Waiver ${waiverLine(seen)}`))?.join('\n\n'),
  }
}

/**
 * OSCAL assessment results, model version 1.2.1: an observation for each finding, a finding for each objective of SP 800-53A that the requirements speak to, a risk
 * for what fails and for each waiver, and in the back matter every stored observation with the SHA-256 of its bytes. Ids are UUIDs of version 5 from the bundle.
 */
export const oscalPieces = (input: ReportInput): Iterable<string> => {
  const { run, seed } = input
  const ids = idsOf(seed)
  const told = toldFindings(input)
  const objectives = objectivesOf(told, input)
  return jsonPieces({
    'assessment-results': {
      uuid: ids('assessment-results'),
      metadata: {
        title: line(`Assessment results: FIPS mode of ${run.cluster.name}`),
        'last-modified': run.finishedAt ?? run.startedAt,
        version: line(run.runId),
        'oscal-version': '1.2.1',
        props: Object.values(frameworkDocuments).map(({ id, version }) => prop(`ids-of-${id}`, version)),
        remarks: `Names of properties without a namespace of OSCAL belong to ${namespace}. No assessment plan lies behind an automatic run: import-ap leads to its plan, requirement by subject, in the bundle.`,
      },
      'import-ap': { href: `#${ids('file', 'plan.json')}` },
      results: [resultOf(input, ids, told, objectives)],
      'back-matter': { resources: resourcesOf(input, ids) },
    },
  })
}
