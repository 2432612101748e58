import { numbersOf } from './bytes.ts'
import type { Elf } from './elf.ts'
import type { Image } from './image.ts'

const SHT_SYMTAB = 2

/** Bounds for hostile files: sections, and bytes of one table of symbols or of their names. */
const maximumSections = 4096
const maximumTable = 64 * 1024 * 1024

type Table = { symbols: Uint8Array; names: Uint8Array }

/** The table of symbols and the names that belong to it, by the section headers (System V ABI, chapter 4; 64-bit files). */
const symbolTable = (image: Image, elf: Elf): Table | undefined => {
  const header = elf.class === 64 ? image.bytes(0, 64) : undefined
  if (header === undefined) return undefined
  const { u16, u64 } = numbersOf(header, elf.order, 8)
  const [offset, size, count] = [u64(40), u16(58), u16(60)]
  const sections = size === 64 && count > 0 && count <= maximumSections ? image.bytes(offset, size * count) : undefined
  if (sections === undefined) return undefined
  const numbers = numbersOf(sections, elf.order, 8)
  const contents = (index: number): Uint8Array | undefined => {
    const length = index < count ? numbers.u64(index * size + 32) : 0
    return length > 0 && length <= maximumTable ? image.bytes(numbers.u64(index * size + 24), length) : undefined
  }
  const index = Array.from({ length: count }, (_, at) => at).find((at) => numbers.u32(at * size + 4) === SHT_SYMTAB)
  const symbols = index === undefined ? undefined : contents(index)
  const names = index === undefined ? undefined : contents(numbers.u32(index * size + 40))
  return symbols && names && { symbols, names }
}

/** Addresses of the symbols with these names, in their order; undefined for each that is not there. Symbols can be stripped and forged: what they say needs a proof. */
export const symbolAddresses = (image: Image, elf: Elf, wanted: readonly string[]): (number | undefined)[] => {
  const table = symbolTable(image, elf)
  if (table === undefined) return wanted.map(() => undefined)
  const names = Buffer.from(table.names.buffer, table.names.byteOffset, table.names.byteLength)
  const { u32, u64 } = numbersOf(table.symbols, elf.order, 8)
  return wanted.map((name) => {
    const at = names.indexOf(`\0${name}\0`, 0, 'latin1')
    if (at < 0) return undefined
    for (let symbol = 0; symbol + 24 <= table.symbols.length; symbol += 24) if (u32(symbol) === at + 1) return u64(symbol + 8)
    return undefined
  })
}
