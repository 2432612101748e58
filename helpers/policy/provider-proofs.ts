/** How far a place can prove something. `part`: with what the words say. */
export type Reach = 'yes' | 'part' | 'no'
type Proof = { reach: Reach; words: string }

/** What a cluster is to a run: nodes that are containers, machines of its own, or a cluster that it did not make. */
export const proofPlaces = ['kind', 'machine', 'standing'] as const
export type ProofPlace = (typeof proofPlaces)[number]

/** Requirements (ids, or whole families) that the places can prove alike. */
export type ProofRow = { what: string; requirements: readonly string[] } & Readonly<Record<ProofPlace, Proof>>

const yes: Proof = { reach: 'yes', words: 'yes' }
const part = (words: string): Proof => ({ reach: 'part', words })
const no = (words: string): Proof => ({ reach: 'no', words })
const asItsNodes = part('where its nodes are machines; of containers the host’s kernel is seen')
const whereMachines = part('where its nodes are machines')

/** What each place can prove, whatever the verdict then is. Words of README and reports; a row for what they can prove alike. */
export const providerProofs: readonly ProofRow[] = [
  { what: 'modules in the components', requirements: ['FIPS-MOD-1'], kind: yes, machine: yes, standing: yes },
  {
    what: 'what a node tells of its programs, by its disk read from outside',
    requirements: ['FIPS-MOD-2'],
    kind: no('not applicable: a container has no disk of its own'),
    machine: part('yes; not of a machine that is kept'),
    standing: no('not applicable: its machines are not shut down'),
  },
  {
    what: 'refusal on every listener',
    requirements: ['FIPS-TLS-1', 'FIPS-TLS-2', 'FIPS-TLS-3', 'FIPS-TLS-4', 'FIPS-TLS-5', 'FIPS-TLS-6', 'FIPS-TLS-8', 'FIPS-SSH'],
    kind: yes,
    machine: yes,
    standing: yes,
  },
  {
    what: 'the extended master secret',
    requirements: ['FIPS-TLS-7'],
    kind: yes,
    machine: yes,
    standing: part('inconclusive where a listener asks for a client certificate and --intrusive is not given'),
  },
  {
    what: 'what components offer when they call somebody',
    requirements: ['FIPS-TLS-9'],
    kind: yes,
    machine: yes,
    standing: part('with --intrusive only: they are made to call'),
  },
  {
    what: 'the kernel’s FIPS mode',
    requirements: ['FIPS-NODE-1', 'FIPS-NODE-4'],
    kind: part('only the host’s kernel, and the report says so'),
    machine: { reach: 'yes', words: 'yes: a kernel of its own, booted with fips=1' },
    standing: asItsNodes,
  },
  {
    what: 'operating system, module and volumes of the nodes',
    requirements: ['FIPS-NODE-2', 'FIPS-NODE-3', 'FIPS-NODE-5', 'FIPS-NODE-6'],
    kind: no('not applicable: the host’s user space is not visible'),
    machine: { reach: 'yes', words: 'yes; on Debian -2, -3 and -5 fail for the true reason' },
    standing: whereMachines,
  },
  { what: 'environment of the services', requirements: ['FIPS-NODE-7'], kind: yes, machine: yes, standing: yes },
  {
    what: 'FIPS mode on all nodes, since the first boot, before every key',
    requirements: ['FIPS-PERM-1', 'FIPS-PERM-2', 'FIPS-PERM-3'],
    kind: no('not applicable: a container has no boot of its own'),
    machine: yes,
    standing: whereMachines,
  },
  {
    what: 'unchanged since the last run',
    requirements: ['FIPS-PERM-4'],
    kind: no('not applicable: a container has no boot of its own'),
    machine: part('from the second run of the same cluster on'),
    standing: part('from the second run of the same cluster on, where its nodes are machines'),
  },
]
