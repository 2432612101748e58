import { boringCryptoPackage } from '../../policy/modules.ts'
import type { Elf } from './elf.ts'
import type { FipsInfo } from './fips-info.ts'
import { functionAt } from './function-table.ts'
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
import { type Found, packageOf } from './search.ts'
import { type Tail, wrapperTails } from './wrapper-tails.ts'

// The search for chains from crypto/* into the module. It walks backwards: wrappers that reach the module, functions of crypto/internal/boring that reach a wrapper,
// functions of crypto/* that call one of them. The linker lays packages next to those that they need, so the known functions lead to the others.

/** One chain for each package that calls; more prove no more. */
const maximumChains = 8
/** Bound for hostile files: functions whose names are read. */
const maximumFunctions = 60_000
/** Functions of other packages that may stand between two of crypto/*: the linker lays packages in the order in which they need each other. */
const strangers = 512
const isCryptography = (path: string): boolean => path === boringCryptoPackage || isCallerPackage(path)

/** Places of the functions of crypto/* in the table: around those that are known, until too many others come. In the order of the table. */
const placesOf = ({ image, table }: Program, known: readonly number[]): { index: number; path: string }[] => {
  const paths = new Map<number, string>()
  const isFree = (at: number): boolean => at >= 0 && at < table.functions && !paths.has(at) && paths.size < maximumFunctions
  for (const index of known) {
    for (const step of [1, -1]) {
      let foreign = 0
      for (let at = step === 1 ? index : index - 1; isFree(at) && foreign <= strangers; at += step) {
        const path = packageOf(functionAt(image, table, at)?.name ?? '')
        paths.set(at, path)
        foreign = isCryptography(path) ? 0 : foreign + 1
      }
    }
  }
  return [...paths]
    .flatMap(([index, path]) => (isCryptography(path) ? [{ index, path }] : []))
    .toSorted((one, other) => one.index - other.index)
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
  const known = reported.matches.filter(({ name }) => isCryptography(packageOf(name))).map(({ index }) => index)
  const places = placesOf(program, known)
  const functionOf = (index: number): GoFunction | undefined => goFunctionAt(image, elf, program.table, program.textStart, index)
  const own = places.flatMap(({ index, path }) => (path === boringCryptoPackage ? (functionOf(index) ?? []) : []))
  const tails = tailsOf(program, own)
  const chains = new Map<string, ProposedChain>()
  if (tails.size === 0) return []
  for (const { index, path } of places) {
    if (path === boringCryptoPackage || chains.has(path)) continue
    if (chains.size === maximumChains) break
    const fn = functionOf(index)
    const call = fn && callsOf(program, fn).find(({ target }) => tails.has(target))
    const tail = call && tails.get(call.target)
    if (tail !== undefined) chains.set(path, { ...tail, functions: [index, ...tail.functions] })
  }
  return [...chains.values()]
}
