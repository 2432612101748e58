import { asciiOf, bytesOfHex, equalBytes, hexOf, numbersOf, textOf } from './bytes.ts'
import { type Elf, offsetOfAddress } from './elf.ts'
import type { Image } from './image.ts'

/** What the Go linker writes into a program about how it was built. It is text that anybody can forge: it explains, it proves nothing. */
export type BuildInfo = {
  /** As it stands there: `go1.26.8-X:boringcrypto`. */
  version: string
  /** Minor number of Go 1.x; absent for development versions. */
  minor?: number
  /** Toolchain experiments out of the version text and out of the setting GOEXPERIMENT. */
  experiments: readonly string[]
  /** The toolchain was built from the dev.boringcrypto branch (`go1.17.10b7`), where the module needs no experiment. */
  boringBranch: boolean
  form: 'inline' | 'pointer'
  offset: number
  /** Package path of the main package. */
  path?: string
  /** Path and version of the main module. */
  main?: string
  /** `build` lines: `CGO_ENABLED`, `GOEXPERIMENT`, `GOFIPS140`, ... Empty where the program carries no module text: then nothing is known, which is not «no». */
  settings: Readonly<Record<string, string>>
  /** Whether a module text stands there at all. */
  moduleText: boolean
}

export type BuildInfoResult = { state: 'found'; info: BuildInfo } | { state: 'malformed'; reason: string }

/** `ff` ` Go buildinf:`; 14 bytes (Go source, `src/debug/buildinfo/buildinfo.go`). */
export const buildInfoMagic = bytesOfHex('ff20476f206275696c64696e663a')

export const buildInfoAlignment = 16
const headerLength = 32
const flagBigEndian = 1
const flagInline = 2
const maximumVersion = 1024
const maximumModuleText = 4 * 1024 * 1024

// The module text is framed by 16 bytes on either side (`src/cmd/go/internal/modload/build.go`).
const frameStart = bytesOfHex('3077af0c9274080241e1c107e6d618e6')
const frameEnd = bytesOfHex('f932433186182072008242104116d8f2')

const malformed = (reason: string): BuildInfoResult => ({ state: 'malformed', reason })

/** An unsigned LEB128 number of at most five bytes at a file offset. */
const varintAt = (image: Image, offset: number): { value: number; next: number } | undefined => {
  let value = 0
  for (let at = 0; at < 5; at++) {
    const byte = image.bytes(offset + at, 1)?.[0]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return { value, next: offset + at + 1 }
  }
  return undefined
}

type TextAt = { bytes: Uint8Array; next: number }

const inlineText = (image: Image, offset: number, maximum: number): TextAt | undefined => {
  const length = varintAt(image, offset)
  if (length === undefined || length.value > maximum) return undefined
  const bytes = image.bytes(length.next, length.value)
  return bytes && { bytes, next: length.next + length.value }
}

/** The Go string whose header stands at an address: address and length, each a word. */
const pointedText = (
  image: Image,
  elf: Elf,
  address: number,
  order: 'little' | 'big',
  wordSize: 4 | 8,
  maximum: number,
): Uint8Array | undefined => {
  const at = offsetOfAddress(elf, address, 2 * wordSize)
  const header = at === undefined ? undefined : image.bytes(at, 2 * wordSize)
  if (header === undefined) return undefined
  const { word } = numbersOf(header, order, wordSize)
  const length = word(wordSize)
  if (!(length <= maximum)) return undefined
  const start = offsetOfAddress(elf, word(0), length)
  return start === undefined ? undefined : image.bytes(start, length)
}

/** The text between the two frames; undefined where they are not in place (then Go, too, reports no module text). */
const unframed = (bytes: Uint8Array): string | undefined => {
  const end = bytes.length - 16
  if (end < 17 || bytes[end - 1] !== 0x0a) return undefined
  const framed = equalBytes(bytes.subarray(0, 16), frameStart) && equalBytes(bytes.subarray(end), frameEnd)
  return framed ? textOf(bytes.subarray(16, end)) : undefined
}

/** A Go-quoted value as `strconv.Unquote` reads it, for the escapes that build settings use; anything else stays as it stands. */
const unquoted = (text: string): string => {
  if (text.length >= 2 && text.startsWith('`') && text.endsWith('`')) return text.slice(1, -1)
  if (!(text.length >= 2 && text.startsWith('"') && text.endsWith('"'))) return text
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' }
  return text.slice(1, -1).replace(/\\(.)/g, (whole, which: string) => escapes[which] ?? whole)
}

