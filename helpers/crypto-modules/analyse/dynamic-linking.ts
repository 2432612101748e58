import { asciiOf, numbersOf } from './bytes.ts'
import { type Elf, offsetOfAddress } from './elf.ts'
import type { Image } from './image.ts'

const DT_NULL = 0
const DT_NEEDED = 1
const DT_PLTRELSZ = 2
const DT_STRTAB = 5
const DT_STRSZ = 10

/** More than any linker writes; a bound for hostile files. */
const maximumTable = 64 * 1024
const maximumStrings = 4 * 1024 * 1024

/** What a program asks of the dynamic linker: shared libraries, and calls that go through a stub each. */
export type DynamicLinking = { libraries: readonly string[]; stubs: number }

/**
 * DT_NEEDED and DT_PLTRELSZ of the program (System V ABI, chapter 5). Nothing of either for a program without a dynamic table; undefined where the table cannot be
 * read.
 */
export const dynamicLinking = (image: Image, elf: Elf): DynamicLinking | undefined => {
  const { dynamic } = elf
  if (dynamic === undefined) return { libraries: [], stubs: 0 }
  const wordSize = elf.class === 64 ? 8 : 4
  const bytes = dynamic.length <= maximumTable ? image.bytes(dynamic.offset, dynamic.length) : undefined
  if (bytes === undefined) return undefined
  const { word } = numbersOf(bytes, elf.order, wordSize)
  const needed: number[] = []
  let strings: number | undefined
  let size: number | undefined
  let stubs = 0
  for (let at = 0; at + 2 * wordSize <= bytes.length; at += 2 * wordSize) {
    const tag = word(at)
    const value = word(at + wordSize)
    if (tag === DT_NULL) break
    if (tag === DT_NEEDED) needed.push(value)
    if (tag === DT_STRTAB) strings = value
    if (tag === DT_STRSZ) size = value
    if (tag === DT_PLTRELSZ) stubs = Math.floor(value / (3 * wordSize))
  }
  if (needed.length === 0) return { libraries: [], stubs }
  if (strings === undefined || size === undefined || !(size <= maximumStrings)) return undefined
  const offset = offsetOfAddress(elf, strings, size)
  const table = offset === undefined ? undefined : image.bytes(offset, size)
  if (table === undefined) return undefined
  const names = needed.map((at) => {
    const end = table.indexOf(0, at)
    return at < table.length && end >= 0 ? asciiOf(table.subarray(at, end)) : undefined
  })
  return names.every((name) => name !== undefined) ? { libraries: names, stubs } : undefined
}
