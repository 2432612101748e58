import type { Certificate } from '../policy/certificates.ts'
import type { Verdict } from '../policy/verdict.ts'

/** What a rule says of one subject: a verdict, and the words that let a reader check it. */
export type Outcome = {
  verdict: Verdict
  /** Why, in one sentence that names its source. */
  reason: string
  /** What had to be seen for a pass. */
  expected: string
  /** What was seen. */
  observed: string
  /** What to do; empty for a pass. */
  remedy: string
  /** Facts that must stand beside the verdict: caveats, contradictions, what it does not prove. */
  notes: readonly string[]
}

/** The day and the policy that a rule judges with. */
export type JudgedBy = {
  /** The day for which dated data (certificates, profiles) is read. */
  asOf: Date
  /** Rows that take the place of the registry's where they have the same number: a snapshot of the user's. */
  certificates?: readonly Certificate[]
}

/** A rule is pure: facts in, outcome out; it reads no clock, no file, no network. */
export type Rule<Facts> = (facts: Facts, by: JudgedBy) => Outcome
