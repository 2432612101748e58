import type { Requirement } from './requirement.ts'

const common = { family: 'FIPS-PERM', kind: 'verification', nist80053: ['SC-13', 'CM-3(6)', 'CM-6'], cis: [] } as const
const anew = 'Create the cluster anew from nodes that boot in FIPS mode from their first boot on.'

export const permanenceRequirements: readonly Requirement[] = [
  {
    ...common,
    id: 'FIPS-PERM-1',
    title: 'All nodes are in FIPS mode',
    statement: 'Every node of the cluster reports FIPS mode; none differs from the others.',
    why: 'FIPS mode is chosen when a cluster is created. A cluster in which it holds for some nodes protects nothing that those exchange with the others.',
    stig: ['RHEL-09-671010'],
    subject: 'cluster',
    remedy: anew,
  },
  {
    ...common,
    id: 'FIPS-PERM-2',
    title: 'Nodes are in FIPS mode since their first boot',
    statement: 'Every node was booted with fips=1 at its first boot and at each boot since.',
    why: 'Keys that were made before the mode was switched on came from cryptography that nothing held back; vendors do not support switching it on later.',
    stig: ['RHEL-09-671010'],
    subject: 'node',
    remedy: anew,
  },
  {
    ...common,
    id: 'FIPS-PERM-3',
    title: 'Keys and certificates were made in FIPS mode',
    statement: 'The certificates and keys of the cluster and the host keys of its nodes are younger than FIPS mode on the nodes.',
    why: 'A key that is older than the mode was made without it, whatever the node says today.',
    stig: [],
    subject: 'cluster',
    remedy: anew,
  },
  {
    ...common,
    id: 'FIPS-PERM-4',
    title: 'Nothing has changed since the last run',
    statement:
      'Flag, command line, kernel, operating system, provider and crypto policy of every node are as the last run of this cluster recorded them.',
    why: 'FIPS mode is never changed after creation; what changed between two runs has to be explained.',
    stig: [],
    subject: 'cluster',
    remedy: 'Explain the change and waive it until the next baseline, or create the cluster anew.',
  },
]
