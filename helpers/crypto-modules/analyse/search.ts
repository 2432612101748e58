import { createHash } from 'node:crypto'
import { type BoringCryptoBuild, boringSslSelfTestText, noCryptography, outsideBoringCrypto } from '../../policy/modules.ts'
import { cryptographyTraces } from '../../policy/modules-cryptography.ts'
import { opensslBackends } from '../../policy/modules-native.ts'
import { digestNeedles } from './boringcrypto.ts'
import { buildInfoMagic } from './build-info.ts'
import { bytesOfHex, hexOf } from './bytes.ts'
import { type Elf, readElf } from './elf.ts'
import { fipsInfoMagic } from './fips-info.ts'
import {
  type FunctionName,
  type FunctionTable,
  functionsByNameOffset,
  functionTableMagics,
  nameAt,
  readFunctionTable,
} from './function-table.ts'
import { godebugReaders } from './godebug-default.ts'
import { type Image, wholeImage } from './image.ts'
import { findNeedles, type Hits, type Needle } from './needles.ts'
import type { Proposals } from './proposals.ts'

/** What a table of functions holds of what was looked for. */
export type FoundFunctions = {
  /** File offset of the table's header. */
  offset: number
  functions: number
  /** The name table as a whole, so that the absence of a name can be checked again on the file: offset, length, SHA-256. */
  names: { offset: number; length: number; sha256: string }
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
export const needlesFor = (builds: readonly BoringCryptoBuild[]): Needle[] => [
  ...digestNeedles(builds),
  { id: buildInfoNeedle, bytes: buildInfoMagic },
  { id: fipsInfoNeedle, bytes: fipsInfoMagic },
  { id: selfTestNeedle, bytes: new TextEncoder().encode(boringSslSelfTestText) },
]

/** Starts of names: of the first kind every function is kept, of the second one of each package, as a witness that it is linked. */
export const wantedNames = {
  all: [
    'crypto/internal/boring.init.',
    'crypto/internal/boring._Cfunc__goboringcrypto_',
    'crypto/tls/fipsonly.init',
    'go:textfips',
    ...godebugReaders,
  ],
  witness: ['crypto/', ...outsideBoringCrypto.map(({ prefix }) => prefix), ...opensslBackends],
} as const

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Import path of a Go function: up to the first dot behind the last slash. Type arguments and receivers come later in the name. */
export const packageOf = (name: string): string => {
  const bare = name.split(/[[(]/, 1)[0] ?? name
  const dot = bare.indexOf('.', bare.lastIndexOf('/') + 1)
  return dot < 0 ? bare : bare.slice(0, dot)
}

const isCryptography = (path: string): boolean => !noCryptography.some((suffix) => path.endsWith(`golang.org/x/crypto/${suffix}`))

/** Name offsets of all names that start with a prefix: a name starts behind the NUL of the one before it. */
const namesWithPrefix = (image: Image, whole: Uint8Array, table: FunctionTable, prefix: string): Map<number, string> => {
  const found = new Map<number, string>()
  const names = asBuffer(whole.subarray(table.names, table.namesEnd))
  for (let at = names.indexOf(prefix); at >= 0; at = names.indexOf(prefix, at + 1)) {
    if (at > 0 && names[at - 1] !== 0) continue
    const name = nameAt(image, table, at)
    if (name !== undefined) found.set(at, name)
  }
  return found
}

const firstOfEachPackage = (functions: readonly FunctionName[]): FunctionName[] => {
  const first = new Map<string, FunctionName>()
  for (const each of functions) {
    const path = packageOf(each.name)
    if (isCryptography(path) && !first.has(path)) first.set(path, each)
  }
  return [...first.values()]
}

const matchesOf = (image: Image, whole: Uint8Array, table: FunctionTable): FunctionName[] => {
  const named = (prefixes: readonly string[]): FunctionName[] =>
    functionsByNameOffset(whole, table, new Map(prefixes.flatMap((prefix) => [...namesWithPrefix(image, whole, table, prefix)])))
  const every = named(wantedNames.all)
  const isWanted = new Set(every.map(({ index }) => index))
  const witnesses = firstOfEachPackage(named(wantedNames.witness)).filter(({ index }) => !isWanted.has(index))
  return [...every, ...witnesses].toSorted((a, b) => a.index - b.index)
}

/** File offsets, four bytes apart, at which the magic of a function table stands. */
const tableOffsets = function* (whole: Uint8Array, elf: Elf): Generator<number> {
  const magics = functionTableMagics(elf.order)
  const words = whole.byteOffset % 4 === 0 ? whole : whole.slice()
  const view = new Uint32Array(words.buffer, words.byteOffset, words.byteLength >> 2)
  const [low, high] = elf.order === 'little' ? [0xfffffff0, 0xffffffff] : [0xf0ffffff, 0xffffffff]
  for (let at = 0; at < view.length; at++) {
    // biome-ignore lint/style/noNonNullAssertion: hot loop; `at` is below the length
    const word = view[at]!
    if (word >= low && word <= high && magics.has(word)) yield at * 4
  }
}

const findFunctionTables = (image: Image, whole: Uint8Array, elf: Elf): FoundFunctions[] => {
  const found: FoundFunctions[] = []
  for (const offset of tableOffsets(whole, elf)) {
    const table = readFunctionTable(image, elf, offset)
    if (table === undefined) continue
    const length = table.namesEnd - table.names
    const sha256 = createHash('sha256').update(whole.subarray(table.names, table.namesEnd)).digest('hex')
    found.push({
      offset,
      functions: table.functions,
      names: { offset: table.names, length, sha256 },
      matches: matchesOf(image, whole, table),
    })
    if (found.length === maximumTables) break
  }
  return found
}

const traceNeedles = (): Needle[] => cryptographyTraces.map(({ id, hex }) => ({ id, bytes: bytesOfHex(hex) }))

/** Traces of cryptography are looked for where the absence of it may be proven: beside Go's own record of its module, and without a known module. */
const mayBeFree = (hits: readonly Hits[]): boolean =>
  hits.some(({ id, count }) => id === fipsInfoNeedle && count > 0) &&
  !hits.some(({ id, count }) => id.startsWith(digestNeedle) && count > 0)

/** The walk over a whole file. Pure; about 0.1 s for 100 MB. */
export const searchFile = (whole: Uint8Array, builds: readonly BoringCryptoBuild[]): Found => {
  const known = needlesFor(builds)
  const first = findNeedles(whole, known, maximumOffsets)
  const traces = mayBeFree(first) ? traceNeedles() : []
  const needles = [...known, ...traces]
  const hits = [...first, ...findNeedles(whole, traces, maximumOffsets)]
  const image = wholeImage(whole)
  const elf = readElf(image)
  return {
    needles: hits.map((hit, at) => ({ ...hit, hex: hexOf(needles[at]?.bytes ?? new Uint8Array()) })),
    functionTables: elf.state === 'elf' ? findFunctionTables(image, whole, elf.elf) : [],
  }
}
