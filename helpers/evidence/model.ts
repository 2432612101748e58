import { z } from 'zod'
import { verdicts } from '../policy/verdict.ts'

/**
 * What is judged. `key` is stable over runs of the same cluster (no pid, no random port where it can be avoided), so that two bundles can be compared.
 * `detail` is what the rules may read about the subject besides observations: text values only.
 */
export const subjectSchema = z.object({
  kind: z.enum(['node', 'component', 'listener', 'cluster', 'plant']),
  key: z.string(),
  name: z.string(),
  node: z.string().optional(),
  detail: z.record(z.string(), z.string()),
})
export type Subject = z.infer<typeof subjectSchema>

/** One requirement x subject that will be judged; written before anything is collected. */
export const plannedPairSchema = z.object({
  requirement: z.string(),
  subject: subjectSchema,
  /** The subject was not there when the cluster was looked at first: a second look, after the suites, found it. */
  late: z.literal(true).optional(),
})
export type PlannedPair = z.infer<typeof plannedPairSchema>

export const planSchema = z.object({
  /** Requirements (or families) that decide the exit code. */
  claim: z.array(z.string()),
  pairs: z.array(plannedPairSchema),
})
export type Plan = z.infer<typeof planSchema>

/**
 * A raw fact with provenance. Bytes are blobs, named by their SHA-256; `data` holds what is no bytes (an errno, a size, the question that was asked).
 * A stored boolean is not evidence: whatever a rule needs must follow from the blobs and from `data` by a pure function.
 */
export const observationSchema = z.object({
  /** Unique in the bundle. */
  id: z.string(),
  /** Which analysis reads it: `file`, `executable`, `tls-exchange`, ... */
  kind: z.string(),
  /** `key` of the subject for which it was made. */
  subject: z.string(),
  requirement: z.string(),
  /** RFC 3339, UTC, with milliseconds. */
  at: z.string(),
  /** By which means: `docker exec`, `tcp`, `file of this process`. */
  means: z.string(),
  /** What was read: a path, an address. */
  source: z.string(),
  data: z.record(z.string(), z.json()),
  blobs: z.record(z.string(), z.string()),
  /** Secrets that were taken out before anything was written. What rests on such an observation is inconclusive. */
  redacted: z.array(z.object({ where: z.string(), what: z.string(), bytes: z.number().int() })).optional(),
})
export type Observation = z.infer<typeof observationSchema>

/** A finding is a planned pair with its outcome and the observations that it rests on. */
export const findingSchema = z.object({
  requirement: z.string(),
  subject: subjectSchema,
  verdict: z.enum(verdicts),
  expected: z.string(),
  observed: z.string(),
  reason: z.string(),
  remedy: z.string(),
  notes: z.array(z.string()),
  observations: z.array(z.string()),
})
export type Finding = z.infer<typeof findingSchema>

/** What a collector hands over; the recorder stores the blobs and turns it into an observation. */
export type Reading = {
  kind: string
  means: string
  source: string
  data: Record<string, z.infer<ReturnType<typeof z.json>>>
  blobs: Record<string, Uint8Array>
}

/** An observation with its bytes at hand, as analysis reads it: from the bundle, never from the world. */
export type Evidence = Observation & { bytes: (blob: string) => Uint8Array }
