import type { Requirement } from './requirement.ts'

export const moduleRequirements: readonly Requirement[] = [
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
]
