/** One thing that is wrong, and the file (relative to the bundle) that it is wrong in. */
export type Problem = { file: string; why: string }

/**
 * What `verify` looked at. `fails`: the bundle does not verify. `differs`: it comes out differently, and another version of the tool wrote it.
 * `not-checked`: could not be looked at, and `says` tells why.
 */
export type Check = { name: string; state: 'holds' | 'fails' | 'differs' | 'not-checked'; says: string; problems: readonly Problem[] }

/** Holds unless something is wrong. */
export const checkOf = (name: string, says: string, problems: readonly Problem[], otherwise: 'fails' | 'differs' = 'fails'): Check => ({
  name,
  state: problems.length === 0 ? 'holds' : otherwise,
  says,
  problems,
})

export const notChecked = (name: string, says: string, problems: readonly Problem[] = []): Check => ({
  name,
  state: 'not-checked',
  says,
  problems,
})
