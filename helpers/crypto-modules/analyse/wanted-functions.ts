import { noCryptography, outsideBoringCrypto } from '../../policy/modules.ts'
import { opensslBackends } from '../../policy/modules-native.ts'
import { type FunctionName, type FunctionTable, maximumName, nameOffsets } from './function-table.ts'
import { packageOf } from './go-package.ts'
import { godebugReaders } from './godebug-default.ts'
import type { Image } from './image.ts'
import { findNeedles, type Needle } from './needles.ts'

/** Starts of names: of the first kind every function is kept, of the second one of each package, as a witness that it is linked. */
const wantedNames = {
  all: [
    'crypto/internal/boring.init.',
    'crypto/internal/boring._Cfunc__goboringcrypto_',
    'crypto/tls/fipsonly.init',
    'go:textfips',
    ...godebugReaders,
  ],
  witness: ['crypto/', ...outsideBoringCrypto.map(({ prefix }) => prefix), ...opensslBackends],
} as const

const wantedStarts: readonly string[] = [...wantedNames.all, ...wantedNames.witness]
/** Those that start with no other. */
const shortestStarts = [...new Set(wantedStarts)].filter((start) => !wantedStarts.some((each) => each !== start && start.startsWith(each)))
/** A name starts behind the NUL of the one before it. */
const startNeedles: readonly Needle[] = shortestStarts.map((start) => ({ id: start, bytes: new TextEncoder().encode(`\0${start}`) }))

/** Names that start as wanted, by their offset in the table of names. */
const namesIn = (names: Uint8Array): Map<number, string> => {
  const text = Buffer.from(names.buffer, names.byteOffset, names.byteLength)
  const found = new Map<number, string>()
  const note = (at: number): void => {
    const end = text.indexOf(0, at)
    if (end >= 0 && end - at < maximumName) found.set(at, text.toString('utf8', at, end))
  }
  if (shortestStarts.some((start) => text.toString('latin1', 0, start.length) === start)) note(0)
  for (const { offsets } of findNeedles(names, startNeedles, Number.POSITIVE_INFINITY)) for (const at of offsets) note(at + 1)
  return found
}

/** A set of whole numbers, one bit each: asked for each function of a program, most of which are not in it. */
const bitsOf = (limit: number, members: Iterable<number>): Uint32Array => {
  const bits = new Uint32Array((limit >>> 5) + 1)
  for (const value of members) bits[value >>> 5] = (bits[value >>> 5] ?? 0) | (1 << (value & 31))
  return bits
}

/** Places in `values` of those that are in the set. A loop of its own, so that it is compiled in full soon. */
const placesIn = (bits: Uint32Array, values: Float64Array): number[] => {
  const limit = bits.length * 32
  const places: number[] = []
  for (let place = 0; place < values.length; place++) {
    const value = values[place] ?? Number.NaN
    if (value < limit && ((bits[value >>> 5] ?? 0) & (1 << (value & 31))) !== 0) places.push(place)
  }
  return places
}

/** The functions whose name offset is wanted, in the order of the table. */
const functionsNamed = (image: Image, table: FunctionTable, wanted: ReadonlyMap<number, string>): FunctionName[] => {
  if (wanted.size === 0) return []
  const offsets = nameOffsets(image, table)
  return placesIn(bitsOf(table.namesEnd - table.names, wanted.keys()), offsets).flatMap((index) => {
    const name = wanted.get(offsets[index] ?? Number.NaN)
    return name === undefined ? [] : [{ index, name }]
  })
}

const isCryptography = (path: string): boolean => !noCryptography.some((suffix) => path.endsWith(`golang.org/x/crypto/${suffix}`))

const beginningWith = (starts: readonly string[]): RegExp =>
  new RegExp(`^(?:${starts.map((start) => start.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')})`)

const kept = beginningWith(wantedNames.all)
const witness = beginningWith(wantedNames.witness)

/** The functions that a search keeps of a table, in its order. `names`: the bytes of its table of names. */
export const wantedFunctions = (image: Image, table: FunctionTable, names: Uint8Array): FunctionName[] => {
  const linked = new Set<string>()
  return functionsNamed(image, table, namesIn(names)).filter(({ name }) => {
    const path = witness.test(name) ? packageOf(name) : undefined
    const isFirst = path !== undefined && !linked.has(path) && isCryptography(path)
    if (isFirst) linked.add(path)
    return isFirst || kept.test(name)
  })
}
