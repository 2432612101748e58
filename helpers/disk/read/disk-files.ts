import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { Reading } from '../../evidence/model.ts'
import { resolvePath } from '../analyse/disk-list.ts'
import { escapedPath } from '../analyse/listed-executables.ts'
import { layerPath, type ToldPlace } from '../analyse/places.ts'
import { analyseSuperblock, blockSizeOf } from '../analyse/superblock.ts'
import { type Debugfs, type DebugfsProgram, openDebugfs } from './debugfs.ts'
import { type DiskEntry, readTree } from './tree.ts'

/** What of a file decides whether it is a program or a library: the identification and the type (System V ABI, ELF header). */
const headLength = 20

/** Whether a file that begins so is an ELF program or library; an object file, such as a module of the kernel, is none. */
const isProgram = (head: Uint8Array): boolean => {
  if (head.length < headLength || head[0] !== 0x7f || String.fromCharCode(...head.subarray(1, 4)) !== 'ELF') return false
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  return view.getUint16(16, head[5] !== 2) !== 1
}

/** The first bytes of files, straight from the disk: `firstBlocks` are numbers of blocks; undefined where there is none. */
const headsOf = async (
  disk: string,
  blockSize: number,
  firstBlocks: readonly (number | undefined)[],
): Promise<(Uint8Array | undefined)[]> => {
  const handle = openSync(disk, 'r')
  const heads: (Uint8Array | undefined)[] = []
  try {
    for (const block of firstBlocks) {
      const head = new Uint8Array(headLength)
      heads.push(block === undefined ? undefined : head.subarray(0, readSync(handle, head, 0, headLength, block * blockSize)))
      if (heads.length % 1000 === 0) await setImmediate()
    }
  } finally {
    closeSync(handle)
  }
  return heads
}

/** Files that begin as programs do, by inode. What has no first block (its bytes are elsewhere) is decided when it is read. */
const candidates = async (
  debugfs: Debugfs,
  disk: string,
  blockSize: number,
  files: readonly DiskEntry[],
): Promise<{ inode: number; size: number }[]> => {
  const large = [...new Map(files.filter(({ size }) => size >= headLength).map((file) => [file.inode, file])).values()]
  const printed = await debugfs.ask(large.map(({ inode }) => `bmap <${inode}> 0`))
  const blocks = printed.map((text) => (/^[1-9]\d*\s/.test(text) ? Number.parseInt(text, 10) : undefined))
  const heads = await headsOf(disk, blockSize, blocks)
  // Zero is a hole: such a file begins with zeros.
  return large.filter((_, index) => {
    const head = heads[index]
    return head === undefined ? !/^0\s/.test(printed[index] ?? '') : isProgram(head)
  })
}

/** Follows the links on the way to the places where components were seen to run; gives where they lead, and the links. */
const followed = async (
  debugfs: Debugfs,
  byPath: ReadonlyMap<string, DiskEntry>,
  paths: readonly string[],
): Promise<{ places: string[]; links: Map<string, string> }> => {
  const links = new Map<string, string>()
  const targetOf = (path: string): string | 'not a link' | undefined => (byPath.get(path)?.kind === 'link' ? links.get(path) : 'not a link')
  const places: string[] = []
  for (const path of paths) {
    let way = resolvePath(path, targetOf)
    while ('missing' in way) {
      const entry = byPath.get(way.missing)
      const [printed = ''] = await debugfs.ask([`stat <${entry?.inode ?? 0}>`])
      links.set(way.missing, /^Fast link dest: "(.*)"\n/ms.exec(printed)?.[1] ?? '')
      way = resolvePath(path, targetOf)
    }
    if ('path' in way) places.push(way.path)
  }
  return { places, links }
}

/** When each inode was last changed: ctime, in seconds since 1970; 0 where it is not told. */
const changesOf = async (debugfs: Debugfs, inodes: readonly number[]): Promise<Map<number, number>> => {
  const printed = await debugfs.ask(inodes.map((inode) => `stat <${inode}>`))
  return new Map(
    inodes.map((inode, index) => [inode, Number.parseInt(/^\s*ctime: 0x([0-9a-f]+)/m.exec(printed[index] ?? '')?.[1] ?? '0', 16)]),
  )
}

type Hashed = { hash: Hash; head: Uint8Array; size: number }

