import type { Compared, OutsideFacts } from '../disk/analyse/outside.ts'
import type { Outcome, Rule } from './outcome.ts'

/** What can be asked of the disk of a node. `stays`: its machine goes on running, with why. */
export type NodeDisk =
  | { state: 'container' }
  | { state: 'stays'; why: string }
  | { state: 'asked'; node: string; facts: OutsideFacts | undefined }

const expected =
  'the disk, read from outside after a shutdown in order, holds at the place of every component and of every program that the node listed the content whose SHA-256 the node gave'

const remedies = {
  again: 'run it again; the serial log in the bundle tells how the machine ended',
  lie: 'take the node for one that does not tell the truth of itself: look for mounts over its programs (findmnt), for libraries that are loaded before others (/etc/ld.so.preload), and create it anew from a known image',
  memory: 'find out from where the node runs it: what is in memory only, or on another disk, is not there to be read',
} as const

const name = ({ component, place }: Compared): string => (component === undefined ? place : `${component} (${place})`)

const onDisk = ({ disk }: Compared): string =>
  disk.map(({ path, sha256 }) => `SHA-256 ${sha256} at ${path}`).join('; ') || 'nothing at that place'

const difference = (one: Compared): string =>
  `the node told of ${name(one)} with SHA-256 ${one.told}; its disk, read from outside, holds ${onDisk(one)}`

/** At most so many are written out each; how many there are stands beside them. */
const written = 20

const several = (all: readonly string[], what: string): string[] =>
  all.length > written ? [...all.slice(0, written), `and ${all.length - written} more ${what}`] : [...all]

/** A component is listed, too, and of one file several roots may tell: what is held against the same files of the disk is one difference, named as the component. */
const distinct = (all: readonly Compared[]): Compared[] => {
  const byFiles = Map.groupBy(all, ({ told, disk, place }) => JSON.stringify([told, disk.length === 0 ? place : disk]))
  return [...byFiles.values()].flatMap((same) => same.find(({ component }) => component !== undefined) ?? same[0] ?? [])
}

const agreement = (facts: OutsideFacts & { state: 'read' }): string =>
  `${facts.components.filter(({ state }) => state === 'same').length} of ${facts.components.length} contents of components and ${facts.agreeing} of ` +
  `${facts.agreeing + facts.differing.length + facts.absent.length} listed programs and libraries are as the node told; ${facts.bytes} bytes were read`

const notesOf = (facts: OutsideFacts & { state: 'read' }): string[] => {
  // Of what differs, where something does.
  const [first] = [...facts.components.filter(({ state }) => state === 'differs'), ...facts.differing, ...facts.components].flatMap(
    ({ disk }) => disk,
  )
  const notes = [
    `the machine was ended: ${facts.ended}; read by ${facts.tool}`,
    'it shows that what the node tells of its files is what its disk holds; code that is in memory only is not seen by it',
  ]
  if (first !== undefined)
    notes.push(
      `to repeat it on the raw disk of a machine that was shut down: debugfs -R 'cat ${first.path}' DISK | sha256sum gives ${first.sha256}`,
    )
  if (facts.inMemory > 0) notes.push(`${facts.inMemory} files that the node listed are in file systems that no disk holds (/run, /tmp)`)
  if (facts.notEntered > 0) notes.push(`${facts.notEntered} places, such as volumes of containers, the node itself did not enter`)
  if (facts.unlisted.length > 0)
    notes.push(
      `programs on the disk that came after the node listed its own, or lie where it does not list: ${facts.unlisted.length}, such as ${facts.unlisted.slice(0, 5).join(', ')}`,
    )
  return notes
}

const ofRead = (facts: OutsideFacts & { state: 'read' }): Outcome => {
  const observed = agreement(facts)
  const base = { expected, observed, notes: notesOf(facts) }
  const hidden = facts.hidden.map(
    ({ path, sha256 }) =>
      `the disk, read from outside, holds ${path} with SHA-256 ${sha256}, which lay there before the node listed its programs, and the node did not tell of it`,
  )
  const differing = distinct([...facts.components.filter(({ state }) => state === 'differs'), ...facts.differing])
  const [first, ...others] = [...differing.map(difference), ...hidden]
  if (first !== undefined)
    return { ...base, verdict: 'fail', reason: first, remedy: remedies.lie, notes: [...several(others, 'that differ'), ...base.notes] }
  const open = [
    ...facts.diskGaps.map((gap) => `the disk was not read whole: ${gap}`),
    ...facts.nodeGaps,
    ...facts.untold.map(({ component, why }) => `${component} cannot be held against the disk: ${why}`),
    ...distinct([...facts.components.filter(({ state }) => state === 'absent'), ...facts.absent]).map(
      (one) => `${name(one)}, of which the node told with SHA-256 ${one.told}, lies nowhere on its disk`,
    ),
    ...(facts.components.length === 0 ? ['the node told of no component that could be held against its disk'] : []),
  ]
  const [why, ...more] = open
  if (why !== undefined)
    return {
      ...base,
      verdict: 'inconclusive',
      reason: why,
      remedy: remedies.memory,
      notes: [...several(more, 'of this kind'), ...base.notes],
    }
  return { ...base, verdict: 'pass', reason: 'what the node told of its programs is what its disk holds, read from outside', remedy: '' }
}

/** FIPS-MOD-2: the programs that were judged are those on the node's disk, which was read without the node's help. */
export const diskAgrees: Rule<NodeDisk> = (disk): Outcome => {
  const base = { expected, notes: [], remedy: '' }
  if (disk.state === 'container')
    return { ...base, verdict: 'not-applicable', reason: 'a container node has no disk of its own', observed: 'a container node' }
  if (disk.state === 'stays')
    return {
      ...base,
      verdict: 'not-applicable',
      reason: `the machine stays: its disk was not read from outside (${disk.why})`,
      observed: 'a machine that runs',
    }
  const { node, facts } = disk
  if (facts === undefined)
    return {
      ...base,
      verdict: 'inconclusive',
      reason: `nothing was read of the disk of ${node}`,
      observed: 'no reading of the disk',
      remedy: remedies.again,
    }
  if (facts.state === 'read') return ofRead(facts)
  return {
    ...base,
    verdict: 'inconclusive',
    reason:
      facts.state === 'unclean'
        ? `the disk of ${node} was not left in order: ${facts.why}`
        : `the disk of ${node} could not be read: ${facts.why}`,
    observed: `the machine was ended: ${facts.ended || 'not told how'}`,
    remedy: remedies.again,
  }
}
