import { type ByteOrder, numbersOf, textOf } from './bytes.ts'
import { type Elf, segmentAt } from './elf.ts'
import type { Image } from './image.ts'

/**
 * Go's table of functions (pclntab; Go source, `src/debug/gosym/pclntab.go`, `src/internal/abi/symtab.go`). It survives stripping.
 * Offsets are in the file, in bytes.
 */
export type FunctionTable = {
  offset: number
  layout: 'go1.2' | 'go1.16' | 'go1.18'
  order: ByteOrder
  wordSize: 4 | 8
  /** Number of functions. */
  functions: number
  /** Where the names start, and where they end at the latest. */
  names: number
  namesEnd: number
  /** Where the pairs (entry, offset of the record) start; offsets of records count from `records`. */
  index: number
  records: number
}

export type FunctionName = { index: number; name: string }

/** Where a function starts, as the table counts: from the start of the text since Go 1.18, an address before. */
export type FunctionEntry = { name: string; entry: number }

const magics: Record<number, FunctionTable['layout']> = {
  0xfffffffb: 'go1.2',
  0xfffffffa: 'go1.16',
  0xfffffff0: 'go1.18',
  0xfffffff1: 'go1.18',
}

const quanta = [1, 2, 4] as const
const wordSizes = [4, 8] as const

/** More functions than any program has; a bound for hostile files. */
const maximumFunctions = 5_000_000
export const maximumName = 4096

/** Length of the pair (entry, record offset): words up to Go 1.17, 4-byte numbers since. */
const pairLength = ({ layout, wordSize }: FunctionTable): number => (layout === 'go1.18' ? 8 : 2 * wordSize)

/** Where the name offset stands in a function's record: behind the entry. */
const nameField = ({ layout, wordSize }: FunctionTable): number => (layout === 'go1.18' ? 4 : wordSize)

/**
 * The table whose header stands at a file offset, if one does: magic, two zero bytes, instruction quantum, word size, then offsets that must grow and lie in the
 * same segment, and a first function whose name can be read.
 */
export const readFunctionTable = (image: Image, elf: Elf, offset: number): FunctionTable | undefined => {
  const start = image.bytes(offset, 8)
  const segment = segmentAt(elf, offset, 8)
  if (start === undefined || segment === undefined) return undefined
  const layout = magics[numbersOf(start, elf.order, 4).u32(0)]
  const [quantum, wordSize] = [start[6] ?? 0, start[7] ?? 0]
  if (layout === undefined || start[4] !== 0 || start[5] !== 0 || !quanta.some((each) => each === quantum)) return undefined
  if (wordSize !== 4 && wordSize !== 8) return undefined
  const end = segment.offset + segment.fileSize
  const table = layout === 'go1.2' ? oldTable(image, elf, offset, wordSize, end) : newTable(image, elf, offset, wordSize, layout, end)
  return table !== undefined && functionAt(image, table, 0) !== undefined ? table : undefined
}

const isPlausible = (functions: number): boolean => functions > 0 && functions <= maximumFunctions

const oldTable = (image: Image, elf: Elf, offset: number, wordSize: 4 | 8, end: number): FunctionTable | undefined => {
  const header = image.bytes(offset, 8 + wordSize)
  if (header === undefined) return undefined
  const functions = numbersOf(header, elf.order, wordSize).word(8)
  const index = offset + 8 + wordSize
  if (!isPlausible(functions) || index + functions * 2 * wordSize > end) return undefined
  return { offset, layout: 'go1.2', order: elf.order, wordSize, functions, names: offset, namesEnd: end, index, records: offset }
}

