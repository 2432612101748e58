import { boringCryptoPackage } from '../../policy/modules.ts'
import { textOf } from './bytes.ts'
import type { Elf } from './elf.ts'
import type { FipsInfo } from './fips-info.ts'
import { maximumName, nameOffsets } from './function-table.ts'
import { packageOf } from './go-package.ts'
import { type GoFunction, goFunctionAt } from './go-text.ts'
import type { Image } from './image.ts'
import {
  type Block,
  callsOf,
  isCallerPackage,
  isWrapper,
  maximumLinks,
  type Program,
  type ProposedChain,
  programOf,
} from './module-program.ts'
import type { Found } from './search.ts'
import { type Tail, wrapperTails } from './wrapper-tails.ts'

// The search for chains from crypto/* into the module. It walks backwards: wrappers that reach the module, functions of crypto/internal/boring that reach a wrapper,
// functions of crypto/* that call one of them. The linker lays packages next to those that they need, so the known functions lead to the others.

/** One chain for each package that calls; more prove no more. */
const maximumChains = 8
/** Bound for hostile files: functions whose names are read. */
const maximumFunctions = 60_000
/** Functions of other packages that may stand between two of crypto/*: the linker lays packages in the order in which they need each other. */
const strangers = 512

const encoder = new TextEncoder()
/** Every package of the standard library's cryptography starts so, the wrappers' own among them. */
const cryptography = encoder.encode('crypto/')
const wrappers = encoder.encode(boringCryptoPackage)

/** The names of a program by the places of its functions in the table. Of most no more is read than how they start. */
const namesOf = ({ image, table }: Program) => {
  const names = image.bytes(table.names, table.namesEnd - table.names) ?? new Uint8Array()
  const offsets = nameOffsets(image, table)
  return {
    starts: (index: number, start: Uint8Array): boolean => {
      const offset = offsets[index] ?? Number.NaN
      for (let at = 0; at < start.length; at++) if (names[offset + at] !== start[at]) return false
      return true
    },
    packageOf: (index: number): string => {
      const offset = offsets[index] ?? names.length
      const name = names.subarray(offset, offset + maximumName)
      const end = name.indexOf(0)
      return end < 0 ? '' : packageOf(textOf(name.subarray(0, end)))
    },
  }
}
type Names = ReturnType<typeof namesOf>

/** Places of the functions of crypto/* in the table: around those that are known, until too many others come. In the order of the table. */
const placesOf = ({ table }: Program, names: Names, known: readonly number[]): number[] => {
  const seen = new Set<number>()
  const places: number[] = []
  const isFree = (at: number): boolean => at >= 0 && at < table.functions && !seen.has(at) && seen.size < maximumFunctions
  for (const index of known) {
    for (const step of [1, -1]) {
      let foreign = 0
      for (let at = step === 1 ? index : index - 1; isFree(at) && foreign <= strangers; at += step) {
        seen.add(at)
        const isNear = names.starts(at, cryptography)
        foreign = isNear ? 0 : foreign + 1
        if (isNear) places.push(at)
      }
    }
  }
  return places.toSorted((one, other) => one - other)
}

/** Chains from functions of crypto/internal/boring on, by the address of the function: from the wrappers outwards. */
const tailsOf = (program: Program, functions: readonly GoFunction[]): Map<number, Tail> => {
  const tails = wrapperTails(
    program,
    functions.filter(({ name }) => isWrapper(name)),
  )
  const others = functions.filter(({ name }) => !isWrapper(name)).map((fn) => ({ fn, calls: callsOf(program, fn) }))
  // The caller, this many of crypto/internal/boring, runtime.cgocall.
  for (let links = 2; links <= maximumLinks - 2; links++) {
    const reached = new Map(tails)
    for (const { fn, calls } of others) {
      const next = reached.has(fn.address) ? undefined : calls.find(({ target }) => reached.has(target))
      const tail = next && reached.get(next.target)
      if (tail !== undefined) tails.set(fn.address, { ...tail, functions: [fn.index, ...tail.functions] })
    }
  }
  return tails
}

/** Chains from the standard library's cryptography into the module; one for each package at most. Needs the whole file. */
export const proposeCalls = (image: Image, elf: Elf, found: Found, records: readonly FipsInfo[], block: Block): ProposedChain[] => {
  const program = programOf(image, elf, found, records, block)
  const [reported] = found.functionTables
  if (program === undefined || reported === undefined) return []
  const known = reported.matches.filter(({ name }) => name.startsWith('crypto/')).map(({ index }) => index)
  if (known.length === 0) return []
  const names = namesOf(program)
  const places = placesOf(program, names, known)
  const functionOf = (index: number): GoFunction | undefined => goFunctionAt(image, elf, program.table, program.textStart, index)
  const own = places.flatMap((index) =>
    names.starts(index, wrappers) && names.packageOf(index) === boringCryptoPackage ? (functionOf(index) ?? []) : [],
  )
  const tails = tailsOf(program, own)
  const chains = new Map<string, ProposedChain>()
  if (tails.size === 0) return []
  const isTail = (target: number): boolean => tails.has(target)
  for (const index of places) {
    if (chains.size === maximumChains) break
    const path = names.packageOf(index)
    if (!isCallerPackage(path) || chains.has(path)) continue
    const fn = functionOf(index)
    const call = fn && callsOf(program, fn, isTail)[0]
    const tail = call && tails.get(call.target)
    if (tail !== undefined) chains.set(path, { ...tail, functions: [index, ...tail.functions] })
  }
  return [...chains.values()]
}
