import { outsideBoringCrypto } from '../../policy/modules.ts'
import type { Elf } from './elf.ts'
import type { InspectedExecutable } from './executable-facts.ts'
import { functionAt, readFunctionTable } from './function-table.ts'
import { packageOf } from './go-package.ts'
import type { Image } from './image.ts'
import type { FoundFunctions } from './search.ts'

/** What the table of functions shows. Names can be forged (`go:linkname`), so they explain a module that is proven by its bytes; they never stand for one. */
export type GoFunctions = Pick<InspectedExecutable, 'fipsonly' | 'wrappers' | 'wrapperCount' | 'outside'> & {
  /** One table is normal; with several, what they do not agree on is unknown. */
  tables: number
}

const nothing: GoFunctions = { fipsonly: 'unknown', wrappers: 'unknown', wrapperCount: 0, outside: [], tables: 0 }

const initOfFipsonly = /^crypto\/tls\/fipsonly\.init(?:\.\d+)?$/
const initOfBoring = /^crypto\/internal\/boring\.init\.\d+$/
const wrapper = /^crypto\/internal\/boring\._Cfunc__goboringcrypto_\w+$/

const outsideOf = (names: readonly string[]): InspectedExecutable['outside'] =>
  [...new Set(names.map(packageOf))].toSorted().flatMap((path) => {
    const known = outsideBoringCrypto.find(({ prefix }) => path === prefix || (prefix.endsWith('/') && path.startsWith(prefix)))
    return known ? [{ package: path, what: known.what }] : []
  })

/** One table, with every name that the walk reported read again along pair, record and name. Undefined where the stored bytes do not bear the report out. */
const confirmed = (image: Image, elf: Elf, found: FoundFunctions): GoFunctions | undefined => {
  const table = readFunctionTable(image, elf, found.offset)
  if (table === undefined || table.functions !== found.functions) return undefined
  if (!found.matches.every(({ index, name }) => functionAt(image, table, index)?.name === name)) return undefined
  const names = found.matches.map(({ name }) => name)
  const count = names.filter((name) => wrapper.test(name)).length
  return {
    fipsonly: names.some((name) => initOfFipsonly.test(name)) ? 'yes' : 'no',
    wrappers: count > 0 && names.some((name) => initOfBoring.test(name)) ? 'yes' : 'no',
    wrapperCount: count,
    outside: outsideOf(names),
    tables: 1,
  }
}

/** What the tables of functions show together. */
export const goFunctions = (image: Image, elf: Elf, tables: readonly FoundFunctions[]): GoFunctions => {
  const all = tables.map((found) => confirmed(image, elf, found) ?? nothing)
  const [first] = all
  if (first === undefined) return nothing
  const agreed = <Key extends 'fipsonly' | 'wrappers'>(key: Key): GoFunctions[Key] =>
    all.every((each) => each[key] === first[key]) ? first[key] : 'unknown'
  return { ...first, fipsonly: agreed('fipsonly'), wrappers: agreed('wrappers'), tables: all.length }
}
