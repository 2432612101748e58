import type { Requirement } from './requirement.ts'

export const nodeRequirements: readonly Requirement[] = [
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
]
