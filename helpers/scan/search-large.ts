import { createHash } from 'node:crypto'
import { bytesOfHex, hexOf, numbersOf } from '../crypto-modules/analyse/bytes.ts'
import { type Elf, readElf } from '../crypto-modules/analyse/elf.ts'
import {
  type FunctionName,
  type FunctionTable,
  functionTableMagics,
  nameAt,
  readFunctionTable,
} from '../crypto-modules/analyse/function-table.ts'
import type { Image } from '../crypto-modules/analyse/image.ts'
import { findNeedles, type Needle } from '../crypto-modules/analyse/needles.ts'
import { type Found, type FoundFunctions, needlesFor, packageOf, wantedNames } from '../crypto-modules/analyse/search.ts'
import { type BoringCryptoBuild, noCryptography } from '../policy/modules.ts'
import { cryptographyTraces } from '../policy/modules-cryptography.ts'

// searchFile wants the whole file in memory. A file that is too large for that is searched here in windows, with the same result (the test holds both against each other).

const windowLength = 8 * 1024 * 1024
const maximumOffsets = 16
const maximumTables = 4
/** Entries of a table of functions that are read at once, and the span of their records that is. */
const entriesAtOnce = 65_536
const maximumSpan = 64 * 1024 * 1024

/** Windows of the image, each with `overlap` bytes of the next one behind it. */
const windows = function* (image: Image, overlap: number): Generator<{ start: number; bytes: Uint8Array; own: number }> {
  for (let start = 0; start < image.size; start += windowLength) {
    const own = Math.min(windowLength, image.size - start)
    const bytes = image.bytes(start, Math.min(own + overlap, image.size - start))
    if (bytes === undefined) throw new Error(`the file ends before byte ${start + own}`)
    yield { start, bytes, own }
  }
}

const allNeedles = (builds: readonly BoringCryptoBuild[]): Needle[] => [
  ...needlesFor(builds),
  ...cryptographyTraces.map(({ id, hex }) => ({ id, bytes: bytesOfHex(hex) })),
]

/** Names of the table that start with one of the prefixes, by their offset in it. */
const wantedIn = (image: Image, table: FunctionTable, names: Uint8Array, prefixes: readonly string[]): Map<number, string> => {
  const found = new Map<number, string>()
  const text = Buffer.from(names.buffer, names.byteOffset, names.byteLength)
  for (const prefix of prefixes) {
    for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
      const name = at > 0 && text[at - 1] !== 0 ? undefined : nameAt(image, table, at)
      if (name !== undefined) found.set(at, name)
    }
  }
  return found
}

/** The functions whose name offset is wanted: pairs and records are read in blocks. A record outside the file counts as none, as it does in a whole file. */
const functionsNamed = (image: Image, table: FunctionTable, wanted: ReadonlyMap<number, string>): FunctionName[] => {
  const modern = table.layout === 'go1.18'
  const pair = modern ? 8 : 2 * table.wordSize
  const field = modern ? 4 : table.wordSize
  const found: FunctionName[] = []
  for (let first = 0; first < table.functions; first += entriesAtOnce) {
    const count = Math.min(entriesAtOnce, table.functions - first)
    const pairs = image.bytes(table.index + first * pair, count * pair)
    if (pairs === undefined) return found
    const numbers = numbersOf(pairs, table.order, table.wordSize)
    const records = Array.from(
      { length: count },
      (_, index) => table.records + field + (modern ? numbers.u32(index * pair + 4) : numbers.word(index * pair + table.wordSize)),
    )
    const inside = records.filter((at) => at + 4 <= image.size)
    const start = inside.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY)
    const end = inside.reduce((most, at) => Math.max(most, at + 4), 0)
    const span = inside.length > 0 && end - start <= maximumSpan ? image.bytes(start, end - start) : undefined
    const values = span && numbersOf(span, table.order, 4)
    for (const [index, at] of records.entries()) {
      if (!(at + 4 <= image.size)) continue
      const own = values ? undefined : image.bytes(at, 4)
      const offset = values ? values.u32(at - start) : own && numbersOf(own, table.order, 4).u32(0)
      const name = offset === undefined ? undefined : wanted.get(offset)
      if (name !== undefined) found.push({ index: first + index, name })
    }
  }
  return found
}

const firstOfEachPackage = (functions: readonly FunctionName[]): FunctionName[] => {
  const first = new Map<string, FunctionName>()
  for (const each of functions) {
    const path = packageOf(each.name)
    const isPlain = noCryptography.some((suffix) => path.endsWith(`golang.org/x/crypto/${suffix}`))
    if (!isPlain && !first.has(path)) first.set(path, each)
  }
  return [...first.values()]
}

const tableAt = (image: Image, elf: Elf, offset: number): FoundFunctions | undefined => {
  const table = readFunctionTable(image, elf, offset)
  const names = table && image.bytes(table.names, table.namesEnd - table.names)
  if (table === undefined || names === undefined) return undefined
  const all = functionsNamed(image, table, wantedIn(image, table, names, wantedNames.all))
  const isWanted = new Set(all.map(({ index }) => index))
  const witnesses = firstOfEachPackage(functionsNamed(image, table, wantedIn(image, table, names, wantedNames.witness))).filter(
    ({ index }) => !isWanted.has(index),
  )
  return {
    offset,
    functions: table.functions,
    names: { offset: table.names, length: names.length, sha256: createHash('sha256').update(names).digest('hex') },
    matches: [...all, ...witnesses].toSorted((a, b) => a.index - b.index),
  }
}

/** Offsets below `own`, in order and four bytes apart, at which the header of a table may start: its magic and two zero bytes. */
const tableOffsets = (bytes: Uint8Array, own: number, magics: ReadonlySet<number>): number[] => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const mark = Buffer.alloc(6)
  const found: number[] = []
  for (const magic of magics) {
    mark.writeUInt32LE(magic)
    for (let at = buffer.indexOf(mark); at >= 0 && at < own; at = buffer.indexOf(mark, at + 1)) if (at % 4 === 0) found.push(at)
  }
  return found.toSorted((a, b) => a - b)
}

/** What `searchFile` finds, from an image that is read in windows of 8 MB. */
export const searchLarge = (image: Image, builds: readonly BoringCryptoBuild[]): Found => {
  const needles = allNeedles(builds)
  const overlap = Math.max(...needles.map(({ bytes }) => bytes.length)) - 1
  const found = needles.map(({ id, bytes }) => ({ id, count: 0, offsets: [] as number[], hex: hexOf(bytes) }))
  const result = readElf(image)
  const elf = result.state === 'elf' ? result.elf : undefined
  const magics = elf && functionTableMagics(elf.order)
  const functionTables: FoundFunctions[] = []
  for (const { start, bytes, own } of windows(image, overlap)) {
    for (const [which, { offsets }] of findNeedles(bytes, needles, Number.POSITIVE_INFINITY).entries()) {
      const hits = found[which]
      const fresh = offsets.filter((offset) => offset < own)
      if (hits === undefined) continue
      hits.count += fresh.length
      hits.offsets.push(...fresh.slice(0, Math.max(0, maximumOffsets - hits.offsets.length)).map((offset) => start + offset))
    }
    if (elf === undefined || magics === undefined) continue
    for (const at of tableOffsets(bytes, own, magics)) {
      const table = functionTables.length < maximumTables ? tableAt(image, elf, start + at) : undefined
      if (table !== undefined) functionTables.push(table)
    }
  }
  return { needles: found, functionTables }
}
