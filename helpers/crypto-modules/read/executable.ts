import { createHash } from 'node:crypto'
import type { Reading } from '../../evidence/model.ts'
import { type BoringCryptoBuild, boringCryptoBuilds } from '../../policy/modules.ts'
import { readElf } from '../analyse/elf.ts'
import type { ExecutableData } from '../analyse/executable-data.ts'
import { type Image, joinRanges, type Range, recordingImage, wholeImage } from '../analyse/image.ts'
import { analyseImage, type FileIdentity } from '../analyse/image-facts.ts'
import { propose } from '../analyse/proposals.ts'
import { type Found, searchFile } from '../analyse/search.ts'

/** Where the bytes of a file come from: this machine, a container, a layer of an image. `open` gives them once, from the first to the last. */
export type FileSource = {
  path: string
  /** Size in bytes as the place itself states it; fewer bytes than that are a cut transfer. */
  size?: number
  /** How the bytes are fetched, as the evidence names it: `file of this machine`, `docker exec`. */
  means?: string
  open: (signal: AbortSignal) => AsyncIterable<Uint8Array>
}

export type ReadOptions = {
  signal?: AbortSignal
  /** Bytes up to which a file is held in memory; a larger one is hashed and not inspected. */
  limit?: number
  builds?: readonly BoringCryptoBuild[]
}

const defaultLimit = 512 * 1024 * 1024

/** Ranges of at least this length become blobs of their own, so that the same module in many files is stored once. */
const ownBlob = 128 * 1024
const joinedGap = 256

type Unread = { state: Exclude<ExecutableData['state'], 'read'>; reason: string; size?: number; sha256?: string }
type Fetched = { state: 'read'; whole: Uint8Array; size: number; sha256: string } | Unread

const isMissing = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  return ('code' in error && error.code === 'ENOENT') || isMissing(error.cause)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** All bytes in one walk, with their SHA-256. A stated size is a claim: memory is taken for it only below the limit, and it must come out right. */
const fetchWhole = async ({ size: stated, open }: FileSource, signal: AbortSignal, limit: number): Promise<Fetched> => {
  const hash = createHash('sha256')
  const held = new Uint8Array(stated !== undefined && stated <= limit ? stated : 0)
  const overflow: Uint8Array[] = []
  let size = 0
  for await (const chunk of open(signal)) {
    hash.update(chunk)
    if (size + chunk.length <= held.length) held.set(chunk, size)
    else if (stated === undefined && size + chunk.length <= limit) overflow.push(chunk)
    size += chunk.length
  }
  const sha256 = hash.digest('hex')
  if (stated !== undefined && size < stated) return { state: 'truncated', reason: `${size} of ${stated} bytes came`, size, sha256 }
  if (stated !== undefined && size > stated)
    return { state: 'unreadable', reason: `${size} bytes came where ${stated} were stated: the file changed` }
  if (size > limit) return { state: 'too-large', reason: `the file has ${size} bytes; up to ${limit} are inspected`, size, sha256 }
  return { state: 'read', whole: stated === undefined ? joined(overflow, size) : held, size, sha256 }
}

const joined = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** Whether one range lies in another. */
const isIn = (inner: Range, outer: Range): boolean =>
  outer.offset <= inner.offset && inner.offset + inner.length <= outer.offset + outer.length

