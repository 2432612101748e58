import { boringCryptoPackage } from '../../policy/modules.ts'
import { numbersOf } from './bytes.ts'
import { type Elf, offsetOfAddress, segmentAt } from './elf.ts'
import type { FipsInfo } from './fips-info.ts'
import { type FunctionTable, readFunctionTable } from './function-table.ts'
import { packageOf } from './go-package.ts'
import { type GoFunction, textStartOf } from './go-text.ts'
import type { Image } from './image.ts'
import { type Instructions, instructionsOf, type Reference } from './instructions.ts'
import type { Found } from './search.ts'

// How a chain of calls into the module is followed: Go functions by the table, C functions by address.

/** A chain, as a look at the whole file proposed it. Addresses are virtual. */
export type ProposedChain = {
  /** Go functions by their places in the table: the caller, the functions of crypto/internal/boring up to the wrapper, runtime.cgocall. */
  functions: number[]
  /** The variable from which the wrapper loads the address of the C function. */
  variable: number
  /** C functions from the one that cgo made to the one that calls into the module. */
  stubs: number[]
}

/** The bytes of the module, in the file. */
export type Block = { start: number; length: number }

export const maximumLinks = 6
/** Bytes of a C function that are read; those of cgo have about 100. */
export const stubLength = 256

export const cgocall = 'runtime.cgocall'
const wrapper = /^crypto\/internal\/boring\._Cfunc__goboringcrypto_\w+$/

export const isBoring = (name: string): boolean => packageOf(name) === boringCryptoPackage
export const isWrapper = (name: string): boolean => wrapper.test(name)

/** A package of the standard library's cryptography, but for the wrappers' own. */
export const isCallerPackage = (path: string): boolean =>
  path.startsWith('crypto/') && path !== boringCryptoPackage && !path.startsWith(`${boringCryptoPackage}/`)

/** What a chain is followed in. */
export type Program = {
  image: Image
  elf: Elf
  table: FunctionTable
  textStart: number
  instructions: Instructions
  /** First address of the module, and the first one behind it. */
  module: { first: number; end: number }
  block: Block
}

export const programOf = (image: Image, elf: Elf, found: Found, records: readonly FipsInfo[], block: Block): Program | undefined => {
  const [reported, second] = found.functionTables
  const table = reported && second === undefined ? readFunctionTable(image, elf, reported.offset) : undefined
  const instructions = instructionsOf(elf.arch)
  const segment = segmentAt(elf, block.start, block.length)
  const textStart = table && reported && textStartOf(image, elf, table, reported.matches, records)
  if (table === undefined || instructions === undefined || textStart === undefined || segment === undefined || elf.class !== 64)
    return undefined
  const first = segment.address + (block.start - segment.offset)
  return { image, elf, table, textStart, instructions, module: { first, end: first + block.length }, block }
}

/** Calls in the code of a Go function: all, or those to wanted addresses. */
export const callsOf = (
  { image, instructions }: Program,
  { offset, length, address }: GoFunction,
  isWanted?: (target: number) => boolean,
): Reference[] => {
  const code = image.bytes(offset, length)
  return code === undefined ? [] : instructions.calls(code, address, isWanted)
}

/** The variables that a wrapper loads. */
export const loadsOf = ({ image, instructions }: Program, { offset, length, address }: GoFunction): Reference[] => {
  const code = image.bytes(offset, length)
  return code === undefined ? [] : instructions.loads(code, address)
}

/** Calls and jumps in a C function. */
export const stubOf = (
  { image, elf, instructions }: Program,
  address: number,
): { offset: number; calls: readonly Reference[] } | undefined => {
  const offset = offsetOfAddress(elf, address, stubLength)
  if (offset === undefined || segmentAt(elf, offset, stubLength)?.executable !== true) return undefined
  const code = image.bytes(offset, stubLength)
  return code && { offset, calls: instructions.callsAndJumps(code, address) }
}

/** The address that a variable holds in the file, and where that stands. */
export const pointerIn = ({ image, elf }: Program, variable: number): { at: number; address: number } | undefined => {
  const at = offsetOfAddress(elf, variable, 8)
  const bytes = at === undefined ? undefined : image.bytes(at, 8)
  return at === undefined || bytes === undefined ? undefined : { at, address: numbersOf(bytes, elf.order, 8).u64(0) }
}

export const isInModule = ({ module }: Program, address: number): boolean => address >= module.first && address < module.end
