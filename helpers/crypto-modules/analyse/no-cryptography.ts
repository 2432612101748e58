import { createHash } from 'node:crypto'
import {
  cryptographyTraces,
  cryptographyWords,
  emptyCryptoPackages,
  plainLibraries,
  runtimeFunctions,
  selfCheckPackages,
} from '../../policy/modules-cryptography.ts'
import { type DynamicLinking, dynamicLinking } from './dynamic-linking.ts'
import type { Elf } from './elf.ts'
import type { Cryptography } from './executable-facts.ts'
import { type FipsInfo, fipsLengths, hasEmptyModule, maximumSelfCheck, recomputeFipsMac } from './fips-info.ts'
import { type FunctionEntry, readAllFunctions, readFunctionTable } from './function-table.ts'
import { packageOf } from './go-package.ts'
import type { Image } from './image.ts'
import type { Found } from './search.ts'

// The proof that a program uses no cryptography. Each part is weak alone (an HMAC with a public key, names, absent byte strings); together they leave no room for
// code of a known kind. Whatever does not fit is an objection, and one objection refuses the proof.

/** Go's linker puts the ELF header in front of the text, in a page of its own. */
const headerPage = 4096

/** A stub of `.plt`, the one before the first, and what aligns them (System V ABI, processor supplements; BTI stubs of arm64 are the longest). Bytes. */
const stub = { each: 24, first: 32, alignment: 64 } as const

const shownNames = 5

/** Functions that the compiler makes for types bear the type's package behind a prefix. */
const withoutPrefix = (name: string): string => name.replace(/^(?:type:\.(?:eq|hash)\.|go:(?:itab|struct)\.)\*?/, '')

/** The package whose cryptography a function's name speaks of; undefined where it speaks of none. */
export const cryptographyOf = (name: string): string | undefined => {
  const bare = withoutPrefix(name)
  if (runtimeFunctions.some((each) => each.name.test(bare))) return undefined
  const path = packageOf(bare)
  if (path === 'crypto' || path.startsWith('crypto/')) return emptyCryptoPackages.some((each) => each.path === path) ? undefined : path
  // A name without a package is one of C or assembly, and speaks for itself.
  return cryptographyWords.test(path) ? path : undefined
}

/** Packages of Go's own module: their functions lie in the ranges that `.go.fipsinfo` names, or something is forged. */
const isOfModule = (path: string): boolean => path === 'crypto/internal/fips140' || path.startsWith('crypto/internal/fips140/')

/** The text of the module by its position: between the two marks that the linker sets, at the addresses that the blob names. */
const positions = (functions: readonly FunctionEntry[], { ranges: [text] }: FipsInfo) => {
  const starts = functions.flatMap(({ name }, index) => (name === 'go:textfipsstart' ? [index] : []))
  const ends = functions.flatMap(({ name }, index) => (name === 'go:textfipsend' ? [index] : []))
  const [start, end] = [starts[0], ends[0]]
  if (starts.length !== 1 || ends.length !== 1 || start === undefined || end === undefined) return undefined
  const [first, last] = [functions[start], functions[end]]
  if (first === undefined || last === undefined || last.entry - first.entry !== text.end - text.start) return undefined
  return { between: end - start - 1, textStart: text.start - first.entry }
}

type Uncovered = { bytes: number; foreign: boolean }

/**
 * Executable bytes outside the functions of the table. Of Go's own linker they are the header's page before the text, and behind it one stub for each call into a
 * shared library. More than that is code of another linker, or an executable segment of something else.
 */
const uncoveredCode = ({ segments }: Elf, start: number, end: number, stubs: number): Uncovered => {
  const executable = segments.filter((each) => each.executable)
  const [segment] = executable
  const bytes = executable.reduce((sum, { fileSize }) => sum + fileSize, 0) - (end - start)
  if (segment === undefined || executable.length > 1) return { bytes, foreign: true }
  const before = start - segment.address
  const after = segment.address + segment.fileSize - end
  const isHeader = before === 0 || (segment.offset === 0 && before === headerPage)
  const isStubs = after >= 0 && after <= stub.alignment + (stubs === 0 ? 0 : stub.first + stubs * stub.each)
  return { bytes, foreign: !isHeader || !isStubs }
}

const listed = (names: readonly string[]): string =>
  names.length <= shownNames ? names.join(', ') : `${names.slice(0, shownNames).join(', ')} and ${names.length - shownNames} more`

/** Packages with functions of cryptography, sorted. */
const packagesOf = (functions: readonly { name: string }[]): string[] =>
  [...new Set(functions.flatMap(({ name }) => cryptographyOf(name) ?? []))].toSorted()

const unknown = (...objections: string[]): Cryptography => ({ state: 'unknown', objections })

const libraryObjections = (linking: DynamicLinking | undefined): string[] => {
  if (linking === undefined) return ['the shared libraries that it asks for cannot be read']
  const foreign = linking.libraries.filter((name) => !plainLibraries.test(name))
  return foreign.length === 0
    ? []
    : [`it asks for shared libraries of which it is not known that they hold no cryptography: ${listed(foreign)}`]
}

