import { numbersOf } from './bytes.ts'
import { type Elf, offsetOfAddress, segmentAt } from './elf.ts'
import type { FipsInfo } from './fips-info.ts'
import { type FunctionName, type FunctionTable, functionAt } from './function-table.ts'
import type { Image } from './image.ts'

/** A Go function with its code: offset and length in the file, address in memory. The code ends where the next function starts. */
export type GoFunction = { index: number; name: string; offset: number; length: number; address: number }

/** Bound for hostile files; the longest function of a program has about 100 KB. */
const maximumCode = 256 * 1024

/** Where the header of the table has the address from which entries count (Go 1.18 to 1.25; later ones write zero). */
const headerText = (image: Image, { offset, wordSize, order }: FunctionTable): number | undefined => {
  const bytes = image.bytes(offset + 8 + 2 * wordSize, wordSize)
  const address = bytes && numbersOf(bytes, order, wordSize).word(0)
  return address === 0 ? undefined : address
}

/**
 * The address from which the entries of a table count: what the record of Go's own module and the linker's mark say (Go 1.24 and later), else the header. Undefined
 * where neither says it, or where it is not executable.
 */
export const textStartOf = (
  image: Image,
  elf: Elf,
  table: FunctionTable,
  matches: readonly FunctionName[],
  [record]: readonly FipsInfo[],
): number | undefined => {
  if (table.layout !== 'go1.18') return undefined
  const named = matches.find(({ name }) => name === 'go:textfipsstart')
  const mark = named && functionAt(image, table, named.index)
  const byMark = record && mark?.name === named?.name && mark !== undefined ? record.ranges[0].start - mark.entry : undefined
  const start = byMark ?? headerText(image, table)
  const offset = start === undefined ? undefined : offsetOfAddress(elf, start, 1)
  return offset !== undefined && segmentAt(elf, offset, 1)?.executable ? start : undefined
}

/** A function of the table with the place of its code; undefined where that is no executable part of the file. */
export const goFunctionAt = (image: Image, elf: Elf, table: FunctionTable, textStart: number, index: number): GoFunction | undefined => {
  const [here, next] = [functionAt(image, table, index), functionAt(image, table, index + 1)]
  if (here === undefined || next === undefined) return undefined
  const length = next.entry - here.entry
  const address = textStart + here.entry
  const offset = length > 0 && length <= maximumCode ? offsetOfAddress(elf, address, length) : undefined
  return offset !== undefined && segmentAt(elf, offset, length)?.executable
    ? { index, name: here.name, offset, length, address }
    : undefined
}
