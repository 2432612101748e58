import { type BoringCryptoBuild, boringSslSelfTestText } from '../../policy/modules.ts'
import { cryptographyTraces } from '../../policy/modules-cryptography.ts'
import { digestNeedles } from './boringcrypto.ts'
import { buildInfoMagic } from './build-info.ts'
import { type ByteOrder, bytesOfHex, hexOf } from './bytes.ts'
import { type Elf, readElf } from './elf.ts'
import { fipsInfoMagic, fipsInfosAt, fipsLengths, maximumSelfCheck } from './fips-info.ts'
import { type FunctionName, functionTableStarts, readFunctionTable } from './function-table.ts'
import { type Image, wholeImage } from './image.ts'
import { eachNeedle, findNeedles, type Hits, type Needle } from './needles.ts'
import type { Proposals } from './proposals.ts'
import { wantedFunctions } from './wanted-functions.ts'

/** What a table of functions holds of what was looked for. */
export type FoundFunctions = {
  /** File offset of the table's header. */
  offset: number
  functions: number
  /** The name table as a whole: where all names stand, and so the absence of one can be seen. */
  names: { offset: number; length: number }
  /** Functions with a wanted name, in the order of the table. */
  matches: FunctionName[]
}

/** What only a walk over the whole file can tell; everything else follows from ranges of it. */
export type Found = {
  needles: (Hits & { hex: string })[]
  functionTables: FoundFunctions[]
  /** Absent where only this search was made; analysis of the whole file looks for itself then. */
  proposals?: Proposals
}

/** Start of the ids under which digests of known builds are looked for. */
const digestNeedle = 'digest:'
export const buildInfoNeedle = 'go-build-info'
export const selfTestNeedle = 'boringssl-self-test'
export const fipsInfoNeedle = 'go-fips-info'

/** Offsets that are kept for one needle; more than any honest file has. */
const maximumOffsets = 16
const maximumTables = 4

/** The kept offsets of a needle. */
export const offsetsOf = ({ needles }: Pick<Found, 'needles'>, needle: string): readonly number[] =>
  needles.find(({ id }) => id === needle)?.offsets ?? []

/** What is looked for over the whole file. */
const needlesFor = (builds: readonly BoringCryptoBuild[]): Needle[] => [
  ...digestNeedles(builds),
  { id: buildInfoNeedle, bytes: buildInfoMagic },
  { id: fipsInfoNeedle, bytes: fipsInfoMagic },
  { id: selfTestNeedle, bytes: new TextEncoder().encode(boringSslSelfTestText) },
]

/** How many bytes before its own a window has to have, so that nothing is missed that lies across its border. */
export const searchOverlap = 72
const windowLength = 1024 * 1024

/** Places of headers that are kept while the bytes go by. Where there are more, the rest is looked for once again. */
const maximumHeaders = 4096

const headerNeedle = (order: ByteOrder): string => `function-table:${order}`

/** The starts that the header of a function table may have: its magic, two zero bytes, instruction quantum, word size. Headers are aligned. */
const headerNeedles: readonly Needle[] = (['little', 'big'] as const).flatMap((order) =>
  functionTableStarts(order).map((bytes) => ({ id: headerNeedle(order), bytes, step: 4 })),
)

/** Places in the hits at which a header in one order of bytes may stand, in the order of the file. */
const headersOf = (hits: readonly Hits[], order: ByteOrder): number[] =>
  hits.flatMap(({ id, offsets }) => (id === headerNeedle(order) ? offsets : [])).toSorted((a, b) => a - b)

/** Places of headers behind an offset, in a file that is at hand. */
const headersBehind = function* (image: Image, from: number, order: ByteOrder): Generator<number> {
  let last = from
  for (const { start, bytes } of windowsOf(image, from)) {
    for (const offset of headersOf(findNeedles(bytes, headerNeedles, Number.POSITIVE_INFINITY), order)) {
      if (start + offset <= last) continue
      last = start + offset
      yield last
    }
  }
}

/** Windows of a file that is at hand, from an offset on: each begins with bytes of the one before it. */
const windowsOf = function* (image: Image, from = 0): Generator<{ start: number; bytes: Uint8Array }> {
  for (let at = from - (from % windowLength); at < image.size; at += windowLength) {
    const start = Math.max(0, at - searchOverlap)
    const bytes = image.bytes(start, Math.min(at + windowLength, image.size) - start)
    if (bytes === undefined) throw new Error(`the file ends before byte ${Math.min(at + windowLength, image.size)}`)
    yield { start, bytes }
  }
}

/** Hits over windows that come in the order of the file: what lies wholly in the window before was counted there. `limit` bounds the offsets that are kept. */
const countNeedles = (needles: readonly Needle[], limit: number) => {
  const hits = needles.map(({ id }): Hits => ({ id, count: 0, offsets: [] }))
  let end = 0
  return {
    hits,
    add: (window: Uint8Array, start: number): void => {
      // Needles that are aligned are aligned in the file.
      const first = -start & 3
      eachNeedle(window.subarray(first), needles, (which, offset) => {
        const [known, length] = [hits[which], needles[which]?.bytes.length]
        const at = start + first + offset
        if (known === undefined || length === undefined || at + length <= end) return
        known.count++
        if (known.offsets.length < limit) known.offsets.push(at)
      })
      end = start + window.length
    },
  }
}