const newTable = (
  image: Image,
  elf: Elf,
  offset: number,
  wordSize: 4 | 8,
  layout: 'go1.16' | 'go1.18',
  end: number,
): FunctionTable | undefined => {
  // From Go 1.18 on the address of the text stands between the counts and the offsets.
  const firstOffset = layout === 'go1.18' ? 3 : 2
  const header = image.bytes(offset, 8 + wordSize * (firstOffset + 5))
  if (header === undefined) return undefined
  const { word } = numbersOf(header, elf.order, wordSize)
  const functions = word(8)
  const [names, units, files, counters, records] = [0, 1, 2, 3, 4].map((field) => word(8 + wordSize * (firstOffset + field)))
  if (names === undefined || units === undefined || files === undefined || counters === undefined || records === undefined) return undefined
  const grows = header.length <= names && names < units && units <= files && files <= counters && counters <= records
  const found: FunctionTable = {
    offset,
    layout,
    order: elf.order,
    wordSize,
    functions,
    names: offset + names,
    namesEnd: offset + units,
    index: offset + records,
    records: offset + records,
  }
  return grows && isPlausible(functions) && found.index + functions * pairLength(found) <= end ? found : undefined
}

/** The name that starts at an offset of the name table: bytes up to the NUL. */
const nameAt = (image: Image, { names, namesEnd }: FunctionTable, nameOffset: number): string | undefined => {
  const start = names + nameOffset
  // Read in small steps, so that only the name is kept and not what follows it.
  for (let length = 64; length <= maximumName; length *= 4) {
    const bytes = image.bytes(start, Math.min(length, namesEnd - start))
    const nul = bytes?.indexOf(0)
    if (bytes !== undefined && nul !== undefined && nul >= 0) return textOf(bytes.subarray(0, nul))
    if (bytes === undefined || bytes.length < length) return undefined
  }
  return undefined
}

/** The name of a function by its place in the table, along the way that the runtime takes: pair, record, name. */
export const functionAt = (image: Image, table: FunctionTable, index: number): (FunctionName & FunctionEntry) | undefined => {
  if (!(Number.isInteger(index) && index >= 0 && index < table.functions)) return undefined
  const length = pairLength(table)
  const pair = image.bytes(table.index + index * length, length)
  if (pair === undefined) return undefined
  const numbers = numbersOf(pair, table.order, table.wordSize)
  const record = table.layout === 'go1.18' ? numbers.u32(4) : numbers.word(table.wordSize)
  const field = image.bytes(table.records + record + nameField(table), 4)
  if (field === undefined) return undefined
  const name = nameAt(image, table, numbersOf(field, table.order, 4).u32(0))
  const entry = table.layout === 'go1.18' ? numbers.u32(0) : numbers.word(0)
  return name === undefined ? undefined : { index, name, entry }
}

/** More than the table of any program that is read in full; the records of 100,000 functions have about 10 MB. */
const maximumTable = 16 * 1024 * 1024

/**
 * The whole table, read in three pieces (names, pairs, records), so that a file of which they are stored gives it again. Layout of Go 1.18 and later.
 * `end` is where the text of the last function ends. Undefined where a part is not at hand, a name cannot be read, or the functions do not follow each other.
 */
export const readAllFunctions = (image: Image, table: FunctionTable): { functions: readonly FunctionEntry[]; end: number } | undefined => {
  if (table.layout !== 'go1.18' || table.functions * 8 > maximumTable || table.namesEnd - table.names > maximumTable) return undefined
  const names = image.bytes(table.names, table.namesEnd - table.names)
  const pairs = image.bytes(table.index, table.functions * 8 + 4)
  if (names === undefined || pairs === undefined) return undefined
  const { u32 } = numbersOf(pairs, table.order, table.wordSize)
  const recordOf = (index: number): number => u32(index * 8 + 4)
  let last = 0
  for (let index = 0; index < table.functions; index++) last = Math.max(last, recordOf(index))
  const first = table.functions * 8 + 4
  if (last - first > maximumTable) return undefined
  const records = image.bytes(table.records + first, last + 8 - first)
  if (records === undefined) return undefined
  const fields = numbersOf(records, table.order, table.wordSize)
  const functions: FunctionEntry[] = []
  for (let index = 0; index < table.functions; index++) {
    const entry = u32(index * 8)
    const record = recordOf(index) - first
    if (record < 0 || u32(index * 8 + 8) < entry || fields.u32(record) !== entry) return undefined
    const start = fields.u32(record + 4)
    const end = names.indexOf(0, start)
    if (start >= names.length || end < 0) return undefined
    functions.push({ name: textOf(names.subarray(start, end)), entry })
  }
  return { functions, end: u32(table.functions * 8) }
}

