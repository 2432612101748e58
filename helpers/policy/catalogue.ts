import { moduleRequirements } from './catalogue/modules.ts'
import { nodeRequirements } from './catalogue/nodes.ts'
import { permanenceRequirements } from './catalogue/permanence.ts'
import type { Requirement } from './catalogue/requirement.ts'
import { selfRequirements } from './catalogue/self-proof.ts'
import { sshRequirements } from './catalogue/ssh.ts'
import { tlsRequirements } from './catalogue/tls.ts'

export { type Requirement, selfFamily } from './catalogue/requirement.ts'

/** Every requirement, in the order in which reports show them. */
export const catalogue: readonly Requirement[] = [
  ...moduleRequirements,
  ...nodeRequirements,
  ...tlsRequirements,
  ...sshRequirements,
  ...permanenceRequirements,
  ...selfRequirements,
]

/** The family of a requirement id: the id without its number. */
export const familyOf = (id: string): string => id.replace(/-\d+$/, '')

/** Whether a name of a claim (`FIPS-TLS` or `FIPS-TLS-1`) means this requirement: its exact id or its whole family, nothing in between. */
export const matchesClaim = (name: string, id: string): boolean => name === id || (familyOf(id) !== id && name === familyOf(id))

/** The names of a claim that mean no requirement at all: a mistyped `--require`, which is a usage error. */
export const unknownNames = (claim: readonly string[], requirements: readonly Requirement[] = catalogue): string[] =>
  claim.filter((name) => !requirements.some(({ id }) => matchesClaim(name, id)))