const traceNeedles: readonly Needle[] = cryptographyTraces.map(({ id, hex }) => ({ id, bytes: bytesOfHex(hex) }))

/**
 * Traces of cryptography are looked for where the absence of it may be proven: beside Go's own record of its module, without a known module, and not where that record
 * alone says that the program uses the module.
 */
const mayBeFree = (hits: readonly Hits[], image: Image, elf: Elf | undefined): boolean => {
  const records = hits.find(({ id, count }) => id === fipsInfoNeedle && count > 0)
  if (records === undefined || hits.some(({ id, count }) => id.startsWith(digestNeedle) && count > 0)) return false
  const [info, second] = elf === undefined ? [] : fipsInfosAt(image, elf, records.offsets)
  return info === undefined || second !== undefined || (fipsLengths(info)[0] ?? 0) <= maximumSelfCheck
}

const findFunctionTables = (image: Image, elf: Elf, headers: Iterable<number>): FoundFunctions[] => {
  const found: FoundFunctions[] = []
  for (const offset of headers) {
    const table = readFunctionTable(image, elf, offset)
    const names = table && image.bytes(table.names, table.namesEnd - table.names)
    if (table === undefined || names === undefined) continue
    found.push({
      offset,
      functions: table.functions,
      names: { offset: table.names, length: names.length },
      matches: wantedFunctions(image, table, names),
    })
    if (found.length === maximumTables) break
  }
  return found
}

/** A search over a file while its bytes go by. */
export type Search = {
  /** The next bytes, from offset `start` of the file on: without a gap, and beginning with `searchOverlap` bytes that were there before (fewer at the start of the file). */
  add: (window: Uint8Array, start: number) => void
  /** What was found, once all bytes went by. `image`: the same file; of it the tables of functions are read, and all of it once again where traces are looked for. */
  finish: (image: Image) => Found
}

/** What is looked for in every file, made once for a table of builds. */
const preparedFor = (builds: readonly BoringCryptoBuild[]): { known: readonly Needle[]; all: readonly Needle[] } => {
  const made = prepared.get(builds)
  if (made) return made
  const known = needlesFor(builds)
  const both = { known, all: [...known, ...headerNeedles] }
  prepared.set(builds, both)
  return both
}
const prepared = new WeakMap<readonly BoringCryptoBuild[], { known: readonly Needle[]; all: readonly Needle[] }>()

const hexed = (hits: readonly Hits[], needles: readonly Needle[]): Found['needles'] =>
  hits.map(({ id, count, offsets }, at) => ({
    id,
    count,
    offsets: offsets.slice(0, maximumOffsets),
    hex: hexOf(needles[at]?.bytes ?? new Uint8Array()),
  }))

/** The walk over a whole file, of which only what is asked for has to be in memory. About 0.1 s for 1 GB, and what the table of a program takes. */
export const startSearch = (builds: readonly BoringCryptoBuild[]): Search => {
  const { known, all } = preparedFor(builds)
  const { hits, add } = countNeedles(all, maximumHeaders)
  return {
    add,
    finish: (image) => {
      const result = readElf(image)
      const elf = result.state === 'elf' ? result.elf : undefined
      const first = hexed(hits.slice(0, known.length), known)
      const traces = countNeedles(mayBeFree(first, image, elf) ? traceNeedles : [], maximumOffsets)
      if (traces.hits.length > 0) for (const { bytes, start } of windowsOf(image)) traces.add(bytes, start)
      const headers = function* (order: ByteOrder): Generator<number> {
        // Of a needle that stands too often, the places behind the last one that is kept are unknown.
        const cut = hits.filter(({ id, count, offsets }) => id === headerNeedle(order) && count > offsets.length)
        const end = Math.min(...cut.map(({ offsets }) => offsets.at(-1) ?? 0))
        yield* headersOf(hits, order).filter((offset) => offset <= end)
        if (cut.length > 0) yield* headersBehind(image, end, order)
      }
      return {
        needles: [...first, ...hexed(traces.hits, traceNeedles)],
        functionTables: elf === undefined ? [] : findFunctionTables(image, elf, headers(elf.order)),
      }
    },
  }
}

/** The walk over a file that is at hand, whole or to be read in parts. */
export const searchImage = (image: Image, builds: readonly BoringCryptoBuild[]): Found => {
  const search = startSearch(builds)
  for (const { bytes, start } of windowsOf(image)) search.add(bytes, start)
  return search.finish(image)
}

/** The walk over a whole file in memory. */
export const searchFile = (whole: Uint8Array, builds: readonly BoringCryptoBuild[]): Found => searchImage(wholeImage(whole), builds)
