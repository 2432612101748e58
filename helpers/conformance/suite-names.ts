export const suiteNames = ['modules', 'nodes', 'refusal', 'self-proof'] as const
export type SuiteName = (typeof suiteNames)[number]

/** Requirement families that a suite proves. */
export const familiesOf: Readonly<Record<SuiteName, readonly string[]>> = {
  modules: ['FIPS-MOD'],
  nodes: ['FIPS-NODE'],
  refusal: ['FIPS-TLS'],
  'self-proof': ['FIPS-SELF'],
}
