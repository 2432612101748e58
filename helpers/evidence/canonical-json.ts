/** A value that JSON can carry. Object members that are undefined are left out, as JSON.stringify leaves them out. */
export type JsonInput = null | boolean | number | string | readonly JsonInput[] | { readonly [key: string]: JsonInput | undefined }

const refuse = (path: string, what: string): never => {
  throw new TypeError(`${path || 'the value'} cannot be written as canonical JSON: ${what}`)
}

const text = (value: string, path: string): string =>
  value.isWellFormed() ? JSON.stringify(value) : refuse(path, 'a string with a lone surrogate')

const write = (value: unknown, path: string): string => {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return text(value, path)
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : refuse(path, `the number ${value}`)
  if (Array.isArray(value)) return `[${Array.from(value, (item: unknown, index) => write(item, `${path}[${index}]`)).join(',')}]`
  if (typeof value !== 'object') return refuse(path, `a value of type ${typeof value}`)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return refuse(path, 'an object of a class')
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    // Names are unique, so plain comparison, which is by UTF-16 code units, is a total order.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${text(key, path)}:${write(member, `${path}.${key}`)}`)
  return `{${members.join(',')}}`
}

/**
 * The one text that a JSON value has under RFC 8785 (JSON Canonicalization Scheme): no white space, names sorted by UTF-16 code units,
 * numbers and strings as ECMAScript writes them. Throws TypeError, which names the place, for what JSON cannot carry: NaN, a lone surrogate, a Date, bytes.
 */
export const canonicalJson = (value: JsonInput): string => write(value, '')
