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
  {
    id: 'FIPS-MOD-2',
    family: 'FIPS-MOD',
    title: 'What a node tells of its programs is what its disk holds',
    statement:
      'The disk of every node that is a machine of this run, read from outside after the machine was shut down, holds each component, program and library with the SHA-256 that the node gave.',
    why:
      'Whoever asks a node about its own files gets the answer of that node: of its mounts, its libraries, its kernel. A disk that is read without it gives the bytes themselves, ' +
      'and a node that tells otherwise is caught.',
    kind: 'verification',
    nist80053: ['SI-7', 'SI-7(1)', 'SI-7(6)'],
    stig: [],
    cis: [],
    subject: 'node',
    remedy: 'Create the node anew from a known image, and find out what lay over its programs.',
  },
]
