import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { frameworkDocuments, oscalControl, oscalObjective } from '../helpers/policy/frameworks.ts'
import { type Json, lazily } from './json-document.ts'
import { type Ids, line, many, prop } from './oscal-parts.ts'
import { type Told, waiverWords } from './told.ts'

/** What the findings say of one objective of SP 800-53A. Plants and controls are about the harness and belong to none. */
export type Objective = { objective: string; control: string; told: readonly Told[] }

/** Objectives in the order of their ids, each with the findings of every requirement that is mapped to it. */
export const objectivesOf = (told: readonly Told[], { requirements }: ReportInput): Objective[] => {
  const byRequirement = Map.groupBy(
    told.filter(({ plant }) => !plant),
    ({ finding }) => finding.requirement,
  )
  const rows = requirements.flatMap(({ id, nist80053 }) => nist80053.map((control) => ({ id, control })))
  const groups = Map.groupBy(rows, ({ control }) => oscalObjective(control))
  return [...groups]
    .map(([objective, own]) => ({
      objective,
      control: oscalControl(own[0]?.control ?? ''),
      told: own.flatMap(({ id }) => byRequirement.get(id) ?? []),
    }))
    .filter((each) => each.told.length > 0)
    .sort((a, b) => (a.objective < b.objective ? -1 : 1))
}

/** All controls and objectives that something was judged for. */
export const reviewedControls = (objectives: readonly Objective[]): Json => ({
  'control-selections': [
    objectives.length === 0
      ? { description: 'Nothing that is mapped to a control was judged.' }
      : { 'include-controls': [...new Set(objectives.map(({ control }) => control))].sort().map((id) => ({ 'control-id': id })) },
  ],
  'control-objective-selections': many(
    objectives.length === 0 ? [] : [{ 'include-objectives': objectives.map(({ objective }) => ({ 'objective-id': objective })) }],
  ),
})

/** OSCAL knows two states. What could not be shown is not satisfied, for a reason of its own; a waived failure is never satisfied. */
const stateOf = (told: readonly Told[]): { state: string; reason: string; remarks?: string } => {
  const has = (verdict: string): boolean => told.some(({ finding }) => finding.verdict === verdict)
  if (has('fail')) return { state: 'not-satisfied', reason: 'fail' }
  if (has('inconclusive')) return { state: 'not-satisfied', reason: 'other', remarks: 'Nothing fails, but not all of it could be shown.' }
  return has('pass')
    ? { state: 'satisfied', reason: 'pass' }
    : {
        state: 'not-satisfied',
        reason: 'other',
        remarks: 'Nothing was found to which this applies; an assessor decides whether the objective does.',
      }
}

const counted = (told: readonly Told[]): string => {
  const of = (verdict: string): number => told.filter(({ finding }) => finding.verdict === verdict).length
  const waived = told.filter(({ standing }) => standing === 'waived').length
  return `${of('pass')} pass, ${of('fail')} fail (${waived} waived), ${of('inconclusive')} inconclusive, ${of('not-applicable')} not applicable`
}

/** The risks that findings of an objective lead to, by what they are derived from. */
const riskKeyOf = ({ finding, standing, waiver }: Told): string | undefined => {
  if (standing === 'waived') return JSON.stringify(['waived', finding.requirement, waiver?.id])
  return standing === 'fail' || standing === 'inconclusive' ? JSON.stringify([standing, finding.requirement]) : undefined
}

/** A finding for each objective. */
export const oscalFindings = (objectives: readonly Objective[], ids: Ids): Json[] =>
  objectives.map(({ objective, control, told }) => {
    const requirements = [...new Set(told.map(({ finding }) => finding.requirement))]
    const { remarks, ...status } = stateOf(told)
    return {
      uuid: ids('finding', objective),
      title: line(`${objective}: ${status.state}`),
      description: `${requirements.join(', ')} speak to this objective of SP 800-53A: ${counted(told)}.`,
      props: [
        prop('control', control),
        prop('catalog-version', frameworkDocuments.nist80053.version),
        prop('claimed', told.every(({ claimed }) => claimed) ? 'yes' : told.some(({ claimed }) => claimed) ? 'in-part' : 'no'),
      ],
      target: { type: 'objective-id', 'target-id': objective, status: { ...status, ...(remarks && { remarks }) } },
      'related-observations': lazily(told, ({ key }) => ({ 'observation-uuid': ids('observation', key) })),
      'related-risks': many([...new Set(told.flatMap((one) => riskKeyOf(one) ?? []))].map((key) => ({ 'risk-uuid': ids('risk', key) }))),
    }
  })

const statusOf = { fail: 'open', inconclusive: 'investigating', waived: 'deviation-approved' } as const

/** One risk for each requirement that fails, for each of which not all could be shown, and for each waiver that covers failures. */
export const oscalRisks = (told: readonly Told[], { requirements }: ReportInput, ids: Ids): Json[] => {
  const known = new Map(requirements.map((requirement) => [requirement.id, requirement]))
  const groups = Map.groupBy(
    told.filter(({ plant }) => !plant),
    riskKeyOf,
  )
  return [...groups].flatMap(([key, own]): Json[] => {
    const [first] = own
    if (key === undefined || !first) return []
    const { finding, standing, claimed, waiver } = first
    const requirement = known.get(finding.requirement)
    const kind = standing === 'waived' ? 'waived' : standing === 'fail' ? 'fail' : 'inconclusive'
    const title = { fail: 'fails', inconclusive: 'could not be shown', waived: 'fails, and is waived' }[kind]
    const remedy = finding.remedy || requirement?.remedy
    return [
      {
        uuid: ids('risk', key),
        title: line(`${finding.requirement} ${title}`),
        description: `${own.length} findings: ${finding.reason}${own.length > 1 ? ' (the first of them)' : ''}`,
        statement: requirement?.why ?? finding.expected,
        props: [
          prop('requirement', finding.requirement),
          prop('claimed', claimed ? 'yes' : 'no'),
          ...(waiver ? [prop('waiver', waiver.id)] : []),
        ],
        status: statusOf[kind],
        deadline: waiver?.seen ? `${waiver.seen.waiver.expires}T23:59:59Z` : undefined,
        remediations: remedy
          ? [
              {
                uuid: ids('remediation', key),
                lifecycle: 'recommendation',
                title: 'Remedy',
                description: waiver ? `${remedy}\n\n${waiverWords(waiver)}` : remedy,
              },
            ]
          : undefined,
        'related-observations': lazily(own, ({ key: about }) => ({ 'observation-uuid': ids('observation', about) })),
      },
    ]
  })
}
