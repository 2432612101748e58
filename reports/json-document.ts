import { visible } from '../helpers/evidence/visible.ts'

const items = Symbol('items')

/** A list whose items are made when they are written, and then dropped: a document of 100,000 findings need not stand in memory as objects. */
export type Lazy = { readonly [items]: () => Iterable<Json> }

/** What a report hands over: JSON whose members may be undefined, which leaves them out. */
export type Json = null | boolean | number | string | readonly Json[] | Lazy | { readonly [name: string]: Json | undefined }

/** The items of a list, each turned into JSON only when it is written. */
export const lazily = <T>(list: readonly T[], toJson: (item: T) => Json): Lazy => ({
  [items]: function* () {
    for (const item of list) yield toJson(item)
  },
})

const isLazy = (value: object): value is Lazy => items in value

const emitList = (list: Iterable<Json>, out: string[]): void => {
  let before = '['
  for (const item of list) {
    const own = [before]
    emit(item, own)
    out.push(own.join(''))
    before = ','
  }
  out.push(before === '[' ? '[]' : ']')
}

const emitMembers = (value: { readonly [name: string]: Json | undefined }, out: string[]): void => {
  let before = '{'
  // By UTF-16 code units, as plain comparison is.
  for (const name of Object.keys(value).sort()) {
    const member = value[name]
    if (member === undefined) continue
    out.push(before, JSON.stringify(visible(name)), ':')
    emit(member, out)
    before = ','
  }
  out.push(before === '{' ? '{}' : '}')
}

const emit = (value: Json, out: string[]): void => {
  if (typeof value === 'string') out.push(JSON.stringify(visible(value)))
  else if (value === null || typeof value !== 'object') out.push(JSON.stringify(value))
  else if (Array.isArray(value)) emitList(value, out)
  else if (isLazy(value)) emitList(value[items](), out)
  else emitMembers(value as { readonly [name: string]: Json | undefined }, out)
}

/** A JSON document as RFC 8785 has it, without what a terminal would obey or an eye could not see. */
export const jsonDocument = (value: Json): string => {
  const out: string[] = []
  emit(value, out)
  return out.join('')
}
