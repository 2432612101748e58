import { visible } from '../helpers/evidence/visible.ts'

const items = Symbol('items')

/** A list whose items are made when they are written, and then dropped: a document of 100,000 findings need not stand in memory as objects. */
export type Lazy = { readonly [items]: () => Iterable<Json> }

/** What a report hands over: JSON whose members may be undefined, which leaves them out. */
export type Json = null | boolean | number | string | readonly Json[] | Lazy | { readonly [name: string]: Json | undefined }

/** The items of a list, each turned into JSON only when it is written, all of it at once: long lists belong into the document, not into items of others. */
export const lazily = <T>(list: readonly T[], toJson: (item: T) => Json): Lazy => ({
  [items]: function* () {
    for (const item of list) yield toJson(item)
  },
})

/** Several lists as one. */
export const chained = (...lists: readonly (readonly Json[] | Lazy)[]): Lazy => ({
  [items]: function* () {
    for (const list of lists) yield* isLazy(list) ? list[items]() : list
  },
})

const isLazy = (value: object): value is Lazy => items in value

/** Of the few names that nearly all members have, how they are written. */
const written = new Map<string, string>()

const nameOf = (name: string): string => {
  const known = written.get(name)
  if (known !== undefined) return known
  const text = JSON.stringify(visible(name))
  if (written.size < 1000) written.set(name, text)
  return text
}

// Texts are put together by concatenation: a list of parts for each of a hundred thousand items leaves several times the document behind.
const listText = (list: Iterable<Json>): string => {
  let text = ''
  for (const item of list) text += `${text === '' ? '[' : ','}${textOf(item)}`
  return text === '' ? '[]' : `${text}]`
}

const membersText = (value: { readonly [name: string]: Json | undefined }): string => {
  let text = ''
  // By UTF-16 code units, as plain comparison is.
  for (const name of Object.keys(value).sort()) {
    const member = value[name]
    if (member !== undefined) text += `${text === '' ? '{' : ','}${nameOf(name)}:${textOf(member)}`
  }
  return text === '' ? '{}' : `${text}}`
}

const textOf = (value: Json): string => {
  if (typeof value === 'string') return JSON.stringify(visible(value))
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return listText(value)
  if (isLazy(value)) return listText(value[items]())
  return membersText(value as { readonly [name: string]: Json | undefined })
}

function* listPieces(list: Iterable<Json>, pieces: (item: Json) => Iterable<string>): Generator<string> {
  let before = '['
  for (const item of list) {
    yield before
    yield* pieces(item)
    before = ','
  }
  yield before === '[' ? '[]' : ']'
}

function* itemPieces(item: Json): Generator<string> {
  yield textOf(item)
}

function* memberPieces(value: { readonly [name: string]: Json | undefined }): Generator<string> {
  let before = '{'
  for (const name of Object.keys(value).sort()) {
    const member = value[name]
    if (member === undefined) continue
    yield `${before}${nameOf(name)}:`
    yield* jsonPieces(member)
    before = ','
  }
  yield before === '{' ? '{}' : '}'
}

/** A JSON document as RFC 8785 has it, without what a terminal would obey or an eye could not see; piece by piece, the items of lazy lists made as their turn comes. */
export function* jsonPieces(value: Json): Generator<string> {
  if (value === null || typeof value !== 'object') yield textOf(value)
  else if (Array.isArray(value)) yield* listPieces(value, jsonPieces)
  else if (isLazy(value)) yield* listPieces(value[items](), itemPieces)
  else yield* memberPieces(value as { readonly [name: string]: Json | undefined })
}
