import { describe, expect, it } from 'vitest'
import type { Compared, OutsideFacts } from '../disk/analyse/outside.ts'
import { diskAgrees } from './outside.ts'

const by = { asOf: new Date('2026-11-22T00:00:00Z') }
const [one, two] = ['a'.repeat(64), 'b'.repeat(64)]
const kubelet: Compared = {
  component: 'kubelet',
  place: '/usr/bin/kubelet',
  told: one,
  disk: [{ path: '/usr/bin/kubelet', sha256: one }],
  state: 'same',
}
const sound: OutsideFacts & { state: 'read' } = {
  state: 'read',
  ended: 'by its own shutdown, after 9 s',
  components: [kubelet],
  untold: [],
  differing: [],
  absent: [],
  hidden: [],
  unlisted: [],
  diskGaps: [],
  nodeGaps: [],
  notEntered: 0,
  inMemory: 0,
  agreeing: 3,
  bytes: 9,
  tool: 'debugfs 1.47.0',
}
const judge = (change: Partial<typeof sound>) => diskAgrees({ state: 'asked', node: 'a', facts: { ...sound, ...change } }, by)
const altered: Compared = { ...kubelet, told: two, state: 'differs' }
const { component: _, ...listedOnly } = altered

describe('FIPS-MOD-2', () => {
  it('passes where everything agrees, and says what it does not prove and how to repeat it', () => {
    const outcome = judge({})
    expect(outcome).toMatchObject({
      verdict: 'pass',
      remedy: '',
      observed: expect.stringContaining('1 of 1 contents of components and 3 of 3'),
    })
    expect(outcome.notes.join('\n')).toMatch(/in memory only is not seen/)
    expect(outcome.notes.join('\n')).toContain(`debugfs -R 'cat /usr/bin/kubelet' DISK | sha256sum gives ${one}`)
  })

  it('fails a component that its disk holds otherwise, with the file and both digests, once', () => {
    const { verdict, reason, notes } = judge({ components: [altered], differing: [listedOnly] })
    expect(verdict).toBe('fail')
    for (const part of ['kubelet', '/usr/bin/kubelet', one, two]) expect(reason).toContain(part)
    expect(notes.filter((note) => note.includes(two))).toEqual([])
  })

  it('fails a library that is only listed, and what the node kept to itself', () => {
    expect(
      judge({ differing: [{ place: '/usr/lib/fips.so', told: two, disk: [{ path: '/usr/lib/fips.so', sha256: one }], state: 'differs' }] }),
    ).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('/usr/lib/fips.so'),
    })
    const { notes } = judge({
      differing: [{ place: '/usr/lib/fips.so', told: two, disk: [{ path: '/usr/lib/fips.so', sha256: one }], state: 'differs' }],
    })
    expect(notes.join('\n')).toContain(`debugfs -R 'cat /usr/lib/fips.so' DISK | sha256sum gives ${one}`)
    expect(judge({ hidden: [{ path: '/usr/lib/evil.so', sha256: two }] })).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('the node did not tell of it'),
    })
  })

  it('writes out so many differences, and counts the rest', () => {
    const hidden = Array.from({ length: 40 }, (_, index) => ({ path: `/x${index}`, sha256: two }))
    expect(judge({ hidden }).notes).toContainEqual('and 19 more that differ')
  })

  it.each([
    ['a component lies nowhere', { components: [{ ...kubelet, disk: [], state: 'absent' as const }] }, 'lies nowhere on its disk'],
    ['a listed file lies nowhere', { absent: [{ place: '/opt/x', told: two, disk: [], state: 'absent' as const }] }, '/opt/x'],
    ['the node gave no digest', { untold: [{ component: 'etcd', why: 'its bytes were not read' }] }, 'etcd cannot be held against'],
    ['the disk has a hole', { diskGaps: ['/x: its entries cannot be read'] }, 'not read whole: /x'],
    ['the list of the node was cut', { nodeGaps: ['the list of executables was cut short'] }, 'cut short'],
    ['no component was told of', { components: [] }, 'no component'],
  ])('is inconclusive where %s', (_, change, why) => {
    expect(judge(change)).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining(why) })
  })

  it('is inconclusive where the disk was not read, or not left in order', () => {
    const facts = { state: 'unclean', why: 'state: not clean', ended: 'by force' } as const
    expect(diskAgrees({ state: 'asked', node: 'a', facts }, by)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the disk of a was not left in order: state: not clean',
      observed: expect.stringContaining('by force'),
    })
    expect(diskAgrees({ state: 'asked', node: 'a', facts: { ...facts, state: 'not-read' } }, by).verdict).toBe('inconclusive')
    expect(diskAgrees({ state: 'asked', node: 'a', facts: undefined }, by).verdict).toBe('inconclusive')
  })

  it('is not applicable to a container, nor to a machine that stays, each for its own reason', () => {
    expect(diskAgrees({ state: 'container' }, by)).toMatchObject({
      verdict: 'not-applicable',
      reason: 'a container node has no disk of its own',
    })
    expect(diskAgrees({ state: 'stays', why: 'it is kept with --keep' }, by)).toMatchObject({
      verdict: 'not-applicable',
      reason: 'the machine stays: its disk was not read from outside (it is kept with --keep)',
    })
  })
})
