import { z } from 'zod'
import { FipsConformanceError } from '../errors/error.ts'
import { catalogue, type Requirement } from '../policy/catalogue.ts'
import type { Certificate } from '../policy/certificates.ts'
import type { JudgedBy } from '../rules/outcome.ts'
import type { Claimed } from './claim.ts'
import { evaluateEach, withUncoveredEach } from './evaluate.ts'
import { judgeBy } from './judge.ts'
import { bundleLayout } from './layout.ts'
import type { Finding } from './model.ts'
import type { Bundle } from './read-bundle.ts'
import { type ReportInput, reportInput } from './report-input.ts'
import { findingKey, waiversSeen } from './report-waivers.ts'
import { type Waiver, waiverSchema } from './waiver-file.ts'

type Stored = Pick<Bundle, 'run' | 'plan' | 'evidence' | 'closings' | 'cut' | 'policy'>

const parsed = <T>(schema: z.ZodType<T>, value: unknown, name: string): T => {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  throw new FipsConformanceError({
    code: 'BUNDLE_DAMAGED',
    what: 'what the bundle was judged by has another shape',
    where: bundleLayout.policy,
    why: `${name}.json: ${z.prettifyError(read.error)}`,
    exit: 3,
  })
}

const idsSchema = z.array(z.object({ id: z.string() }))
const scanSchema = z.object({ asOf: z.string() })

// Rows as this tool writes them; of a stored row only that is checked which the rules cannot do without.
const certificatesSchema = z.array(
  z
    .looseObject({ number: z.number(), status: z.string(), asOf: z.string(), validated: z.array(z.string()) })
    .transform((row) => row as unknown as Certificate),
)

/** The day that a bundle was judged for. */
export const judgedDay = ({ run, policy }: Pick<Bundle, 'run' | 'policy'>): Date => {
  const scan = scanSchema.safeParse(policy.get('scan'))
  return new Date(run.policy.asOf ?? (scan.success ? scan.data.asOf : run.startedAt))
}

/** What a bundle was judged by, from what it stores: the day, and the certificate rows. */
export const judgedByOf = (bundle: Stored, asOf = judgedDay(bundle)): JudgedBy => {
  const rows = bundle.policy.get('certificates')
  return { asOf, ...(rows !== undefined && { certificates: parsed(certificatesSchema, rows, 'certificates') }) }
}

/** The requirements that a bundle speaks of, as it says itself: a scan judges no node. */
const requirementsOf = ({ policy }: Pick<Bundle, 'policy'>): Requirement[] => {
  const own = policy.get('catalogue')
  const judged = own === undefined ? undefined : new Set(parsed(idsSchema, own, 'catalogue').map(({ id }) => id))
  return catalogue.filter(({ id }) => judged?.has(id) ?? true)
}

/** The findings that follow from the stored bytes, one after the other: the same function for the run that stores them and for whoever judges again. */
export const replayEach = (bundle: Stored, by: JudgedBy = judgedByOf(bundle)): Generator<Finding> =>
  withUncoveredEach(evaluateEach(bundle, judgeBy(by)), { requirements: requirementsOf(bundle), inventory: bundle.run.inventory ?? {} })

/** The same, all of them. */
export const replayFindings = (bundle: Stored, by: JudgedBy = judgedByOf(bundle)): Finding[] => [...replayEach(bundle, by)]

/** The waivers that a bundle was judged with. */
const waiversOf = ({ policy }: Pick<Bundle, 'policy'>): Waiver[] => {
  const stored = policy.get('waivers')
  return stored === undefined ? [] : parsed(waiverSchema.array(), stored, 'waivers')
}

/** Which of the findings is waived on a day, by the bundle's own waivers. */
export const waivedOn = (bundle: Pick<Bundle, 'policy'>, findings: readonly Finding[], asOf: Date): NonNullable<Claimed['waived']> => {
  const { waivedBy } = waiversSeen(waiversOf(bundle), findings, asOf)
  return (finding) => Object.hasOwn(waivedBy, findingKey(finding))
}

/** What decides the exit code of a bundle, for the day that it was judged for or another. */
export const claimedOf = (bundle: Stored, findings: readonly Finding[], asOf = judgedDay(bundle)): Claimed => ({
  findings,
  claim: bundle.plan.claim,
  requirements: requirementsOf(bundle),
  development: bundle.run.development,
  scan: bundle.run.provider === 'scan',
  waived: waivedOn(bundle, findings, asOf),
})

/** What the reports of a bundle are made from; from the bundle alone. */
export const derivedInput = (bundle: Stored, findings: readonly Finding[], asOf = judgedDay(bundle)): ReportInput =>
  reportInput({ bundle, findings, requirements: requirementsOf(bundle), waivers: waiversOf(bundle), asOf })
