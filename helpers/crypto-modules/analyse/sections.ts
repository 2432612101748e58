import { asciiOf, numbersOf } from './bytes.ts'
import type { Elf } from './elf.ts'
import type { Image } from './image.ts'

const maximumSections = 4096
const maximumNames = 1024 * 1024

/** A section of an ELF file. A hint only: a program runs without its sections. Offsets and lengths in the file, in bytes. */
export type Section = {
  name: string
  type: number
  offset: number
  length: number /** Index of the section that belongs to it. */
  link: number
}

/** The sections of a 64-bit ELF file by its section headers (System V ABI, chapter 4); none where they are not to be had. */
export const sectionsOf = (image: Image, elf: Elf): Section[] => {
  const header = elf.class === 64 ? image.bytes(0, 64) : undefined
  if (header === undefined) return []
  const { u16, u64 } = numbersOf(header, elf.order, 8)
  const [offset, size, count, namesIndex] = [u64(40), u16(58), u16(60), u16(62)]
  const table = size === 64 && count > 0 && count <= maximumSections && namesIndex < count ? image.bytes(offset, size * count) : undefined
  if (table === undefined) return []
  const numbers = numbersOf(table, elf.order, 8)
  const place = (index: number) => ({ offset: numbers.u64(index * size + 24), length: numbers.u64(index * size + 32) })
  const named = place(namesIndex)
  const names = (named.length <= maximumNames ? image.bytes(named.offset, named.length) : undefined) ?? new Uint8Array()
  return Array.from({ length: count }, (_, index) => {
    const start = numbers.u32(index * size)
    const end = names.indexOf(0, start)
    return {
      name: end < 0 ? '' : asciiOf(names.subarray(start, end)),
      type: numbers.u32(index * size + 4),
      link: numbers.u32(index * size + 40),
      ...place(index),
    }
  })
}
