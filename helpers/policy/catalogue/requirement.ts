/** What a requirement is about; the first part of the plan's subjects. `client`: a component that can be made to call somebody. */
export const subjectKinds = ['component', 'node', 'listener', 'client', 'cluster', 'plant'] as const
export type RequirementSubject = (typeof subjectKinds)[number]

/**
 * One thing that must hold. An id, once released, keeps its meaning.
 * `kind` follows the two words of FedRAMP's Consolidated Rules 2026: verification shows that something is as it is documented, validation that it works as intended.
 * `nist80053` holds ids of SP 800-53 Rev. 5 controls, `stig` ids of DISA STIG rules, `cis` ids of the CIS Kubernetes Benchmark 1.12 (whose lists also take ChaCha20: a CIS pass is not a pass here).
 */
export type Requirement = {
  id: string
  family: string
  title: string
  statement: string
  why: string
  kind: 'verification' | 'validation'
  nist80053: readonly string[]
  stig: readonly string[]
  cis: readonly string[]
  subject: RequirementSubject
  remedy: string
}

/** The family whose findings are about the harness itself; it belongs to every claim (DESIGN.md, law 1). */
export const selfFamily = 'FIPS-SELF'
