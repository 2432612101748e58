import { type Requirement, selfFamily } from './requirement.ts'

export const selfRequirements: readonly Requirement[] = [
  {
    id: 'FIPS-SELF-1',
    family: selfFamily,
    title: 'Planted TLS and SSH defects are caught',
    statement: 'Each TLS or SSH defect that this run planted in processes of its own was caught, and each sound control was passed.',
    why: 'A prober that cannot fail proves nothing. The same prober and the same rules that judged the cluster must have failed these servers, in this very run.',
    kind: 'validation',
    nist80053: ['CA-2', 'SI-6', 'SC-8(1)'],
    stig: [],
    cis: [],
    subject: 'plant',
    remedy:
      'The findings of the FIPS-TLS and FIPS-SSH families cannot be relied on: report the defect that was missed to the maintainers of this harness, with the bundle.',
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
