import { catalogue, matchesClaim, type Requirement, selfFamily } from '../policy/catalogue.ts'
import type { Verdict } from '../policy/verdict.ts'
import { isPlaceholder } from './evaluate.ts'
import type { Finding } from './model.ts'

/** What a run proves, as an exit code (DESIGN.md, law 1). */
export type Exit = 0 | 1 | 2

export type Claimed = {
  findings: readonly Finding[]
  /** Names given to `--require`; empty means everything. FIPS-SELF is added to every claim. */
  claim: readonly string[]
  requirements?: readonly Requirement[]
  /** The cluster was judged before and is judged again while someone works on it. */
  development?: boolean
  /** A scan asks of each file that it was given: one that is proven to need no module is an answer, where of a cluster something has to pass. */
  scan?: boolean
  /** Whether a waiver that holds today covers this finding. Findings about plants cannot be waived. */
  waived?: (finding: Finding) => boolean
}

const isSelf = (id: string): boolean => matchesClaim(selfFamily, id)

/** Whether a requirement belongs to a claim. */
export const isClaimed = (claim: readonly string[], id: string): boolean =>
  claim.length === 0 || isSelf(id) || claim.some((name) => matchesClaim(name, id))

/** pass, fail, ... and `waived`, which is no verdict: the verdict of the finding stays what it is. */
export type Standing = Verdict | 'waived'

export const standingOf = (finding: Finding, waived: Claimed['waived']): Standing =>
  (finding.verdict === 'fail' || finding.verdict === 'inconclusive') && !isSelf(finding.requirement) && waived?.(finding) === true
    ? 'waived'
    : finding.verdict

const holds = (standing: Standing): boolean => standing === 'pass' || standing === 'waived'

/**
 * 0: everything claimed passes, is not applicable or waived. 1: a claimed requirement fails, or a planted defect was not caught.
 * 2: none fails, but something claimed is inconclusive, was never judged, a name of the claim (FIPS-SELF too) has no pass, or nothing of the cluster passed (no subjects at all);
 * and whatever a development run would have passed.
 */
export const exitCode = ({ findings, claim, requirements = catalogue, development = false, scan = false, waived }: Claimed): Exit => {
  const claimed = findings
    .filter(({ requirement }) => isClaimed(claim, requirement))
    .map((finding) => ({ finding, standing: standingOf(finding, waived) }))
  if (claimed.some(({ standing }) => standing === 'fail')) return 1
  if (development || claimed.some(({ standing }) => standing === 'inconclusive')) return 2
  const unjudged = requirements.some(({ id }) => isClaimed(claim, id) && !claimed.some(({ finding }) => finding.requirement === id))
  const answers = ({ finding, standing }: (typeof claimed)[number]): boolean =>
    holds(standing) || (scan && standing === 'not-applicable' && !isSelf(finding.requirement) && !isPlaceholder(finding))
  const unproven = [...claim, selfFamily].some(
    (name) => !claimed.some((each) => matchesClaim(name, each.finding.requirement) && answers(each)),
  )
  // Findings about plants are not the cluster's: a run in which nothing of the cluster passed had nothing to show.
  const empty = claim.length === 0 && !claimed.some((each) => !isSelf(each.finding.requirement) && answers(each))
  return unjudged || unproven || empty ? 2 : 0
}

const families = (requirements: readonly Requirement[]): string[] => [...new Set(requirements.map(({ family }) => family))]

const listed = (items: readonly string[]): string => items.join(', ')

const overall = (standings: readonly Standing[]): string => {
  if (standings.includes('fail')) return 'fails'
  if (standings.includes('inconclusive')) return 'is inconclusive'
  if (standings.includes('waived')) return 'is waived'
  if (standings.includes('pass')) return 'passes'
  return standings.length > 0 ? 'is not applicable' : 'was not judged'
}

/**
 * The first line of every report: what was claimed, and what was judged but not claimed, each with its verdict.
 * Such as «claimed: FIPS-MOD, FIPS-TLS (and FIPS-SELF). Not claimed: FIPS-NODE-1, which fails».
 */
export const claimLine = ({ findings, claim, requirements = catalogue, waived }: Claimed): string => {
  const names = claim.length > 0 ? [...new Set(claim)] : families(requirements).filter((family) => family !== selfFamily)
  const others = names.filter((name) => name !== selfFamily)
  const claimedPart = others.length > 0 ? `claimed: ${listed(others)} (and ${selfFamily})` : `claimed: ${selfFamily}`
  const unclaimed = [...new Set([...requirements.map(({ id }) => id), ...findings.map(({ requirement }) => requirement)])]
    .filter((id) => !isClaimed(claim, id))
    .map((id) => `${id}, which ${overall(findings.filter(({ requirement }) => requirement === id).map((one) => standingOf(one, waived)))}`)
  return unclaimed.length > 0
    ? `${claimedPart}. Not claimed: ${unclaimed.join('; ')}`
    : `${claimedPart}. Nothing that was judged is left out of the claim`
}