/** Digests of whole files, by inode. */
const hashed = async (
  debugfs: Debugfs,
  files: readonly { inode: number; size: number }[],
  note: (text: string) => void,
): Promise<Map<number, Hashed>> => {
  const all = files.map(({ size }): Hashed => ({ hash: createHash('sha256'), head: new Uint8Array(), size }))
  let bytes = 0
  let last = -1
  await debugfs.contents(files, (index, chunk) => {
    const one = all[index]
    if (one === undefined) return
    one.hash.update(chunk)
    if (one.head.length < headLength) one.head = Uint8Array.from(Buffer.concat([one.head, chunk.subarray(0, headLength)]))
    bytes += chunk.length
    if (index !== last && index % 50 === 0) note(`${index} of ${files.length} files, ${Math.round(bytes / 1e6)} MB`)
    last = index
  })
  return new Map(files.map(({ inode }, index) => [inode, all[index] as Hashed]))
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const listOf = async (
  debugfs: Debugfs,
  { disk, blockSize, places: told, note }: { disk: string; blockSize: number; places: readonly ToldPlace[]; note: (text: string) => void },
): Promise<string> => {
  const { entries, notRead } = await readTree(debugfs, note)
  const files = entries.filter(({ kind }) => kind === 'file')
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  const ofNode = told.filter(({ root }) => root === 'node').map(({ exe }) => exe)
  const inContainers = new Set(told.filter(({ root }) => root === 'container').map(({ exe }) => exe))
  const { places, links } = await followed(debugfs, byPath, ofNode)
  const wanted = new Set(places)
  const atPlaces = files.filter(({ path }) => wanted.has(path) || inContainers.has(layerPath(path) ?? ''))
  const programs = await candidates(debugfs, disk, blockSize, files)
  const reading = [...new Map([...programs, ...atPlaces].map(({ inode, size }) => [inode, { inode, size }])).values()]
  const changes = await changesOf(
    debugfs,
    reading.map(({ inode }) => inode),
  )
  const read = await hashed(debugfs, reading, note)
  const keep = new Set(atPlaces.map(({ inode }) => inode))
  for (const [inode, { head }] of read) if (isProgram(head.subarray(0, headLength))) keep.add(inode)
  const digests = new Map([...keep].map((inode) => [inode, read.get(inode)?.hash.digest('hex') ?? '']))
  const bytes = [...read.values()].reduce((sum, { size }) => sum + size, 0)
  return [
    ...files
      .filter(({ inode }) => digests.has(inode))
      .toSorted((a, b) => byText(a.path, b.path))
      .map(({ path, inode, size }) => ['F', digests.get(inode), size, inode, changes.get(inode), escapedPath(path)].join('\t')),
    ...[...links].map(([path, target]) => `L\t${escapedPath(path)}\t${escapedPath(target)}`),
    ...notRead.map(({ path, why }) => `M\t${escapedPath(path)}\t${why}`),
    `C\t${entries.filter(({ kind }) => kind === 'directory').length}\t${files.length}\t${bytes}`,
    'Z\n',
  ].join('\n')
}

export type DiskToRead = {
  node: string
  /** Path on this machine of the raw disk, whose first byte is that of the file system. */
  disk: string
  program: DebugfsProgram
  means: string
  /** Where components were seen to run: what lies there is read whatever it is. */
  places: readonly ToldPlace[]
  /** How the machine was ended. */
  ended: string
  note?: (text: string) => void
}

/**
 * Reads the disk of a machine that does not run, from outside and without the machine's own kernel: every ELF program and library on it, and what lies where components
 * were seen to run, each with the SHA-256 of its whole bytes. It judges nothing, and a disk that cannot be read is a reading, too: it says why.
 * What was not left in order is not looked into: half of it may stand elsewhere.
 */
export const readDiskFiles = async (
  { node, disk, program, means, places, ended, note }: DiskToRead,
  signal: AbortSignal,
): Promise<Reading> => {
  const reading = (data: Reading['data'], blobs: Reading['blobs']): Reading => ({
    kind: 'disk-files',
    means,
    source: `${node}: raw disk`,
    data: { node, ended, ...data },
    blobs,
  })
  const debugfs = openDebugfs(program, signal)
  const blobs: Record<string, Uint8Array> = {}
  try {
    const [printed = ''] = await debugfs.ask(['show_super_stats -h'])
    blobs.superblock = Uint8Array.from(Buffer.from(printed, 'latin1'))
    const blockSize = blockSizeOf(printed)
    if (analyseSuperblock(printed).state !== 'clean' || blockSize === undefined) return reading({}, blobs)
    const list = await listOf(debugfs, { disk, blockSize, places, note: note ?? (() => undefined) })
    blobs.files = Uint8Array.from(Buffer.from(list, 'latin1'))
    return reading({ tool: debugfs.words().split('\n')[0] ?? '' }, blobs)
  } catch (error) {
    // An abort says nothing of the disk.
    signal.throwIfAborted()
    return reading({ failed: error instanceof Error ? error.message : String(error) }, blobs)
  } finally {
    await debugfs.close()
  }
}
