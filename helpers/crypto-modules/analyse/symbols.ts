import { numbersOf } from './bytes.ts'
import type { Elf } from './elf.ts'
import type { Image } from './image.ts'
import { type Section, sectionsOf } from './sections.ts'

const SHT_SYMTAB = 2

/** Bound for hostile files: bytes of one table of symbols or of their names. */
const maximumTable = 64 * 1024 * 1024

/** The table of symbols and the names that belong to it (System V ABI, chapter 4; 64-bit files). */
const symbolTable = (image: Image, elf: Elf): { symbols: Uint8Array; names: Uint8Array } | undefined => {
  const sections = sectionsOf(image, elf)
  const table = sections.find(({ type }) => type === SHT_SYMTAB)
  const contents = (section: Section | undefined): Uint8Array | undefined =>
    section !== undefined && section.length <= maximumTable ? image.bytes(section.offset, section.length) : undefined
  const [symbols, names] = [contents(table), contents(table && sections[table.link])]
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
