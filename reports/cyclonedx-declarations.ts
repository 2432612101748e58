import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { indicatorsOf } from '../helpers/policy/frameworks.ts'
import { type Verdict, verdicts } from '../helpers/policy/verdict.ts'
import { property, ref } from './cyclonedx-parts.ts'
import { type Json, lazily } from './json-document.ts'
import { type Told, waiverWords } from './told.ts'

const requirementRef = (id: string): string => ref('requirement', id)
const claimRef = (id: string): string => ref('claim', id)
const evidenceRef = (id: string, verdict: Verdict): string => ref('evidence', id, verdict)
const waiverRef = (id: string, waiver: string): string => ref('evidence', id, 'waiver', waiver)

/** The catalogue as a standard, with the ids of other documents and their versions. */
export const standardOf = ({ requirements, summary, run }: ReportInput): Json => {
  const known = new Map(requirements.map((requirement) => [requirement.id, requirement]))
  return {
    'bom-ref': 'standard:catalogue',
    name: 'Requirements of fips-conformance',
    version: run.tool.version,
    owner: run.tool.name,
    requirements: summary.rows.map(({ requirement, title }): Json => {
      const found = known.get(requirement)
      const ids = [
        ...(found?.nist80053 ?? []).map((id) => ['nist-sp-800-53', id] as const),
        ...(found?.stig ?? []).map((id) => ['stig', id] as const),
        ...(found?.cis ?? []).map((id) => ['cis-kubernetes', id] as const),
        ...indicatorsOf(requirement).map((id) => ['ksi', id] as const),
      ]
      return {
        'bom-ref': requirementRef(requirement),
        identifier: requirement,
        text: found?.statement ?? title,
        descriptions: found ? [found.why] : [],
        properties: [...(found ? [property('kind', found.kind)] : []), ...ids.map(([name, id]) => property(name, id))],
      }
    }),
  }
}

const lineOf = ({ finding: { subject, verdict, reason }, waiver }: Told): string =>
  `${subject.key}: ${verdict}${waiver ? `, waived by ${waiver.id}` : ''}: ${reason}`

const evidenceOf = (id: string, verdict: Verdict, own: readonly Told[], { run }: ReportInput): Json => ({
  'bom-ref': evidenceRef(id, verdict),
  propertyName: `${id}:${verdict}`,
  created: run.finishedAt ?? run.startedAt,
  data: lazily(own, (one) => ({
    name: one.finding.subject.key,
    contents: { attachment: { contentType: 'text/plain', content: lineOf(one) } },
  })),
})

/** Share of the findings that pass, of those that apply. Waived failures do not count as passed. */
const scoreOf = (own: readonly Told[]): number | undefined => {
  const applicable = own.filter(({ finding }) => finding.verdict !== 'not-applicable')
  if (applicable.length === 0) return undefined
  return applicable.filter(({ finding }) => finding.verdict === 'pass').length / applicable.length
}

const countWords = (own: readonly Told[]): string =>
  [
    ...verdicts.map((verdict) => `${own.filter(({ finding }) => finding.verdict === verdict).length} ${verdict}`),
    `${own.filter(({ standing }) => standing === 'waived').length} waived`,
  ].join(', ')

/** What is declared of each requirement: a claim with the findings for and against it, and how far it is met. */
export const declarationsOf = (input: ReportInput, told: readonly Told[]): Json => {
  const byRequirement = Map.groupBy(told, ({ finding }) => finding.requirement)
  const rows = input.summary.rows.flatMap((row) => {
    const own = byRequirement.get(row.requirement) ?? []
    const waivers = [...new Map(own.flatMap(({ waiver }) => (waiver ? [[waiver.id, waiver] as const] : []))).values()]
    const groups = Map.groupBy(own, ({ finding }) => finding.verdict)
    return own.length > 0 ? [{ row, own, waivers, groups }] : []
  })
  const known = new Map(input.requirements.map((requirement) => [requirement.id, requirement]))
  return {
    assessors: [
      { 'bom-ref': 'assessor:tool', thirdParty: false, organization: { name: `${input.run.tool.name} ${input.run.tool.version}` } },
    ],
    attestations: [
      {
        summary: `${input.claimLine}.`,
        assessor: 'assessor:tool',
        map: rows.map(({ row, own, waivers }) => {
          const score = scoreOf(own)
          const rationale = `${row.claimed ? 'claimed' : 'not claimed'}: ${countWords(own)}`
          return {
            requirement: requirementRef(row.requirement),
            claims: [claimRef(row.requirement)],
            ...(score !== undefined && {
              conformance: {
                score,
                rationale,
                ...(waivers.length > 0 && { mitigationStrategies: waivers.map(({ id }) => waiverRef(row.requirement, id)) }),
              },
            }),
          }
        }),
      },
    ],
    claims: rows.map(({ row, own, groups }) => ({
      'bom-ref': claimRef(row.requirement),
      target: 'cluster:target',
      predicate: known.get(row.requirement)?.statement ?? row.title,
      reasoning: countWords(own),
      evidence:
        groups.has('pass') || groups.has('not-applicable')
          ? (['pass', 'not-applicable'] as const)
              .filter((verdict) => groups.has(verdict))
              .map((verdict) => evidenceRef(row.requirement, verdict))
          : undefined,
      counterEvidence:
        groups.has('fail') || groups.has('inconclusive')
          ? (['fail', 'inconclusive'] as const)
              .filter((verdict) => groups.has(verdict))
              .map((verdict) => evidenceRef(row.requirement, verdict))
          : undefined,
    })),
    evidence: rows.flatMap(({ row, waivers, groups }) => [
      ...[...groups].map(([verdict, own]) => evidenceOf(row.requirement, verdict, own, input)),
      ...waivers.map((waiver) => ({
        'bom-ref': waiverRef(row.requirement, waiver.id),
        propertyName: `${row.requirement}:waiver`,
        data: [{ name: waiver.id, contents: { attachment: { contentType: 'text/plain', content: waiverWords(waiver) } } }],
      })),
    ]),
    targets: { components: [{ type: 'platform', name: input.run.cluster.name, 'bom-ref': 'cluster:target' }] },
  }
}