/** Traces that stand in the file; one that was not looked for counts as well. */
const traceObjections = ({ needles }: Found, looked = cryptographyTraces): string[] =>
  looked.flatMap(({ id, hex, what }) => {
    const hits = needles.find((needle) => needle.id === id && needle.hex === hex)
    if (hits === undefined) return [`it was not searched for ${what}`]
    return hits.count === 0 ? [] : [`it holds ${what} (${hits.count} times, first at offset ${hits.offsets[0] ?? 0})`]
  })

/**
 * Whether the program is proven to be without cryptography. Rests on the blob `.go.fipsinfo` (no function of Go's module is linked, by its ranges, their position in
 * the table of functions, and the HMAC recomputed over their bytes), the table of functions read in full, how much of the executable bytes it speaks for, the shared
 * libraries asked for, and traces searched for in all bytes.
 */
export const examineCryptography = (image: Image, elf: Elf, found: Found, infos: readonly FipsInfo[]): Cryptography => {
  const [info] = infos
  if (info === undefined)
    return unknown('it has no .go.fipsinfo, which Go writes from 1.24 on, so the bytes do not show which module code is linked')
  if (infos.length > 1) return unknown(`${infos.length} blobs .go.fipsinfo stand in it`)
  const [textLength = 0] = fipsLengths(info)
  if (textLength > maximumSelfCheck) {
    const packages = packagesOf(found.functionTables.flatMap(({ matches }) => matches))
    return { state: 'present', packages, objections: [`${textLength} bytes of code of Go's own module are linked (${listed(packages)})`] }
  }

  const objections: string[] = []
  const empty = hasEmptyModule(elf, info)
  const computed = recomputeFipsMac(image, elf, info)
  if (!info.selfAddressed) objections.push('its .go.fipsinfo names another address than its own')
  if (computed !== info.stored) objections.push('the HMAC of its .go.fipsinfo is not that of the bytes')
  if (!empty)
    objections.push(`its .go.fipsinfo is not that of a program without Go's module: ${textLength} bytes of code of the module are linked`)

  const [reported] = found.functionTables
  if (reported === undefined) return unknown(...objections, 'it has no table of functions')
  if (found.functionTables.length > 1) return unknown(...objections, `${found.functionTables.length} tables of functions stand in it`)
  const table = readFunctionTable(image, elf, reported.offset)
  const all = table && readAllFunctions(image, table)
  const names = table && image.bytes(table.names, table.namesEnd - table.names)
  if (table === undefined || all === undefined || names === undefined)
    return unknown(...objections, 'its table of functions cannot be read in full')

  const place = positions(all.functions, info)
  if (place === undefined) objections.push('the ranges of its .go.fipsinfo are not where the table of functions has the module')
  if (place !== undefined && empty && place.between > 0) objections.push('the table of functions has functions inside the empty module')
  const linking = dynamicLinking(image, elf)
  const uncovered = place === undefined ? undefined : uncoveredCode(elf, place.textStart, place.textStart + all.end, linking?.stubs ?? 0)
  if (uncovered?.foreign) {
    objections.push(
      `of ${uncovered.bytes} executable bytes that belong to no function of the table, some are neither header nor stubs: code of another linker`,
    )
  }

  const seen = all.functions.filter(({ name }) => cryptographyOf(name) !== undefined)
  const packages = packagesOf(seen)
  const foreign = [...libraryObjections(linking), ...traceObjections(found)]
  if (seen.length > 0) {
    const isSelfCheck = packages.includes('crypto/tls/fipsonly') && packages.every((path) => selfCheckPackages.includes(path))
    // The hashes of the self-test bring their own constants; any other sign of cryptography says that there is more.
    const more = [
      ...libraryObjections(linking),
      ...traceObjections(
        found,
        cryptographyTraces.filter(({ hash }) => hash !== true),
      ),
    ]
    const isSound = !empty && computed === info.stored && info.selfAddressed && uncovered?.foreign === false
    const selfCheck = isSelfCheck && isSound && more.length === 0
    const named = `${seen.length} functions of cryptography are in the table of functions (${listed(packages)})`
    return {
      state: selfCheck ? 'self-check-only' : 'present',
      packages,
      objections: [...objections, named, ...foreign],
      ...(empty && packages.some(isOfModule) ? { contradicted: true } : {}),
    }
  }
  objections.push(...foreign)
  if (objections.length > 0 || uncovered === undefined || computed === undefined || linking === undefined)
    return { state: 'unknown', objections }
  return {
    state: 'none',
    proof: {
      fipsInfo: { offset: info.offset, ranges: info.ranges, mac: computed },
      functions: all.functions.length,
      names: { offset: table.names, length: names.length, sha256: createHash('sha256').update(names).digest('hex') },
      uncovered: uncovered.bytes,
      libraries: linking.libraries,
      traces: cryptographyTraces.length,
    },
  }
}
