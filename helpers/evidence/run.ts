import { z } from 'zod'

const instant = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/, 'an RFC 3339 time in UTC with milliseconds')

/** One row of what is in a node image: a component and where it came from. */
export const originSchema = z.object({
  component: z.string(),
  version: z.string(),
  /** `image`, `built`, ... */
  origin: z.string(),
  /** Go module path, when it was built. */
  module: z.string().optional(),
  /** `h1:` sum of the module, or the digest of the image that it came from. */
  sum: z.string().optional(),
  toolchain: z.string().optional(),
  /** How it was built: experiment, cgo, fipsonly. */
  build: z.string().optional(),
})
export type Origin = z.infer<typeof originSchema>

/** What the inventory can say of one kind of subject: how many there are, and whether that is all. */
export const coverageSchema = z.object({
  complete: z.boolean(),
  count: z.number().int().nonnegative(),
  /** How many of them only the second look found, after the suites. */
  late: z.number().int().positive().optional(),
  /** Why it is not complete. */
  reason: z.string().optional(),
})
export type Coverage = z.infer<typeof coverageSchema>

/** The clock of one node at one moment; `reason` where it could not be read. */
export const clockSchema = z.object({
  node: z.string(),
  when: z.enum(['start', 'end']),
  /** The host's clock, halfway between question and answer. */
  at: instant,
  /** Milliseconds by which the node's clock was ahead of the host's; behind it where negative. */
  differenceMs: z.number().int().optional(),
  /** Half of the time between question and answer: so much the difference may be off. */
  withinMs: z.number().int().nonnegative().optional(),
  reason: z.string().optional(),
})
export type Clock = z.infer<typeof clockSchema>

/**
 * `run.json`: who ran what against which cluster. Written when the run starts and again when it ends: without `finishedAt` the run was cut short.
 * Only additions are made to this shape; a reader ignores what it does not know.
 */
export const runSchema = z.object({
  runId: z.string(),
  tool: z.object({ name: z.string(), version: z.string(), commit: z.string().optional() }),
  startedAt: instant,
  finishedAt: instant.optional(),
  /** Who answers for the run, in the words of whoever started it; absent where nobody was named. */
  operator: z.string().optional(),
  /** Names as given to `--require`; empty means everything. */
  claim: z.array(z.string()),
  provider: z.string(),
  cluster: z.object({
    name: z.string(),
    /** What stays the same over all runs against it and is no other cluster's, where the provider knows that: the run that made it, or the uid of its namespace kube-system. */
    id: z.string().optional(),
    createdBy: z.enum(['this run', 'earlier run', 'user']),
    nodes: z.array(z.object({ name: z.string(), role: z.string().optional(), facts: z.record(z.string(), z.string()).optional() })),
  }),
  /** Facts of the machine on which the harness ran, as text: kernel, cgroup version, Docker version. */
  host: z.record(z.string(), z.string()),
  /** What a scan was asked to look at, as it was named; absent where a cluster was judged. */
  targets: z.array(z.string()).optional(),
  image: z.object({ reference: z.string(), id: z.string(), origin: z.array(originSchema) }).optional(),
  /** `asOf`: the day that was judged for, RFC 3339; without it, the day of the start. */
  policy: z.object({ certificatesAsOf: z.string(), profile: z.string(), asOf: instant.optional() }),
  /** A cluster that was judged before is judged again while someone works on it: such a run never ends with 0. */
  development: z.boolean(),
  /** Seconds by phase. */
  phases: z.record(z.string(), z.number()),
  /** What collected and judged, and whether its own OpenSSL was in FIPS mode; that says nothing of the cluster. */
  harness: z.object({ node: z.string(), openssl: z.string(), fipsMode: z.boolean().optional() }),
  /** Clocks of the nodes, held against that of the host on which the harness ran, when the run began and when it ended. */
  clocks: z.array(clockSchema).optional(),
  /** Programs that run on the nodes and are no component: seen, listed, and not judged. */
  otherPrograms: z.array(z.object({ node: z.string(), path: z.string(), processes: z.number().int() })).optional(),
  /** By kind of subject. What is missing counts as not complete. */
  inventory: z.record(z.string(), coverageSchema).optional(),
})
export type Run = z.infer<typeof runSchema>
