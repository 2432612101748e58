import type { Elf } from './elf.ts'
import type { FipsInfo } from './fips-info.ts'
import { packageOf } from './go-package.ts'
import { type GoFunction, goFunctionAt } from './go-text.ts'
import type { Image } from './image.ts'
import {
  type Block,
  callsOf,
  cgocall,
  isBoring,
  isCallerPackage,
  isInModule,
  isWrapper,
  loadsOf,
  maximumLinks,
  type Program,
  type ProposedChain,
  pointerIn,
  programOf,
  stubLength,
  stubOf,
} from './module-program.ts'
import type { Found } from './search.ts'
import { wrapperTails } from './wrapper-tails.ts'

// That a module stands in the code does not say that anything goes through it. What does is a chain of instructions: code of the standard library's crypto/* calls
// crypto/internal/boring, whose wrapper hands runtime.cgocall a C function whose code calls into the module's own bytes. Names say where to look, and can be forged;
// that they are followed by such instructions to the end cannot be had without a program that does it.

/** More wrappers than crypto/internal/boring has: about 100. */
const maximumWrappers = 512

/** Code that the proof rests on: offset and length in the file. Of a C function, whose end no table gives, as many bytes as were read. */
export type ProvenFunction = { name: string; offset: number; length: number }

/** One chain that holds. `calls` are the file offsets of its calls, in their order; the last one calls `into`, a file offset in the module. */
export type ModuleCall = { functions: readonly ProvenFunction[]; calls: readonly number[]; variableAt: number; into: number }

/**
 * proven: at least one chain stands in the code. none: the functions that bear the names of wrappers do not lead into the module. unseen: they do, and no caller of
 * them was found. unknown: table or code are not at hand.
 */
export type ModuleCalls = { state: 'proven'; chains: readonly ModuleCall[] } | { state: 'none' | 'unseen' | 'unknown'; reason: string }

/** Names of the Go functions of a chain are what they must be: a caller, functions of crypto/internal/boring of which the last is a wrapper, runtime.cgocall. */
const hasItsNames = (functions: readonly GoFunction[]): boolean => {
  const [caller, ...inner] = functions.slice(0, -1).map(({ name }) => name)
  const last = inner.at(-1)
  return (
    caller !== undefined &&
    last !== undefined &&
    isCallerPackage(packageOf(caller)) &&
    inner.every(isBoring) &&
    isWrapper(last) &&
    functions.at(-1)?.name === cgocall
  )
}

/** One chain, each link read again from the code. Undefined where one does not hold. */
const examineChain = (program: Program, { functions, variable, stubs }: ProposedChain): ModuleCall | undefined => {
  if (functions.length > maximumLinks || stubs.length > maximumLinks || stubs.length === 0) return undefined
  const { image, elf, table, textStart, block, module } = program
  const chain = functions.flatMap((index) => goFunctionAt(image, elf, table, textStart, index) ?? [])
  const wrapping = chain.at(-2)
  if (chain.length !== functions.length || wrapping === undefined || !hasItsNames(chain)) return undefined
  const callers = chain.slice(0, -1)
  const sites = callers.map((from, at) => {
    const call = callsOf(program, from).find(({ target }) => target === chain[at + 1]?.address)
    return call && from.offset + (call.at - from.address)
  })
  const pointer = pointerIn(program, variable)
  if (pointer === undefined || pointer.address !== stubs[0] || !loadsOf(program, wrapping).some(({ target }) => target === variable))
    return undefined

  const proven: ProvenFunction[] = callers.map(({ name, offset, length }) => ({ name, offset, length }))
  let into: number | undefined
  for (const [at, address] of stubs.entries()) {
    const stub = stubOf(program, address)
    const next = stubs[at + 1]
    const call = stub?.calls.find(({ target }) => (next === undefined ? isInModule(program, target) : target === next))
    if (stub === undefined || call === undefined) return undefined
    sites.push(stub.offset + (call.at - address))
    proven.push({ name: '', offset: stub.offset, length: stubLength })
    if (next === undefined) into = block.start + (call.target - module.first)
  }
  const calls = sites.filter((site) => site !== undefined)
  return into === undefined || calls.length !== sites.length ? undefined : { functions: proven, calls, variableAt: pointer.at, into }
}

/** Whether the program's cryptography goes through the module, as far as chains were proposed and hold. */
export const examineCalls = (
  image: Image,
  elf: Elf,
  found: Found,
  records: readonly FipsInfo[],
  block: Block,
  proposed: readonly ProposedChain[],
): ModuleCalls => {
  const program = programOf(image, elf, found, records, block)
  if (program === undefined) {
    return { state: 'unknown', reason: 'its table of functions, the start of its code, or its instructions cannot be read' }
  }
  const chains = proposed.flatMap((chain) => examineChain(program, chain) ?? [])
  if (chains.length > 0) return { state: 'proven', chains }
  const wrappers = found.functionTables.flatMap(({ matches }) => matches).filter(({ name }) => isWrapper(name))
  const functions = wrappers
    .slice(0, maximumWrappers)
    .flatMap(({ index }) => goFunctionAt(image, elf, program.table, program.textStart, index) ?? [])
  if (
    functions.length < Math.min(wrappers.length, maximumWrappers) ||
    functions.some(({ offset, length }) => image.bytes(offset, length) === undefined)
  ) {
    return { state: 'unknown', reason: 'no chain of calls was found, and the code of its wrappers is not at hand' }
  }
  const leading = wrapperTails(program, functions).size
  if (leading === 0) {
    return {
      state: 'none',
      reason: `none of the ${functions.length} functions that bear the names of its wrappers leads through runtime.cgocall into the module`,
    }
  }
  return {
    state: 'unseen',
    reason: 'no function of crypto/* was found whose calls lead through crypto/internal/boring and runtime.cgocall into the module',
  }
}
