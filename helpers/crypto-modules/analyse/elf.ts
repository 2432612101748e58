import { type ByteOrder, type Numbers, numbersOf } from './bytes.ts'
import type { Image } from './image.ts'

/** A PT_LOAD program header: which bytes of the file become which memory, with which rights. Offsets, addresses and sizes in bytes. */
export type Segment = {
  offset: number
  fileSize: number
  address: number
  memorySize: number
  readable: boolean
  writable: boolean
  executable: boolean
}

export type Elf = {
  class: 32 | 64
  order: ByteOrder
  /** e_type: 1 relocatable, 2 executable, 3 shared object or position-independent executable, 4 core. */
  type: number
  /** e_machine. */
  machine: number
  /** The machine as Go names it, else `machine-<number>`. */
  arch: string
  segments: readonly Segment[]
  /** An interpreter is asked for: the program is linked dynamically. */
  interpreter: boolean
  /** The table of what the dynamic linker is to do (PT_DYNAMIC). */
  dynamic?: { offset: number; length: number }
  /** Where the file ends at the earliest, by its own headers. A file shorter than that was cut. */
  end: number
}

export type ElfResult = { state: 'elf'; elf: Elf } | { state: 'not-elf' } | { state: 'malformed'; reason: string }

/** More program headers than any linker writes; a bound for hostile files. */
const maximumSegments = 512

const PT_LOAD = 1
const PT_DYNAMIC = 2
const PT_INTERP = 3
const PF_X = 1
const PF_W = 2
const PF_R = 4

// ELF machine numbers (System V ABI registry) that Go programs for Linux are built for.
const machines: Record<number, Record<ByteOrder, string>> = {
  3: { little: '386', big: '386' },
  8: { little: 'mipsle', big: 'mips' },
  20: { little: 'ppc', big: 'ppc' },
  21: { little: 'ppc64le', big: 'ppc64' },
  22: { little: 's390x', big: 's390x' },
  40: { little: 'arm', big: 'arm' },
  62: { little: 'amd64', big: 'amd64' },
  183: { little: 'arm64', big: 'arm64' },
  243: { little: 'riscv64', big: 'riscv64' },
  258: { little: 'loong64', big: 'loong64' },
}

const isElf = (magic: Uint8Array): boolean => magic[0] === 0x7f && magic[1] === 0x45 && magic[2] === 0x4c && magic[3] === 0x46

const segment64 = ({ u32, u64 }: Numbers, at: number) => ({
  type: u32(at),
  flags: u32(at + 4),
  offset: u64(at + 8),
  address: u64(at + 16),
  fileSize: u64(at + 32),
  memorySize: u64(at + 40),
})

const segment32 = ({ u32 }: Numbers, at: number) => ({
  type: u32(at),
  offset: u32(at + 4),
  address: u32(at + 8),
  fileSize: u32(at + 16),
  memorySize: u32(at + 20),
  flags: u32(at + 24),
})

const malformed = (reason: string): ElfResult => ({ state: 'malformed', reason })

/**
 * ELF header and program headers (System V ABI, chapters 4 and 5; `elf(5)`), both classes and byte orders. Section headers are not read: they are not needed to
 * run a program, and can be stripped or forged. Reads at most 64 bytes and the program header table.
 */
export const readElf = (image: Image): ElfResult => {
  const magic = image.bytes(0, 4)
  if (magic === undefined || !isElf(magic)) return { state: 'not-elf' }
  const ident = image.bytes(0, 16)
  const bits = ident?.[4] === 2 ? 64 : ident?.[4] === 1 ? 32 : undefined
  const order = ident?.[5] === 1 ? 'little' : ident?.[5] === 2 ? 'big' : undefined
  if (bits === undefined || order === undefined) return malformed('the ELF header names no known class or byte order')
  const header = image.bytes(0, bits === 64 ? 64 : 52)
  if (header === undefined) return malformed('the file ends inside its ELF header')

  const wordSize = bits === 64 ? 8 : 4
  const numbers = numbersOf(header, order, wordSize)
  const tail = bits === 64 ? 52 : 40
  const programHeaders = numbers.word(bits === 64 ? 32 : 28)
  const sectionHeaders = numbers.word(bits === 64 ? 40 : 32)
  const entrySize = numbers.u16(tail + 2)
  const count = numbers.u16(tail + 4)
  const sections = numbers.u16(tail + 6) * numbers.u16(tail + 8)
  const wanted = bits === 64 ? 56 : 32
  if (count > maximumSegments) return malformed(`the ELF header announces ${count} program headers`)
  if (count > 0 && entrySize !== wanted) return malformed(`program headers of ${entrySize} bytes in a ${bits}-bit ELF file`)

  const table = image.bytes(programHeaders, count * wanted)
  if (table === undefined) return malformed('the file ends before its program headers do')
  const entries = numbersOf(table, order, wordSize)
  const all = Array.from({ length: count }, (_, index) => (bits === 64 ? segment64 : segment32)(entries, index * wanted))
  const loads = all.filter(({ type }) => type === PT_LOAD)
  if (loads.some(({ offset, fileSize, address, memorySize }) => !Number.isSafeInteger(offset + fileSize + address + memorySize))) {
    return malformed('a program header holds a number that no file can have')
  }
  const segments = loads.map(({ flags, offset, fileSize, address, memorySize }) => ({
    offset,
    fileSize,
    address,
    memorySize,
    readable: (flags & PF_R) !== 0,
    writable: (flags & PF_W) !== 0,
    executable: (flags & PF_X) !== 0,
  }))
  const machine = numbers.u16(18)
  const dynamic = all.find(({ type }) => type === PT_DYNAMIC)
  const ends = [programHeaders + table.length, ...segments.map(({ offset, fileSize }) => offset + fileSize)]
  if (sections > 0 && Number.isSafeInteger(sectionHeaders)) ends.push(sectionHeaders + sections)
  return {
    state: 'elf',
    elf: {
      class: bits,
      order,
      type: numbers.u16(16),
      machine,
      arch: machines[machine]?.[order] ?? `machine-${machine}`,
      segments,
      ...(dynamic === undefined ? {} : { dynamic: { offset: dynamic.offset, length: dynamic.fileSize } }),
      interpreter: all.some(({ type }) => type === PT_INTERP),
      end: Math.max(...ends),
    },
  }
}

/** The segment that holds all of `length` bytes at a file offset, if there is one. */
export const segmentAt = (elf: Elf, offset: number, length: number): Segment | undefined =>
  elf.segments.find((segment) => segment.offset <= offset && offset + length <= segment.offset + segment.fileSize)

/** The file offset of `length` bytes at a virtual address, where one segment of the file holds them all. */
export const offsetOfAddress = (elf: Elf, address: number, length: number): number | undefined => {
  const segment = elf.segments.find((each) => each.address <= address && address + length <= each.address + each.fileSize)
  return segment && segment.offset + (address - segment.address)
}
