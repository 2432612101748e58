import { asciiOf, numbersOf } from './bytes.ts'
import { type Elf, offsetOfAddress } from './elf.ts'
import type { Image } from './image.ts'

const DT_NULL = 0
const DT_NEEDED = 1
const DT_PLTRELSZ = 2
const DT_STRTAB = 5
const DT_STRSZ = 10
const DT_RPATH = 15
const DT_RUNPATH = 29

/** More than any linker writes; a bound for hostile files. */
const maximumTable = 64 * 1024
const maximumStrings = 4 * 1024 * 1024

/** What a program asks of the dynamic linker: shared libraries, where it wants them looked for, and calls that go through a stub each. */
export type DynamicLinking = { libraries: readonly string[]; rpath: readonly string[]; runpath: readonly string[]; stubs: number }

const nothing: DynamicLinking = { libraries: [], rpath: [], runpath: [], stubs: 0 }

const foldersOf = (paths: readonly string[]): string[] => paths.flatMap((path) => path.split(':')).filter((folder) => folder !== '')

/**
 * DT_NEEDED, DT_RPATH, DT_RUNPATH and DT_PLTRELSZ of the program (System V ABI, chapter 5). Nothing of any for a program without a dynamic table; undefined where the
 * table cannot be read.
 */
export const dynamicLinking = (image: Image, elf: Elf): DynamicLinking | undefined => {
  const { dynamic } = elf
  if (dynamic === undefined) return nothing
  const wordSize = elf.class === 64 ? 8 : 4
  const bytes = dynamic.length <= maximumTable ? image.bytes(dynamic.offset, dynamic.length) : undefined
  if (bytes === undefined) return undefined
  const { word } = numbersOf(bytes, elf.order, wordSize)
  const texts: { tag: number; at: number }[] = []
  let strings: number | undefined
  let size: number | undefined
  let stubs = 0
  for (let at = 0; at + 2 * wordSize <= bytes.length; at += 2 * wordSize) {
    const tag = word(at)
    const value = word(at + wordSize)
    if (tag === DT_NULL) break
    if (tag === DT_NEEDED || tag === DT_RPATH || tag === DT_RUNPATH) texts.push({ tag, at: value })
    if (tag === DT_STRTAB) strings = value
    if (tag === DT_STRSZ) size = value
    if (tag === DT_PLTRELSZ) stubs = Math.floor(value / (3 * wordSize))
  }
  if (texts.length === 0) return { ...nothing, stubs }
  if (strings === undefined || size === undefined || !(size <= maximumStrings)) return undefined
  const offset = offsetOfAddress(elf, strings, size)
  const table = offset === undefined ? undefined : image.bytes(offset, size)
  if (table === undefined) return undefined
  const read = texts.map(({ tag, at }) => {
    const end = table.indexOf(0, at)
    return { tag, text: at < table.length && end >= 0 ? asciiOf(table.subarray(at, end)) : undefined }
  })
  const of = (wanted: number): string[] => read.flatMap(({ tag, text }) => (tag === wanted && text !== undefined ? [text] : []))
  return read.every(({ text }) => text !== undefined)
    ? { libraries: of(DT_NEEDED), rpath: foldersOf(of(DT_RPATH)), runpath: foldersOf(of(DT_RUNPATH)), stubs }
    : undefined
}
