import { createHash, type Hash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import type { ExecutableFacts } from '../crypto-modules/analyse/executable-facts.ts'
import { type Image, wholeImage } from '../crypto-modules/analyse/image.ts'
import { analyseImage } from '../crypto-modules/analyse/image-facts.ts'
import { type Found, type Search, searchOverlap, startSearch } from '../crypto-modules/analyse/search.ts'
import type { SearchedFile } from '../crypto-modules/read/executable.ts'
import type { Reading } from '../evidence/model.ts'
import { type BoringCryptoBuild, boringCryptoBuilds } from '../policy/modules.ts'
import { fileImage, readFully } from './file-image.ts'
import { type Format, formatOf, headLength } from './format.ts'
import { type AnalyseOptions, type Analysis, type Content, pathPlaceholder } from './model.ts'
import { fsPath } from './raw-path.ts'

/** Files up to here are held in memory while they are analysed; larger ones are read in windows. */
const defaultWhole = 128 * 1024 * 1024
const chunkLength = 256 * 1024

export type Analyser = {
  analyse: (content: Content, options: AnalyseOptions) => Promise<Analysis>
}

/** Asked once a digest is known: whether this content has not been taken by anybody yet. */
export type Claim = (sha256: string) => boolean

/** Claims of one thread. */
export const ownClaims = (): Claim => {
  const taken = new Set<string>()
  return (sha256) => taken.size !== taken.add(sha256).size
}

type Opened = {
  size: number
  image: Image
  file?: { descriptor: number; base: number }
  bytes?: Uint8Array
  isUnchanged: () => boolean
  close: () => void
}

const changed = 'the file changed while it was read'
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What the system says of a file is told as it is. Anything else is a defect of the analysis, which must not end a scan of many files, nor look like one of the file. */
const troubleOf = (error: unknown): string =>
  error instanceof Error && 'syscall' in error ? error.message : `its analysis failed, which is a defect of this program: ${String(error)}`

/** Opens without following a link that the user did not name, and without waiting for a pipe's other end. */
const flagsOf = (follow: boolean): number => constants.O_RDONLY | constants.O_NONBLOCK | (follow ? 0 : constants.O_NOFOLLOW)

const open = (content: Content): Opened | { reason: string } => {
  if (content.kind === 'memory') {
    const { bytes } = content
    return { size: bytes.length, image: wholeImage(bytes), bytes, isUnchanged: () => true, close: () => undefined }
  }
  const descriptor = openSync(fsPath(content.path), flagsOf(content.kind === 'range' || content.follow))
  const close = (): void => closeSync(descriptor)
  const before = fstatSync(descriptor, { bigint: true })
  if (!before.isFile()) {
    close()
    return { reason: 'it is no regular file any more' }
  }
  const [base, size] = content.kind === 'range' ? [content.offset, content.size] : [0, Number(before.size)]
  const isUnchanged = (): boolean => {
    const after = fstatSync(descriptor, { bigint: true })
    return after.size === before.size && after.mtimeNs === before.mtimeNs && after.ctimeNs === before.ctimeNs
  }
  return { size, image: fileImage(descriptor, base, size), file: { descriptor, base }, isUnchanged, close }
}

const isGo = (facts: ExecutableFacts, { functionTables }: Found): boolean =>
  functionTables.length > 0 || (facts.state === 'inspected' && facts.buildInfo !== undefined)

/** What a bundle keeps. Loaded when it is first wanted: a scan without a bundle starts sooner. */
const readingOf = async (file: SearchedFile, builds: readonly BoringCryptoBuild[]): Promise<Reading> => {
  const { readSearched } = await import('../crypto-modules/read/executable.ts')
  return readSearched(file, builds)
}

/**
 * Analyses contents one after the other. One buffer is used again for all of them: fresh memory for each file would cost more than reading it.
 */
export const createAnalyser = (claim: Claim, { whole: wholeLimit = defaultWhole } = {}): Analyser => {
  let buffer: Uint8Array = new Uint8Array()
  const bufferFor = (length: number): Uint8Array => {
    // All of it at once: pages that are never touched cost nothing, and a buffer that grows is faulted in again each time.
    if (buffer.length < length) buffer = new Uint8Array(Buffer.allocUnsafeSlow(Math.max(length, wholeLimit)).buffer)
    return buffer.subarray(0, length)
  }

  const heads = new Uint8Array(headLength)
  const headOf = ({ size, file, bytes }: Opened): Uint8Array => {
    if (file === undefined) return bytes?.subarray(0, headLength) ?? new Uint8Array()
    const head = heads.subarray(0, Math.min(size, headLength))
    return head.subarray(0, readFully(file.descriptor, head, file.base))
  }

  /**
   * All bytes in one walk: each part is hashed and searched while it is still in the processor's cache. Held where they fit, else kept only as long as it takes.
   * Undefined where the file ended early.
   */
  const take = ({ size, file, bytes }: Opened, hash: Hash | undefined, search: Search | undefined): { held?: Uint8Array } | undefined => {
    const held = bytes ?? (size <= wholeLimit ? bufferFor(size) : undefined)
    const parts = held ?? bufferFor(searchOverlap + chunkLength)
    for (let at = 0; at < size; at += chunkLength) {
      const length = Math.min(chunkLength, size - at)
      const before = Math.min(searchOverlap, at)
      const from = held ? at - before : searchOverlap - before
      // What is not held begins with the end of the part before.
      if (held === undefined && at > 0) parts.copyWithin(0, chunkLength, chunkLength + searchOverlap)
      const part = parts.subarray(from + before, from + before + length)
      if (file !== undefined && readFully(file.descriptor, part, file.base + at) < length) return undefined
      hash?.update(part)
      search?.add(parts.subarray(from, from + before + length), at - before)
    }
    return held ? { held } : {}
  }

  const analyseOpened = async (
    opened: Opened,
    { digest, all, evidence, again = false, builds = boringCryptoBuilds }: AnalyseOptions,
  ): Promise<Analysis> => {
    const { size, image } = opened
    const head = headOf(opened)
    if (head.length < Math.min(size, headLength)) return { state: 'unreadable', reason: changed, size }
    const format: Format = formatOf(head)
    const known = { state: 'analysed', format, size } as const
    const isData = format === 'data' || format === 'archive'
    if ((isData || format === 'script') && (digest === 'none' || (isData && !all))) return known
    const hash = digest === 'sha256' ? createHash('sha256') : undefined
    // Only ELF files are searched; of the others the first bytes say all that is said.
    const search = format === 'elf' ? startSearch(builds) : undefined
    const taken = take(opened, hash, search)
    if (taken === undefined || !opened.isUnchanged()) return { state: 'unreadable', reason: changed, size }
    const sha256 = hash?.digest('hex')
    const digested = { ...known, ...(sha256 !== undefined && { sha256 }) }
    if (isData) return digested
    if (sha256 !== undefined && !claim(sha256) && !again) return { state: 'twin', format, size, sha256 }
    const identity = { path: pathPlaceholder, size, sha256: sha256 ?? '' }
    const seen = taken.held ? wholeImage(taken.held) : image
    const found: Found = search?.finish(seen) ?? { needles: [], functionTables: [] }
    const facts = analyseImage(seen, identity, found, builds)
    const go = isGo(facts, found)
    const isKept = evidence && format !== 'script' && (go || all || facts.state !== 'inspected') && facts.state !== 'data'
    const reading = isKept ? { reading: await readingOf({ ...identity, means: 'file of this machine', image: seen, found }, builds) } : {}
    if (!opened.isUnchanged()) return { state: 'unreadable', reason: changed, size }
    return { ...digested, facts, go, ...reading }
  }

  return {
    analyse: async (content, options) => {
      let opened: Opened | { reason: string }
      try {
        opened = open(content)
      } catch (error) {
        return { state: 'unreadable', reason: reasonOf(error) }
      }
      if ('reason' in opened) return { state: 'unreadable', reason: opened.reason }
      try {
        return await analyseOpened(opened, options)
      } catch (error) {
        return { state: 'unreadable', reason: troubleOf(error), size: opened.size }
      } finally {
        opened.close()
      }
    },
  }
}