/** The ranges as blobs: long ones each on their own, short ones behind each other in one. Copies, so that the file itself can be let go. */
const storedRanges = (image: Image, touched: readonly Range[]): Pick<ExecutableData, 'ranges'> & Pick<Reading, 'blobs'> => {
  const bytesOf = ({ offset, length }: Range): Uint8Array => {
    const bytes = image.bytes(offset, length)
    if (bytes === undefined) throw new Error(`the file ends before byte ${offset + length}`)
    return bytes
  }
  // Of two modules that a hostile file has at one place, the longer block holds the other.
  const candidates = touched.filter(({ length }) => length >= ownBlob)
  const long = candidates.filter((range) => !candidates.some((other) => other.length > range.length && isIn(range, other)))
  const isInLong = (range: Range): boolean => long.some((each) => isIn(range, each))
  const short = joinRanges(
    touched.filter((range) => !isInLong(range)),
    joinedGap,
  )
  const pieces = joined(
    short.map(bytesOf),
    short.reduce((sum, { length }) => sum + length, 0),
  )
  let at = 0
  const ranges: ExecutableData['ranges'] = []
  for (const { offset, length } of short) {
    ranges.push({ blob: 'pieces', at, offset, length })
    at += length
  }
  const blobs: Record<string, Uint8Array> = short.length === 0 ? {} : { pieces }
  for (const { offset, length } of long) {
    const blob = `block-${offset}`
    blobs[blob] = bytesOf({ offset, length }).slice()
    ranges.push({ blob, at: 0, offset, length })
  }
  return { ranges, blobs }
}

/** The tables of functions as they are stored: with the SHA-256 of their names, so that the absence of a name can be checked again on the file. */
const storedTables = (image: Image, tables: Found['functionTables']): ExecutableData['functionTables'] =>
  tables.map(({ offset, functions, names, matches }) => {
    const sha256 = createHash('sha256')
      .update(image.bytes(names.offset, names.length) ?? new Uint8Array())
      .digest('hex')
    return { offset, functions, names: { ...names, sha256 }, matches }
  })

/** A file whose bytes are at hand, whole or to be read in parts, and what a search over them found. */
export type SearchedFile = FileIdentity & { means: string; image: Image; found: Found }

/** What is kept of a file: what the search found, and the ranges that the analysis touches. Holds no more of the file than these. */
export const readSearched = (
  { path, size, sha256, means, image, found: searched }: SearchedFile,
  builds: readonly BoringCryptoBuild[] = boringCryptoBuilds,
): Reading => {
  const elf = readElf(image)
  const found: Found = { ...searched, ...(elf.state === 'elf' && { proposals: propose(image, elf.elf, searched, builds) }) }
  const { image: recording, ranges: touched } = recordingImage(image)
  analyseImage(recording, { path, size, sha256 }, found, builds)
  const { ranges, blobs } = storedRanges(image, touched())
  const data: ExecutableData = {
    state: 'read',
    path,
    size,
    sha256,
    ...found,
    functionTables: storedTables(image, found.functionTables),
    ranges,
  }
  return { kind: 'executable', means, source: path, data, blobs }
}

/**
 * Reads an executable once, from its first byte to its last, and keeps of it what the analysis reads: its whole-file SHA-256 and size, the hits of every needle, and
 * the ranges that the same analysis touches when it runs on the whole file (ELF and program headers, build info, module block with its digest, table entries of
 * the wanted functions). It judges nothing. Holds one file in memory. A file that cannot be read is a reading, too: it says why.
 */
export const readExecutable = async (source: FileSource, options: ReadOptions = {}): Promise<Reading> => {
  const { signal = new AbortController().signal, limit = defaultLimit, builds = boringCryptoBuilds } = options
  const { path, means = 'file' } = source
  const reading = (data: ExecutableData, blobs: Reading['blobs']): Reading => ({ kind: 'executable', means, source: path, data, blobs })
  const fetched = await fetchWhole(source, signal, limit).catch((error: unknown): Unread => {
    // An abort says nothing of the file.
    if (signal.aborted) throw error
    return { state: isMissing(error) ? 'missing' : 'unreadable', reason: messageOf(error) }
  })
  if (fetched.state !== 'read') return reading({ ...fetched, path, needles: [], functionTables: [], ranges: [] }, {})

  const { whole, size, sha256 } = fetched
  return readSearched({ path, size, sha256, means, image: wholeImage(whole), found: searchFile(whole, builds) }, builds)
}