/** `KEY=VALUE`, either side quoted where it holds spaces, quotes or line ends. */
const setting = (text: string): [string, string] | undefined => {
  const parts = /^("(?:[^"\\]|\\.)*"|`[^`]*`|[^=]*)=(.*)$/s.exec(text)
  return parts ? [unquoted(parts[1] ?? ''), unquoted(parts[2] ?? '')] : undefined
}

const parseModuleText = (text: string) => {
  const settings = new Map<string, string>()
  let path: string | undefined
  let main: string | undefined
  for (const line of text.split('\n')) {
    const [kind, ...rest] = line.split('\t')
    if (kind === 'path') path ??= rest[0]
    if (kind === 'mod') main ??= rest.slice(0, 2).join(' ').trim()
    const pair = kind === 'build' ? setting(rest.join('\t')) : undefined
    if (pair && !settings.has(pair[0])) settings.set(pair[0], pair[1])
  }
  return { settings: Object.fromEntries(settings), ...(path === undefined ? {} : { path }), ...(main === undefined ? {} : { main }) }
}

const listOf = (text: string): string[] => text.split(',').filter((name) => name !== '')

const parsed = (version: string, moduleText: string | undefined, form: BuildInfo['form'], offset: number): BuildInfo => {
  const { settings, ...named } = parseModuleText(moduleText ?? '')
  // A space up to Go 1.25, a hyphen from Go 1.26 on (go.dev/issue/75953).
  const [, inVersion = ''] = /[ -]X:(\S+)/.exec(version) ?? []
  const experiments = [...new Set([...listOf(inVersion), ...listOf(settings.GOEXPERIMENT ?? '')])]
  const [, minor] = /^go1\.(\d+)/.exec(version) ?? []
  return {
    version,
    ...(minor === undefined ? {} : { minor: Number(minor) }),
    experiments,
    boringBranch: /^go1\.\d+(?:\.\d+)?b\d+/.test(version),
    form,
    offset,
    ...named,
    settings,
    moduleText: moduleText !== undefined,
  }
}

/**
 * The Go build info whose magic stands at a file offset, in the form with inline strings (Go 1.18 and later) and in the form with pointers
 * (Go source, `src/debug/buildinfo/buildinfo.go`). Reads at most 4 MiB.
 */
export const readBuildInfo = (image: Image, elf: Elf, offset: number): BuildInfoResult => {
  const header = image.bytes(offset, headerLength)
  if (header === undefined) return malformed('the file ends inside its Go build info')
  if (!equalBytes(header.subarray(0, buildInfoMagic.length), buildInfoMagic)) return malformed('no Go build info stands at this place')
  const flags = header[15] ?? 0

  if ((flags & flagInline) !== 0) {
    const version = inlineText(image, offset + headerLength, maximumVersion)
    const moduleText = version && inlineText(image, version.next, maximumModuleText)
    if (version === undefined || moduleText === undefined) return malformed('the strings of the Go build info do not fit')
    return accept(version.bytes, moduleText.bytes, 'inline', offset)
  }

  const wordSize = header[14]
  if (wordSize !== 4 && wordSize !== 8) return malformed(`the Go build info names pointers of ${wordSize} bytes`)
  const order = (flags & flagBigEndian) !== 0 ? 'big' : 'little'
  const { word } = numbersOf(header, order, wordSize)
  const version = pointedText(image, elf, word(16), order, wordSize, maximumVersion)
  const moduleText = pointedText(image, elf, word(16 + wordSize), order, wordSize, maximumModuleText)
  if (version === undefined) return malformed('the Go build info points to no text')
  return accept(version, moduleText ?? new Uint8Array(), 'pointer', offset)
}

const accept = (version: Uint8Array, moduleText: Uint8Array, form: BuildInfo['form'], offset: number): BuildInfoResult => {
  const text = asciiOf(version)
  if (!/^(?:go\d|devel)[\x20-\x7e]*$/.test(text))
    return malformed(`no Go version stands in the Go build info (${hexOf(version.subarray(0, 16))})`)
  return { state: 'found', info: parsed(text, unframed(moduleText), form, offset) }
}
