import { z } from 'zod'
import { observationSchema } from './model.ts'

/**
 * Says that everything that was planned for this pair has been collected, and by which observations. Without it the pair is inconclusive.
 * The ids may name observations that were made for another pair (a listener is dialled once for several requirements).
 */
export const closingSchema = z.object({
  requirement: z.string(),
  /** `key` of the subject. */
  subject: z.string(),
  observations: z.array(z.string()),
  /** RFC 3339, UTC, with milliseconds. */
  at: z.string(),
})
export type Closing = z.infer<typeof closingSchema>

/** One line of `observations/<writer>.ndjson`. */
export const ledgerLineSchema = z.discriminatedUnion('type', [
  observationSchema.extend({ type: z.literal('observation') }),
  closingSchema.extend({ type: z.literal('closing') }),
])
export type LedgerLine = z.infer<typeof ledgerLineSchema>
