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

/** A set of whole numbers below a limit: asked for each function of a program, most of which are not in it. */
const bitSet = (limit: number, members: Iterable<number>): ((value: number) => boolean) => {
  const bits = new Uint32Array((limit >>> 5) + 1)
  for (const value of members) bits[value >>> 5] = (bits[value >>> 5] ?? 0) | (1 << (value & 31))
  return (value) => value < limit && ((bits[value >>> 5] ?? 0) & (1 << (value & 31))) !== 0
}

/** The functions whose name offset is wanted, in the order of the table. */
const functionsNamed = (image: Image, table: FunctionTable, wanted: ReadonlyMap<number, string>): FunctionName[] => {
  const found: FunctionName[] = []
  if (wanted.size === 0) return found
  const isWanted = bitSet(table.namesEnd - table.names, wanted.keys())
  const offsets = nameOffsets(image, table)
  for (let index = 0; index < offsets.length; index++) {
    const offset = offsets[index] ?? Number.NaN
    const name = isWanted(offset) ? wanted.get(offset) : undefined
    if (name !== undefined) found.push({ index, name })
  }
  return found
}

const isCryptography = (path: string): boolean => !noCryptography.some((suffix) => path.endsWith(`golang.org/x/crypto/${suffix}`))

const firstOfEachPackage = (functions: readonly FunctionName[]): FunctionName[] => {
  const first = new Map<string, FunctionName>()
  for (const each of functions) {
    const path = packageOf(each.name)
    if (!first.has(path) && isCryptography(path)) first.set(path, each)
  }
  return [...first.values()]
}

const startsWithOne = (name: string, starts: readonly string[]): boolean => starts.some((start) => name.startsWith(start))

/** The functions that a search keeps of a table, in its order. `names`: the bytes of its table of names. */
export const wantedFunctions = (image: Image, table: FunctionTable, names: Uint8Array): FunctionName[] => {
  const functions = functionsNamed(image, table, namesIn(names))
  const every = functions.filter(({ name }) => startsWithOne(name, wantedNames.all))
  const isKept = new Set(every.map(({ index }) => index))
  const witnesses = firstOfEachPackage(functions.filter(({ name }) => startsWithOne(name, wantedNames.witness)))
  return [...every, ...witnesses.filter(({ index }) => !isKept.has(index))].toSorted((a, b) => a.index - b.index)
}
