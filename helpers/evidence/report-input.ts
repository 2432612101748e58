import { catalogue, type Requirement } from '../policy/catalogue.ts'
import { type Claimed, claimLine, type Exit, exitCode } from './claim.ts'
import type { Finding, Observation, Plan } from './model.ts'
import type { Run } from './run.ts'
import { type Summary, summarise } from './summary.ts'

/** Everything that a report may show: plain data, so that a report is a pure function of it. */
export type ReportInput = {
  run: Run
  plan: Plan
  requirements: readonly Requirement[]
  findings: readonly Finding[]
  /** By id. */
  observations: Readonly<Record<string, Observation>>
  claim: readonly string[]
  /** The first line of every report. */
  claimLine: string
  exit: Exit
  summary: Summary
  /** Writers that were killed in the middle of a line. */
  cut: readonly { file: string; bytes: number }[]
}

const withoutBytes = ({ id, kind, subject, requirement, at, means, source, data, blobs }: Observation): Observation => ({
  id,
  kind,
  subject,
  requirement,
  at,
  means,
  source,
  data,
  blobs,
})

/** What the reports are made from; `bundle` as `readBundle` gives it. The claim is the plan's, which was written before anything was collected. */
export const reportInput = ({
  bundle,
  findings,
  requirements = catalogue,
  waived,
}: {
  bundle: { run: Run; plan: Plan; evidence: readonly Observation[]; cut: readonly { file: string; bytes: number }[] }
  findings: readonly Finding[]
  requirements?: readonly Requirement[]
  waived?: Claimed['waived']
}): ReportInput => {
  const { run, plan, evidence, cut } = bundle
  const claimed: Claimed = { findings, claim: plan.claim, requirements, development: run.development, ...(waived && { waived }) }
  return {
    run,
    plan,
    requirements,
    findings,
    observations: Object.fromEntries(evidence.map((observation) => [observation.id, withoutBytes(observation)])),
    claim: plan.claim,
    claimLine: claimLine(claimed),
    exit: exitCode(claimed),
    summary: summarise(claimed),
    cut,
  }
}
