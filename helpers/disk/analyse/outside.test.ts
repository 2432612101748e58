import { describe, expect, it } from 'vitest'
import { analyseOutside, type OutsideEvidence, type OutsideFacts } from './outside.ts'
import { layerPath, type ToldComponent } from './places.ts'

const bytes = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.join('\n'))
const sum = (digit: string): string => digit.repeat(64)
const layers = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots'
const superblock = (state = 'clean'): Uint8Array => bytes(['Filesystem features:      extent', `Filesystem state:         ${state}`])
const since = '2026-11-22T12:00:00.000Z'
const before = Date.parse(since) / 1000 - 60

const file = (digit: string, path: string, changed = before): string => `F\t${sum(digit)}\t9\t7\t${changed}\t${path}`
const disk = (...lines: string[]): Uint8Array => bytes([...lines, 'C\t1\t2\t9', 'Z'])
const listed = (...lines: string[]): Uint8Array =>
  bytes(['R\t0\tnode\t/\t', 'R\t1\tcontainer\t/app\t/proc/9/root', `R\t2\tlayer\t4\t${layers}/4/fs`, ...lines, 'Z'])
const told = (root: 'node' | 'container', exe: string, digit: string): ToldComponent => ({
  component: exe.replace(/^.*\//, ''),
  source: '/proc/9/exe',
  exe,
  root,
  observation: 'modules-1',
  sha256: sum(digit),
})

const sound: OutsideEvidence = {
  disk: {
    data: { ended: 'by its own shutdown', tool: 'debugfs 1' },
    superblock: superblock(),
    files: disk(file('a', '/usr/bin/kubelet'), file('b', `${layers}/4/fs/app`), file('c', '/usr/lib/libc.so'), 'L\t/bin\tusr/bin'),
  },
  told: [told('node', '/bin/kubelet', 'a'), told('container', '/app', 'b')],
  since,
  listed: listed(
    `F\t0\t${sum('a')}\t9\t/usr/bin/kubelet`,
    `F\t0\t${sum('c')}\t9\t/usr/lib/libc.so`,
    `F\t1\t${sum('b')}\t9\t/app`,
    `F\t2\t${sum('b')}\t9\t/app`,
    `F\t0\t${sum('f')}\t9\t/run/probe`,
    'M\t1\t/data\ta file system of its own (ext4), which was not entered',
  ),
}
const read = (change: Partial<OutsideEvidence> = {}): OutsideFacts & { state: 'read' } => {
  const facts = analyseOutside({ ...sound, ...change })
  if (facts.state !== 'read') throw new Error(facts.why)
  return facts
}
const withDisk = (...lines: string[]): Partial<OutsideEvidence> => ({ disk: { ...sound.disk, files: disk(...lines) } })

describe('a disk that holds what its node told', () => {
  it('agrees with each component, by its path and by its layer, and with each listed program', () => {
    expect(read()).toMatchObject({
      components: [
        { component: 'kubelet', state: 'same', disk: [{ path: '/usr/bin/kubelet' }] },
        { component: 'app', state: 'same', disk: [{ path: `${layers}/4/fs/app` }] },
      ],
      agreeing: 4,
      differing: [],
      absent: [],
      hidden: [],
      unlisted: [],
      diskGaps: [],
      nodeGaps: [],
      inMemory: 1,
      notEntered: 1,
      bytes: 9,
      tool: 'debugfs 1',
    })
  })

  it('knows a file by the layer it lies in', () => {
    expect(layerPath(`${layers}/12/fs/usr/bin/x`)).toBe('/usr/bin/x')
    expect(layerPath('/usr/bin/x')).toBeUndefined()
  })
})

describe('a disk that holds something else', () => {
  const other = withDisk(file('e', '/usr/bin/kubelet'), file('b', `${layers}/4/fs/app`), file('c', '/usr/lib/libc.so'), 'L\t/bin\tusr/bin')

  it('differs, as component and in the list', () => {
    const { components, differing } = read(other)
    expect(components[0]).toMatchObject({ state: 'differs', told: sum('a'), disk: [{ path: '/usr/bin/kubelet', sha256: sum('e') }] })
    expect(differing).toMatchObject([{ place: '/usr/bin/kubelet', told: sum('a') }])
  })

  it('has nothing where a component is said to run', () => {
    const { components, absent } = read(withDisk(file('a', '/usr/bin/kubelet'), file('c', '/usr/lib/libc.so')))
    expect(components.map(({ state }) => state)).toEqual(['absent', 'absent'])
    expect(absent.map(({ place }) => place)).toEqual(['/app (/app)', `${layers}/4/fs/app`])
  })

  it('does not take the content of another place for that of the component', () => {
    const { components } = read(withDisk(file('e', '/usr/bin/kubelet'), file('a', `${layers}/4/fs/bin/kubelet`), 'L\t/bin\tusr/bin'))
    expect(components[0]).toMatchObject({ state: 'differs' })
  })

  it('shows what the node kept to itself, unless it came later or lies where nothing is listed', () => {
    const more = [
      file('1', '/usr/lib/evil.so'),
      file('2', '/usr/lib/late.so', before + 3600),
      file('3', '/var/lib/containerd/opt/x'),
      file('4', '/run/old'),
    ]
    const { hidden, unlisted } = read(withDisk(...more))
    expect(hidden).toEqual([{ path: '/usr/lib/evil.so', sha256: sum('1') }])
    expect(unlisted).toEqual(['/usr/lib/late.so', '/var/lib/containerd/opt/x', '/run/old'])
  })
})

it('does not take for kept secret what the node said that it did not look at', () => {
  const evil = file('1', '/mnt/evil.so')
  const listing = (...lines: string[]) => listed(`F\t0\t${sum('a')}\t9\t/usr/bin/kubelet`, ...lines)
  const hiddenBy = (lines: string[]) => read({ ...withDisk(evil), listed: listing(...lines) }).hidden.length
  expect(hiddenBy([])).toBe(1)
  expect(hiddenBy(['M\t0\t/mnt\ta file system of its own (nfs), which was not entered'])).toBe(0)
  expect(hiddenBy(['M\t0\t/mn\ta file system of its own (nfs), which was not entered'])).toBe(1)
  expect(hiddenBy(['M\t0\t/a\tmore than 600000 entries: the rest was not looked at'])).toBe(0)
})

describe('a disk that says nothing', () => {
  it.each([
    ['nothing was read', { data: { failed: 'debugfs ended early' } }, { state: 'not-read', why: 'debugfs ended early' }],
    ['it was not left in order', { data: {}, superblock: superblock('not clean') }, { state: 'unclean' }],
    ['its superblock is none', { data: {}, superblock: bytes(['x']) }, { state: 'not-read' }],
    ['its files were not listed', { data: {}, superblock: superblock() }, { state: 'not-read', why: 'its files were not listed' }],
  ])('is not judged where %s', (_, own, expected) => {
    expect(analyseOutside({ ...sound, disk: own })).toMatchObject(expected)
  })

  it('names what is missing on either side', () => {
    expect(read({ listed: undefined }).nodeGaps).toEqual(['the node made no list of its programs in this run'])
    expect(read({ listed: bytes(['R\t0\tnode\t/\t']) }).nodeGaps).toEqual(['the list of executables was cut short'])
    expect(read({ disk: { ...sound.disk, files: bytes([file('a', '/x')]) } }).diskGaps).toEqual(['the list of the disk was cut short'])
    const { sha256: _, ...without } = told('node', '/bin/kubelet', 'a')
    expect(read({ told: [{ ...without, unread: 'gone' }] })).toMatchObject({
      components: [],
      untold: [{ component: 'kubelet', why: 'gone' }],
    })
  })
})