/** Every start that a header may have in one order of bytes: magic, two zero bytes, instruction quantum, word size; 8 bytes. */
export const functionTableStarts = (order: ByteOrder): Uint8Array[] =>
  Object.keys(magics).flatMap((magic) =>
    quanta.flatMap((quantum) =>
      wordSizes.map((wordSize) => {
        const start = new Uint8Array([0, 0, 0, 0, 0, 0, quantum, wordSize])
        new DataView(start.buffer).setUint32(0, Number(magic), order === 'little')
        return start
      }),
    ),
  )

/** Entries of a table that are read at once, and the span of their records that is. */
const entriesAtOnce = 65_536
const maximumSpan = 64 * 1024 * 1024

const knownOffsets = new WeakMap<Image, Map<number, Float64Array>>()

/**
 * Where the names of all functions stand in the table of names, in the order of the table; NaN for a record that is not at hand. Pairs and records are read in blocks,
 * once for an image: both the search for names and that for calls need them.
 */
export const nameOffsets = (image: Image, table: FunctionTable): Float64Array => {
  const ofImage = knownOffsets.get(image) ?? new Map<number, Float64Array>()
  const offsets = ofImage.get(table.offset) ?? readNameOffsets(image, table)
  knownOffsets.set(image, ofImage.set(table.offset, offsets))
  return offsets
}

const readNameOffsets = (image: Image, table: FunctionTable): Float64Array => {
  const pair = pairLength(table)
  const offsets = new Float64Array(table.functions).fill(Number.NaN)
  for (let first = 0; first < table.functions; first += entriesAtOnce) {
    const count = Math.min(entriesAtOnce, table.functions - first)
    const pairs = image.bytes(table.index + first * pair, count * pair)
    if (pairs === undefined) return offsets
    const { places, start, end } = fieldPlaces(pairs, table, image.size)
    const span = start < end && end - start <= maximumSpan ? image.bytes(start, end - start) : undefined
    const into = offsets.subarray(first, first + count)
    if (span) readFields(span, places, start, table.order, into)
    else readScattered(image, places, table.order, into)
  }
  return offsets
}

// What every function of a program goes through are loops with little else around them: so each is compiled once, early, and stays so.

/** Where the records that the pairs name have the offset of the name, NaN outside the file; with the first of these places and the end of the last. */
const fieldPlaces = (pairs: Uint8Array, table: FunctionTable, size: number): { places: Float64Array; start: number; end: number } => {
  const view = new DataView(pairs.buffer, pairs.byteOffset, pairs.byteLength)
  const little = table.order === 'little'
  const pair = pairLength(table)
  const isWide = pair > 8
  const field = table.records + nameField(table)
  const places = new Float64Array(pairs.length / pair)
  let [start, end] = [Number.POSITIVE_INFINITY, 0]
  for (let index = 0; index < places.length; index++) {
    const at = index * pair + (pair >>> 1)
    const place = field + (isWide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little))
    const isInside = place + 4 <= size
    places[index] = isInside ? place : Number.NaN
    if (isInside && place < start) start = place
    if (isInside && place + 4 > end) end = place + 4
  }
  return { places, start, end }
}

const readFields = (span: Uint8Array, places: Float64Array, start: number, order: ByteOrder, into: Float64Array): void => {
  const view = new DataView(span.buffer, span.byteOffset, span.byteLength)
  const little = order === 'little'
  for (let index = 0; index < places.length; index++) {
    const at = (places[index] ?? 0) - start
    if (at >= 0) into[index] = view.getUint32(at, little)
  }
}

/** Each by itself: records that lie too far from each other. */
const readScattered = (image: Image, places: Float64Array, order: ByteOrder, into: Float64Array): void => {
  for (const [index, place] of places.entries()) {
    const field = image.bytes(place, 4)
    if (field !== undefined) into[index] = numbersOf(field, order, 4).u32(0)
  }
}
