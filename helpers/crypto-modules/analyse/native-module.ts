import { assemblyLabels, inTreeModule, nativeModule, runtimeProvided, snapshotOf } from '../../policy/modules-native.ts'
import type { BuildInfo } from './build-info.ts'
import type { Elf } from './elf.ts'
import type { Contradiction } from './executable-facts.ts'
import { type FipsInfo, fipsLengths, hasEmptyModule, recomputeFipsMac } from './fips-info.ts'
import { functionAt, readFunctionTable } from './function-table.ts'
import type { Image } from './image.ts'
import type { Found, FoundFunctions } from './search.ts'

// Go's own module has no digest of a certified build: the linker takes what the program needs of it, so each program holds other bytes. The HMAC shows that nothing
// changed since it was linked. Which state of the module it is, only names say; what can be done is to hold all of them against each other and to count.

/** What shows which state of Go's own module a program holds, and how far the sources agree. */
export type NativeModule = {
  module: string
  /** Version in the paths of its packages; absent for the state in the toolchain's own tree. */
  version?: string
  integrity: 'intact' | 'modified' | 'unknown'
  /** Where the record stands, and what it says. */
  fipsInfo: { offset: number; ranges: FipsInfo['ranges']; stored: string; computed?: string }
  /** Functions of the module between the marks that the linker sets. */
  functions: number
  /** Independent places that say the same: identity is claimed, not proven. */
  agreeing: readonly string[]
  contradictions: readonly Contradiction[]
}

const root = 'crypto/internal/fips140'

/** Version in the path of a function of the module: undefined where it is no function of it, empty where it bears none. */
export const nativeVersion = (name: string): string | undefined => {
  // The linker escapes dots in the last part of a package's path.
  const bare = name.replace(/^type:\.(?:eq|hash)\./, '').replaceAll('%2e', '.')
  if (!bare.startsWith(`${root}/`) && !bare.startsWith(`${root}.`)) return undefined
  const [, version] = /^crypto\/internal\/fips140\/(v\d+\.\d+\.\d+(?:-[0-9A-Za-z]+)?)(?=[./])/.exec(bare) ?? []
  return version ?? ''
}

/** More functions than the module has; about 650 in a server. */
const maximumModuleFunctions = 5000

/** Names of all functions between the linker's two marks, along the table. Undefined where marks or names are not to be had, or do not lie where the record says. */
const functionsOfModule = (image: Image, elf: Elf, { offset, matches }: FoundFunctions, info: FipsInfo): string[] | undefined => {
  const table = readFunctionTable(image, elf, offset)
  const start = matches.find(({ name }) => name === 'go:textfipsstart')
  const end = matches.find(({ name }) => name === 'go:textfipsend')
  if (table === undefined || start === undefined || end === undefined || end.index - start.index > maximumModuleFunctions) return undefined
  const at = (index: number) => functionAt(image, table, index)
  const [first, last] = [at(start.index), at(end.index)]
  if (first?.name !== start.name || last?.name !== end.name || last.entry - first.entry !== fipsLengths(info)[0]) return undefined
  const names = Array.from({ length: end.index - start.index - 1 }, (_, step) => at(start.index + 1 + step)?.name)
  return names.every((name) => name !== undefined) ? names : undefined
}

const integrityOf = (stored: string, computed: string | undefined): NativeModule['integrity'] =>
  computed === undefined ? 'unknown' : computed === stored ? 'intact' : 'modified'

/** What the go command writes for GOFIPS140: a version, `latest`, or nothing for `off`. */
const claimOf = (info: BuildInfo | undefined): string | undefined => (info?.moduleText ? (info.settings.GOFIPS140 ?? 'off') : undefined)

const listed = (names: readonly string[]): string => names.slice(0, 3).join(', ')

/**
 * Go's own module in a program, where its record says that code of it is linked. Undefined where there is no record, the record is that of a program without the
 * module, or no table of functions tells of it.
 */
export const examineNative = (
  image: Image,
  elf: Elf,
  found: Found,
  infos: readonly FipsInfo[],
  buildInfo: BuildInfo | undefined,
): NativeModule | undefined => {
  const [info] = infos
  const [table] = found.functionTables
  if (info === undefined || hasEmptyModule(elf, info)) return undefined
  const contradictions: Contradiction[] = []
  const contradict = (id: Contradiction['id'], text: string): number => contradictions.push({ id, text })
  const computed = recomputeFipsMac(image, elf, info)
  const inRange = table && functionsOfModule(image, elf, table, info)
  const elsewhere = (table?.matches ?? [])
    .filter(({ name }) => !inRange?.includes(name))
    .flatMap(({ name }) => (nativeVersion(name) === undefined ? [] : [name]))

  // The functions that the runtime provides bear no version in any state of the module.
  const named = [...(inRange ?? []), ...elsewhere].filter((name) => !runtimeProvided.includes(name))
  const versions = [...new Set(named.flatMap((name) => nativeVersion(name) ?? []))]
  const versioned = versions.filter((version) => version !== '')
  const [version] = versions.length === 1 && versioned.length === 1 ? versioned : []
  const snapshot = version === undefined ? undefined : snapshotOf(version)
  const claim = claimOf(buildInfo)

  if (infos.length > 1) contradict('native-record', `${infos.length} records .go.fipsinfo stand in the program`)
  if (!info.selfAddressed)
    contradict('native-record', 'the record .go.fipsinfo names another address than its own: it was not written there by the linker')
  if (inRange === undefined)
    contradict(
      'native-shape',
      'the ranges of .go.fipsinfo are not where the table of functions has the module, or the table is not to be had',
    )
  const foreign = (inRange ?? []).filter((name) => nativeVersion(name) === undefined && !assemblyLabels.test(name))
  if (foreign.length > 0) contradict('native-shape', `functions of other packages stand inside Go's module: ${listed(foreign)}`)
  if (versioned.length > 0 && version === undefined) {
    contradict(
      'native-mixed',
      `functions of several states of Go's module are linked (${versions.map((each) => each || 'no version').join(', ')}), which no go command does`,
    )
  }
  if (version !== undefined && !(inRange ?? []).includes(`${root}/${version}/check.init.0`)) {
    contradict('native-shape', `the self-test of Go's module ${version} is not linked, so it would never check itself`)
  }
  if (claim !== undefined && version !== undefined && claim !== version) {
    contradict('native-claim', `the build info says GOFIPS140=${claim}, and the functions are those of ${version}`)
  }
  if (claim !== undefined && version === undefined && claim !== 'off' && claim !== 'latest') {
    contradict('native-claim', `the build info says GOFIPS140=${claim}, and the functions bear no such version`)
  }

  const agreeing: string[] = []
  const shown = version ?? 'no version'
  if (inRange !== undefined && foreign.length === 0 && versions.length === 1)
    agreeing.push(`the paths of all ${inRange.length} functions of the module (${shown})`)
  if (claim !== undefined && (version === undefined ? claim === 'off' || claim === 'latest' : claim === version))
    agreeing.push(`GOFIPS140=${claim} in the build info`)
  const tags = buildInfo?.settings['-tags']?.split(',') ?? []
  if (snapshot !== undefined && tags.includes(snapshot.tag)) agreeing.push(`the build tag ${snapshot.tag}`)
  return {
    module: version === undefined ? inTreeModule : nativeModule(version),
    ...(version === undefined ? {} : { version }),
    integrity: integrityOf(info.stored, computed),
    fipsInfo: { offset: info.offset, ranges: info.ranges, stored: info.stored, ...(computed === undefined ? {} : { computed }) },
    functions: inRange?.length ?? 0,
    agreeing,
    contradictions,
  }
}
