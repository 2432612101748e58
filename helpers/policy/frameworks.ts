import { familyOf } from './catalogue.ts'

/** A document whose ids the catalogue and the reports use, with the version that the ids were read from. */
export type FrameworkDocument = { id: string; title: string; version: string; dated: string }

/** The versions behind every id that a report prints. Ids change between versions, so a report that names one names these too. */
export const frameworkDocuments = {
  nist80053: {
    id: 'nist-sp-800-53',
    title: 'NIST SP 800-53 Rev. 5 and SP 800-53A Rev. 5, OSCAL content',
    version: '5.1.1+u4',
    dated: '2024-02-13',
  },
  stigRhel8: { id: 'stig-rhel-8', title: 'DISA STIG, Red Hat Enterprise Linux 8', version: 'V2R8', dated: '2026-08-21' },
  stigRhel9: { id: 'stig-rhel-9', title: 'DISA STIG, Red Hat Enterprise Linux 9', version: 'V2R9', dated: '2026-08-21' },
  stigRhel10: { id: 'stig-rhel-10', title: 'DISA STIG, Red Hat Enterprise Linux 10', version: 'V1R2', dated: '2026-08-21' },
  stigUbuntu2204: { id: 'stig-ubuntu-22.04', title: 'DISA STIG, Ubuntu 22.04', version: 'V2R8', dated: '2026-08-21' },
  stigUbuntu2404: { id: 'stig-ubuntu-24.04', title: 'DISA STIG, Ubuntu 24.04', version: 'V1R5', dated: '2026-08-21' },
  stigKubernetes: { id: 'stig-kubernetes', title: 'DISA STIG, Kubernetes', version: 'V2R6', dated: '2026-06-09' },
  cisKubernetes: { id: 'cis-kubernetes', title: 'CIS Kubernetes Benchmark', version: '1.12', dated: '2026-06-09' },
  fedramp: { id: 'fedramp-cr26', title: 'FedRAMP Consolidated Rules 2026', version: '2026.07.14.01', dated: '2026-07-14' },
} as const satisfies Readonly<Record<string, FrameworkDocument>>

/** Key Security Indicators and rules of FedRAMP's Consolidated Rules 2026 that findings of this harness speak to. `formerly` holds earlier ids of the same thing. */
export const fedrampIndicators = {
  'KSI-SVC-SIN': { title: 'Securing information', formerly: ['KSI-SVC-SNT'] },
  'KSI-SVC-VRI': { title: 'Validating resource integrity by cryptographic methods', formerly: [] },
  'KSI-SVC-VCM': { title: 'Validating the authenticity and integrity of machine communication', formerly: [] },
} as const

/** The rule of CR26 that asks for the documentation of cryptographic modules; earlier ids of it. */
export const moduleRule = { id: 'CMU-CSO-CMD', formerly: ['UCM-CSX-CMD', 'FRR-UCM-01'] } as const

export type FedrampIndicator = keyof typeof fedrampIndicators

const byFamily: Readonly<Record<string, readonly FedrampIndicator[]>> = {
  'FIPS-MOD': ['KSI-SVC-VRI'],
  'FIPS-NODE': ['KSI-SVC-SIN'],
  'FIPS-TLS': ['KSI-SVC-SIN', 'KSI-SVC-VCM'],
  'FIPS-SSH': ['KSI-SVC-SIN', 'KSI-SVC-VCM'],
  'FIPS-CERT': ['KSI-SVC-VCM'],
  'FIPS-SEC': ['KSI-SVC-SIN'],
  'FIPS-PERM': ['KSI-SVC-VRI'],
}

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(table, key) ? table[key] : undefined)

/** The indicators that a requirement speaks to; none for what the harness proves of itself. */
export const indicatorsOf = (requirement: string): readonly FedrampIndicator[] => own(byFamily, familyOf(requirement)) ?? []

/** Objectives of SP 800-53A Rev. 5 that are narrower than the whole control and that the requirements of the catalogue speak to. */
const narrowObjectives: Readonly<Record<string, string>> = {
  'sc-13': 'sc-13_obj.b',
  'si-7': 'si-7_obj.a-1',
  'si-6': 'si-6_obj.a-1',
  'cm-6': 'cm-6_obj.b',
  'cm-7': 'cm-7_obj.b-4',
  'cm-8': 'cm-8_obj.a.1',
  'ca-2': 'ca-2_obj.d-1',
}

/** `SC-8(1)` as OSCAL content writes it: `sc-8.1`. */
export const oscalControl = (control: string): string => control.toLowerCase().replace(/\((\d+)\)/g, '.$1')

/** Id of the assessment objective of a control (`SC-8(1)`), as the OSCAL content of SP 800-53 Rev. 5 has it: `sc-8.1_obj`. Every control has one. */
export const oscalObjective = (control: string): string => {
  const id = oscalControl(control)
  return own(narrowObjectives, id) ?? `${id}_obj`
}

/** Where another document’s answer to the same question is not this one’s: its pass is no pass here, or the other way round. */
export type FrameworkConflict = { requirement: string; document: FrameworkDocument; ids: readonly string[]; words: string }

const { cisKubernetes, stigRhel9, stigUbuntu2204, stigUbuntu2404, stigRhel10 } = frameworkDocuments

/** Known conflicts, as of the versions above. */
export const frameworkConflicts: readonly FrameworkConflict[] = [
  {
    requirement: 'FIPS-TLS-2',
    document: cisKubernetes,
    ids: ['1.2.29', '4.2.12'],
    words: 'the lists of strong suites hold those with ChaCha20-Poly1305, which is not approved: a CIS pass is no pass here',
  },
  {
    requirement: 'FIPS-SSH-1',
    document: { ...stigRhel9, version: 'V1R1' },
    ids: ['SV-257989'],
    words: 'the first version of the rule named chacha20-poly1305@openssh.com among the approved ciphers; it is not approved',
  },
  ...[stigRhel9, stigRhel10, stigUbuntu2204, stigUbuntu2404].map((document, index) => ({
    requirement: 'FIPS-NODE-1',
    document,
    ids: [['RHEL-09-671010', 'RHEL-10-000500', 'UBTU-22-671010', 'UBTU-24-600030'][index] ?? ''],
    words:
      'the rule asks whether the mode is on, not whether a module is on a certificate (FIPS-NODE-3 does) or since when (FIPS-PERM-2 does)',
  })),
  {
    requirement: 'FIPS-NODE-3',
    document: stigRhel9,
    ids: ['RHEL-09-215105'],
    words: 'the rule takes FIPS with any sub-policy; here one that is not known to restrict only fails',
  },
]

export const conflictsOf = (requirement: string): readonly FrameworkConflict[] =>
  frameworkConflicts.filter((conflict) => conflict.requirement === requirement)
