import { asciiOf, numbersOf } from './bytes.ts'
import { type Elf, offsetOfAddress, segmentAt } from './elf.ts'
import type { FipsInfo } from './fips-info.ts'
import { type FunctionTable, functionAt, readFunctionTable } from './function-table.ts'
import type { Image } from './image.ts'
import { instructionsOf } from './instructions.ts'
import type { Found } from './search.ts'

/** The settings of GODEBUG that are compiled in (variable `runtime.godebugDefault`), read the way the program itself reads it. */
export type GodebugDefault =
  | {
      state: 'read'
      text: string /** File offset of the string header. */
      offset: number /** Functions whose code loads it. */
      by: readonly string[]
    }
  | { state: 'unknown'; reason: string }

/** Functions of the runtime that load the variable and no other string (Go source, `src/runtime/runtime.go`, `src/runtime/runtime1.go`; Go 1.21 to 1.27). */
export const godebugReaders = ['runtime.godebugNotify', 'runtime.reparsedebugvars'] as const

const maximumCode = 16 * 1024
const maximumText = 16 * 1024
/** Addresses of the string headers that a function loads: two words, one behind the other, in writable memory. */
const headersLoaded = (image: Image, elf: Elf, table: FunctionTable, index: number, textStart: number): number[] => {
  const [here, next] = [functionAt(image, table, index), functionAt(image, table, index + 1)]
  const instructions = instructionsOf(elf.arch)
  if (here === undefined || next === undefined || instructions === undefined || next.entry - here.entry > maximumCode) return []
  const address = textStart + here.entry
  const offset = offsetOfAddress(elf, address, next.entry - here.entry)
  const code = offset === undefined ? undefined : image.bytes(offset, next.entry - here.entry)
  if (code === undefined) return []
  const all = new Set(instructions.loads(code, address).map(({ target }) => target))
  return [...all].filter((each) => {
    const at = offsetOfAddress(elf, each, 16)
    return all.has(each + 8) && at !== undefined && segmentAt(elf, at, 16)?.writable === true
  })
}

const settings = /^(?:[#\w]+=[^\s,=]*(?:,[#\w]+=[^\s,=]*)*)?$/

const textAt = (image: Image, elf: Elf, address: number): { text: string; offset: number } | undefined => {
  const offset = offsetOfAddress(elf, address, 16)
  const header = offset === undefined ? undefined : image.bytes(offset, 16)
  if (offset === undefined || header === undefined) return undefined
  const { word } = numbersOf(header, elf.order, 8)
  const length = word(8)
  if (length === 0) return { text: '', offset }
  const start = length <= maximumText ? offsetOfAddress(elf, word(0), length) : undefined
  const bytes = start === undefined ? undefined : image.bytes(start, length)
  const text = bytes && asciiOf(bytes)
  return text !== undefined && settings.test(text) ? { text, offset } : undefined
}

const unknown = (reason: string): GodebugDefault => ({ state: 'unknown', reason })

/**
 * The compiled-in settings of GODEBUG. `DefaultGODEBUG` in the build info is a note that the linker's -X can belie without a trace; this follows the loads in the
 * runtime's own code to the variable. Needs the table of functions, and the record of Go's module for the address of the text.
 */
export const readGodebugDefault = (image: Image, elf: Elf, found: Found, info: FipsInfo | undefined): GodebugDefault => {
  const [reported] = found.functionTables
  const table = reported && readFunctionTable(image, elf, reported.offset)
  if (info === undefined || reported === undefined || table === undefined)
    return unknown('there is no table of functions, or no record of the module that gives its address')
  if (instructionsOf(elf.arch) === undefined || elf.class !== 64) return unknown(`the code of ${elf.arch} is not read`)
  const indexOf = (name: string): number => reported.matches.find((match) => match.name === name)?.index ?? -1
  const mark = functionAt(image, table, indexOf('go:textfipsstart'))
  if (mark?.name !== 'go:textfipsstart') return unknown("the table of functions does not have the mark of Go's module")
  const textStart = info.ranges[0].start - mark.entry
  const loaded = godebugReaders.flatMap((name) => {
    const index = indexOf(name)
    return functionAt(image, table, index)?.name === name ? [{ name, headers: headersLoaded(image, elf, table, index, textStart) }] : []
  })
  if (loaded.length === 0) return unknown(`no function of the runtime that reads it is linked (${godebugReaders.join(', ')})`)
  const [first] = loaded
  const common = (first?.headers ?? []).filter((header) => loaded.every(({ headers }) => headers.includes(header)))
  const texts = common.flatMap((header) => textAt(image, elf, header) ?? [])
  const [only] = texts
  if (only === undefined || texts.length > 1)
    return unknown(`${texts.length} variables fit in the code of ${loaded.map(({ name }) => name).join(' and ')}`)
  return { state: 'read', ...only, by: loaded.map(({ name }) => name) }
}

/** The last value of `fips140` in a list of settings, as the runtime takes it; undefined where it is not set. */
export const fips140Setting = (text: string): string | undefined =>
  text
    .split(',')
    .flatMap((pair) => (pair.startsWith('fips140=') ? [pair.slice('fips140='.length)] : []))
    .at(-1)

/** What decides where a program leaves it to the kernel. */
export const kernelFlag = '/proc/sys/crypto/fips_enabled of the host'

export type Fips140Mode = 'on' | 'off' | 'depends' | 'unknown'

/** What a setting of fips140 makes of Go's module where nothing in the environment overrides it. `auto` is an addition of other makers' toolchains. */
export const modeOfSetting = (value: string | undefined): Fips140Mode => {
  switch (value) {
    case undefined:
    case 'off':
      return 'off'
    case 'on':
    case 'only':
    case 'debug':
      return 'on'
    case 'auto':
      return 'depends'
    default:
      return 'unknown'
  }
}
