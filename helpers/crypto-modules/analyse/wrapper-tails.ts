import { numbersOf } from './bytes.ts'
import { functionAt } from './function-table.ts'
import type { GoFunction } from './go-text.ts'
import { callsOf, cgocall, isInModule, loadsOf, type Program, type ProposedChain, pointerIn, stubOf } from './module-program.ts'

/** How many C functions lie between runtime.cgocall and the module: the one of cgo, and a helper of crypto/internal/boring's own. */
const maximumStubs = 3

/** The place of the function that starts at an address, by halving: the table is in the order of its entries. */
const indexOfAddress = ({ image, table, textStart }: Program, address: number): number | undefined => {
  const entry = address - textStart
  let [low, high] = [0, table.functions - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const bytes = image.bytes(table.index + middle * 8, 4)
    if (bytes === undefined) return undefined
    const here = numbersOf(bytes, table.order, 4).u32(0)
    if (here === entry) return middle
    if (here < entry) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

/** C functions from one to the module: the one itself, or through one that it calls. */
const stubsInto = (program: Program, address: number, depth = 1): number[] | undefined => {
  const stub = stubOf(program, address)
  if (stub === undefined) return undefined
  if (stub.calls.some(({ target }) => isInModule(program, target))) return [address]
  if (depth === maximumStubs) return undefined
  for (const { target } of stub.calls) {
    const rest = stubsInto(program, target, depth + 1)
    if (rest !== undefined) return [address, ...rest]
  }
  return undefined
}

/** The end of a chain: from a function of crypto/internal/boring on. */
export type Tail = ProposedChain

/** What a wrapper leads to, if it leads into the module. */
const tailOf = (program: Program, fn: GoFunction, cgocalls: ReadonlyMap<number, number>): Tail | undefined => {
  const call = callsOf(program, fn).find(({ target }) => cgocalls.has(target))
  const index = call && cgocalls.get(call.target)
  if (index === undefined) return undefined
  for (const { target } of loadsOf(program, fn)) {
    const pointer = pointerIn(program, target)
    const stubs = pointer && stubsInto(program, pointer.address)
    if (stubs !== undefined) return { functions: [fn.index, index], variable: target, stubs }
  }
  return undefined
}

/** The wrappers that lead into the module, by their addresses. */
export const wrapperTails = (program: Program, wrappers: readonly GoFunction[]): Map<number, Tail> => {
  const { image, table } = program
  const cgocalls = new Map<number, number>()
  const asked = new Set<number>()
  for (const { target } of wrappers.flatMap((fn) => callsOf(program, fn))) {
    if (asked.has(target)) continue
    asked.add(target)
    const index = indexOfAddress(program, target)
    if (index !== undefined && functionAt(image, table, index)?.name === cgocall) cgocalls.set(target, index)
  }
  const tails = new Map<number, Tail>()
  for (const fn of wrappers) {
    const tail = tailOf(program, fn, cgocalls)
    if (tail !== undefined) tails.set(fn.address, tail)
  }
  return tails
}
