/** What may come next, and what a closing bracket would end. */
type Next = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing'

/** Looks at a JSON text as it comes in, in parts of any length. Both give what is wrong, once; undefined as long as nothing is. */
export type CanonicalCheck = { feed: (text: string) => string | undefined; end: () => string | undefined }

const special = /[\\\u0000-\u001f]/
const numberLike = /[-+.0-9eE]*/y
const words: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' }

/** The text of a string token, or undefined where it has another spelling than JSON.stringify gives it, or none that is well-formed. */
const textOf = (token: string): string | undefined => {
  if (!special.test(token)) return token.slice(1, -1)
  try {
    const text = JSON.parse(token) as string
    return text.isWellFormed() && JSON.stringify(text) === token ? text : undefined
  } catch {
    return undefined
  }
}

const isNumber = (token: string): boolean => {
  const value = Number(token)
  return Number.isFinite(value) && JSON.stringify(value) === token
}

/** Where a string that begins at `start` has its closing quotation mark; -1 when that has not come yet. */
const closingOf = (text: string, start: number, from: number): number => {
  for (let at = text.indexOf('"', Math.max(from, start + 1)); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === 0x5c) escapes++
    if (escapes % 2 === 0) return at
  }
  return -1
}

/**
 * Whether a text is the one that its JSON value has under RFC 8785: no white space, names sorted by UTF-16 code units and each only once, numbers and strings as
 * ECMAScript writes them. Holds a token and the names that lead to it, never the document: reports of large clusters are longer than a string can be.
 */
export const createCanonicalCheck = (): CanonicalCheck => {
  /** For each object or list that is open: the last name that was read in it; undefined for a list. */
  const open: { object: boolean; last?: string }[] = []
  let next: Next = 'value'
  let kept = ''
  /** So much of what is kept has no closing quotation mark in it. */
  let searched = 0
  let before = 0
  let wrong: string | undefined

  const afterValue = (): Next => (open.length === 0 ? 'nothing' : 'comma or end')
  const refuse = (at: number, what: string): number => {
    wrong = `${what}, at character ${before + at}, is not what JSON in canonical form (RFC 8785) has there`
    return -1
  }
  const closes = (object: boolean): boolean => {
    if (next !== 'comma or end' && next !== (object ? 'name or end' : 'value or end')) return false
    if (open.at(-1)?.object !== object) return false
    open.pop()
    next = afterValue()
    return true
  }
  const isString = (token: string): boolean => {
    const text = textOf(token)
    if (text === undefined) return false
    if (next === 'value' || next === 'value or end') {
      next = afterValue()
      return true
    }
    const inside = open.at(-1)
    if ((next !== 'name' && next !== 'name or end') || !inside || (inside.last !== undefined && inside.last >= text)) return false
    inside.last = text
    next = 'colon'
    return true
  }
  /** One token; where the next one begins, or -1 when this one is wrong or not all here yet. */
  const token = (text: string, at: number, last: boolean): number => {
    const first = text.charAt(at)
    if (first === '"') {
      const end = closingOf(text, at, at === 0 ? searched : 0)
      if (end < 0) return -1
      return isString(text.slice(at, end + 1)) ? end + 1 : refuse(at, 'a string')
    }
    if (first === ',' && next === 'comma or end') {
      next = open.at(-1)?.object ? 'name' : 'value'
      return at + 1
    }
    if (first === ':' && next === 'colon') {
      next = 'value'
      return at + 1
    }
    if ((first === '}' || first === ']') && closes(first === '}')) return at + 1
    if (next !== 'value' && next !== 'value or end') return refuse(at, JSON.stringify(first))
    if (first === '{' || first === '[') {
      open.push({ object: first === '{' })
      next = first === '{' ? 'name or end' : 'value or end'
      return at + 1
    }
    const word = words[first]
    numberLike.lastIndex = at
    const found = word ?? numberLike.exec(text)?.[0] ?? ''
    const end = at + found.length
    if (!last && (word === undefined ? end === text.length && found !== '' : text.length < end)) return -1
    if (word === undefined ? !isNumber(found) : !text.startsWith(word, at))
      return refuse(at, found === '' ? JSON.stringify(first) : 'a value')
    next = afterValue()
    return end
  }
  const read = (text: string, last: boolean): void => {
    let at = 0
    while (at < text.length) {
      const end = token(text, at, last)
      if (end < 0) break
      at = end
      searched = 0
    }
    kept = text.slice(at)
    searched = kept.length
    before += at
  }
  return {
    feed: (text) => {
      if (wrong === undefined) read(kept + text, false)
      return wrong
    },
    end: () => {
      if (wrong === undefined) read(kept, true)
      if (wrong === undefined && (kept !== '' || next !== 'nothing')) wrong = `it ends in the middle of a value, at character ${before}`
      return wrong
    },
  }
}

/** The same for a text that is there as a whole. */
export const notCanonical = (text: string): string | undefined => {
  const check = createCanonicalCheck()
  return check.feed(text) ?? check.end()
}
