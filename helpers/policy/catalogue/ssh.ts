import type { Requirement } from './requirement.ts'

export const sshRequirements: readonly Requirement[] = [
  {
    id: 'FIPS-SSH-1',
    family: 'FIPS-SSH',
    title: 'SSH offers approved algorithms only',
    statement: 'Every SSH listener offers no key exchange, host key algorithm, cipher or MAC that the profile does not approve.',
    why: 'What a node is administered through must be protected like the rest. OpenSSH offers curve25519 and ChaCha20-Poly1305 unless the node is in FIPS mode or its configuration says otherwise.',
    kind: 'validation',
    nist80053: ['SC-8', 'SC-8(1)', 'SC-13', 'AC-17(2)'],
    stig: [
      'RHEL-08-010290',
      'RHEL-08-010291',
      'RHEL-09-255064',
      'RHEL-09-255065',
      'RHEL-09-255070',
      'RHEL-09-255075',
      'RHEL-10-300030',
      'RHEL-10-300060',
      'UBTU-22-255050',
      'UBTU-22-255055',
      'UBTU-22-255060',
      'UBTU-24-100820',
      'UBTU-24-100860',
    ],
    cis: [],
    subject: 'listener',
    remedy: 'Set KexAlgorithms, Ciphers, MACs and HostKeyAlgorithms in sshd_config, or boot the node in FIPS mode with its vendor policy.',
  },
]
