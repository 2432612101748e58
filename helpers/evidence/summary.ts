import { catalogue, matchesClaim, type Requirement, selfFamily } from '../policy/catalogue.ts'
import type { Verdict } from '../policy/verdict.ts'
import { type Claimed, isClaimed, standingOf } from './claim.ts'
import { isPlaceholder } from './evaluate.ts'
import type { Finding, Subject } from './model.ts'

/** Findings by verdict; `waived` counts those among them that a waiver covers, so they stay visible under their own verdict. */
export type Counts = Record<Verdict, number> & { waived: number }

export type SummaryRow = {
  requirement: string
  title: string
  claimed: boolean
  /** How many subjects were judged; 0 when the only finding says that there are none. */
  subjects: number
  counts: Counts
  /** The worst that is not a pass: fail before inconclusive before not-applicable, the first of its kind in the order of the findings. */
  first?: { verdict: Verdict; reason: string; subject: Subject }
}

export type Summary = {
  rows: SummaryRow[]
  /** Findings about the cluster. */
  cluster: Counts
  /** Findings about plants and controls, which are never the cluster's. */
  plants: Counts
}

const count = (findings: readonly Finding[], waived: Claimed['waived']): Counts => {
  const of = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length
  return {
    pass: of('pass'),
    fail: of('fail'),
    inconclusive: of('inconclusive'),
    'not-applicable': of('not-applicable'),
    waived: findings.filter((finding) => standingOf(finding, waived) === 'waived').length,
  }
}

const firstTrouble = (findings: readonly Finding[], waived: Claimed['waived']): Finding | undefined => {
  const order = ['fail', 'inconclusive', 'waived', 'not-applicable']
  return order
    .map((standing) => findings.find((finding) => standingOf(finding, waived) === standing))
    .find((finding) => finding !== undefined)
}

const rowOf = (id: string, title: string, claimed: boolean, findings: readonly Finding[], waived: Claimed['waived']): SummaryRow => {
  const first = firstTrouble(findings, waived)
  return {
    requirement: id,
    title,
    claimed,
    subjects: findings.filter((finding) => !isPlaceholder(finding)).length,
    counts: count(findings, waived),
    ...(first && { first: { verdict: first.verdict, reason: first.reason, subject: first.subject } }),
  }
}

/** A row for each requirement, in the order of the catalogue; requirements that only the findings know come last. */
export const summarise = ({ findings, claim, requirements = catalogue, waived }: Claimed): Summary => {
  const titles = new Map<string, string>(requirements.map(({ id, title }: Requirement) => [id, title]))
  for (const { requirement } of findings) if (!titles.has(requirement)) titles.set(requirement, requirement)
  const byRequirement = Map.groupBy(findings, ({ requirement }) => requirement)
  const isSelf = ({ requirement }: Finding) => matchesClaim(selfFamily, requirement)
  return {
    rows: [...titles].map(([id, title]) => rowOf(id, title, isClaimed(claim, id), byRequirement.get(id) ?? [], waived)),
    cluster: count(
      findings.filter((finding) => !isSelf(finding)),
      waived,
    ),
    plants: count(findings.filter(isSelf), waived),
  }
}
