export const suiteNames = ['modules', 'nodes', 'refusal', 'permanence', 'self-proof'] as const
export type SuiteName = (typeof suiteNames)[number]

/** Requirement families that a suite proves. */
export const familiesOf: Readonly<Record<SuiteName, readonly string[]>> = {
  modules: ['FIPS-MOD'],
  nodes: ['FIPS-NODE'],
  refusal: ['FIPS-TLS', 'FIPS-SSH'],
  permanence: ['FIPS-PERM'],
  'self-proof': ['FIPS-SELF'],
}

/** Name under which a suite records: what it judges in the second look at a cluster stands apart. */
export const writerOf = (suite: string, late?: true): string => (late ? `${suite}-late` : suite)
