/** What a requirement is about; the first part of the plan's subjects. */
export const subjectKinds = ['component', 'node', 'listener', 'plant'] as const
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

export const catalogue: readonly Requirement[] = [
  {
    id: 'FIPS-MOD-1',
    family: 'FIPS-MOD',
    title: 'Components carry a validated module',
    statement:
      'Every component carries the unmodified cryptographic module of a certificate that is Active on the day of the run; a goboring build is expected.',
    why:
      'A version tag that ends in +fips.0 is only a name. What counts is whether the module that was validated is in the program that runs, byte for byte. ' +
      'The module in the program is no proof that every algorithm runs inside it: what runs outside stands beside each finding.',
    kind: 'verification',
    nist80053: ['SC-13', 'IA-7', 'SI-7'],
    stig: [],
    cis: [],
    subject: 'component',
    remedy: 'Replace the program by a build with GOEXPERIMENT=boringcrypto (CGO_ENABLED=1) whose module has an Active certificate.',
  },
  {
    id: 'FIPS-NODE-1',
    family: 'FIPS-NODE',
    title: 'Nodes report FIPS mode',
    statement: 'The kernel of every node reports FIPS mode: /proc/sys/crypto/fips_enabled is 1.',
    why:
      'The flag makes the kernel test its own algorithms at start and refuse unapproved ones, and libraries on the node follow it. ' +
      'It says nothing about programs in containers, and a container shows the flag of the kernel that it shares.',
    kind: 'verification',
    nist80053: ['SC-13', 'IA-7', 'CM-6'],
    stig: ['RHEL-09-671010', 'RHEL-10-000500', 'UBTU-22-671010', 'UBTU-24-600030'],
    cis: [],
    subject: 'node',
    remedy: "Create the node in FIPS mode by its vendor's instructions (fips=1 at its first boot); switching it on later is not supported.",
  },
  {
    id: 'FIPS-TLS-1',
    family: 'FIPS-TLS',
    title: 'Old TLS versions are refused',
    statement: 'Every TLS listener refuses protocol versions below TLS 1.2.',
    why: 'SP 800-52 Rev. 2 allows TLS 1.2 and TLS 1.3 only. The older versions rest on MD5 and SHA-1. A refusal that was seen proves more than a configured minimum.',
    kind: 'validation',
    nist80053: ['SC-8', 'SC-8(1)', 'SC-13'],
    stig: ['CNTR-K8-000150', 'CNTR-K8-000160', 'CNTR-K8-000170'],
    cis: [],
    subject: 'listener',
    remedy: 'Set the minimum version to TLS 1.2 (--tls-min-version=VersionTLS12), or build the program with crypto/tls/fipsonly.',
  },
  {
    id: 'FIPS-TLS-2',
    family: 'FIPS-TLS',
    title: 'Unapproved cipher suites are refused',
    statement: 'Every TLS listener refuses each cipher suite that the profile does not approve.',
    why: 'A program that carries a validated module can still agree on ChaCha20-Poly1305 or 3DES with a peer that asks for nothing else, and then the traffic is not protected by approved cryptography.',
    kind: 'validation',
    nist80053: ['SC-8', 'SC-8(1)', 'SC-13'],
    stig: [],
    cis: ['1.2.29', '4.2.12'],
    subject: 'listener',
    remedy: 'Build the program with crypto/tls/fipsonly. --tls-cipher-suites alone does not reach the suites of TLS 1.3.',
  },
  {
    id: 'FIPS-TLS-3',
    family: 'FIPS-TLS',
    title: 'Unapproved key exchange groups are refused',
    statement: 'Every TLS listener refuses each key exchange group that the profile does not approve.',
    why: 'Key establishment must follow SP 800-56A Rev. 3. X25519 is not among its curves, and a goboring build takes it unless something stops it.',
    kind: 'validation',
    nist80053: ['SC-8', 'SC-8(1)', 'SC-13'],
    stig: [],
    cis: [],
    subject: 'listener',
    remedy: 'Build the program with crypto/tls/fipsonly, or configure it to offer P-256, P-384 and P-521 only.',
  },
  {
    id: 'FIPS-TLS-4',
    family: 'FIPS-TLS',
    title: 'No plaintext leaves a node',
    statement: 'No listener that can be reached from beyond its loopback interface speaks plaintext.',
    why: 'The best module protects nothing on a port where it is not used.',
    kind: 'validation',
    nist80053: ['SC-8', 'SC-8(1)'],
    stig: [],
    cis: [],
    subject: 'listener',
    remedy: 'Turn the port off, bind it to loopback, or serve it with TLS.',
  },
  {
    id: 'FIPS-TLS-5',
    family: 'FIPS-TLS',
    title: 'Every listener is identified',
    statement: 'For every listener it is known which process owns it and which protocol it speaks.',
    why: 'A port that nobody can explain is a port of which nothing was proven.',
    kind: 'verification',
    nist80053: ['SC-8', 'CM-7', 'CM-8'],
    stig: [],
    cis: [],
    subject: 'listener',
    remedy: 'Find the process that owns the port; remove it, or make its protocol known to the harness.',
  },
  {
    id: 'FIPS-SELF-1',
    family: selfFamily,
    title: 'Planted TLS defects are caught',
    statement: 'Each TLS defect that this run planted in processes of its own was caught, and each sound control was passed.',
    why: 'A prober that cannot fail proves nothing. The same prober and the same rules that judged the cluster must have failed these servers, in this very run.',
    kind: 'validation',
    nist80053: ['CA-2', 'SI-6', 'SC-8(1)'],
    stig: [],
    cis: [],
    subject: 'plant',
    remedy:
      'The findings of the FIPS-TLS family cannot be relied on: report the defect that was missed to the maintainers of this harness, with the bundle.',
  },
  {
    id: 'FIPS-SELF-2',
    family: selfFamily,
    title: 'Planted module defects are caught',
    statement:
      'Each program with a defective, altered or missing module that this run planted was caught, and each sound control was passed.',
    why: 'An analysis that passes everything proves nothing. The same analysis and the same rules that judged the cluster must have failed these programs, in this very run.',
    kind: 'validation',
    nist80053: ['CA-2', 'SI-6', 'SC-13'],
    stig: [],
    cis: [],
    subject: 'plant',
    remedy:
      'The findings of the FIPS-MOD family cannot be relied on: report the defect that was missed to the maintainers of this harness, with the bundle.',
  },
]

/** The family of a requirement id: the id without its number. */
export const familyOf = (id: string): string => id.replace(/-\d+$/, '')

/** Whether a name of a claim (`FIPS-TLS` or `FIPS-TLS-1`) means this requirement: its exact id or its whole family, nothing in between. */
export const matchesClaim = (name: string, id: string): boolean => name === id || (familyOf(id) !== id && name === familyOf(id))

/** The names of a claim that mean no requirement at all: a mistyped `--require`, which is a usage error. */
export const unknownNames = (claim: readonly string[], requirements: readonly Requirement[] = catalogue): string[] =>
  claim.filter((name) => !requirements.some(({ id }) => matchesClaim(name, id)))
