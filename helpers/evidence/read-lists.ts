import { chunksOf } from './read-chunks.ts'

const [openObject, closeObject, openList, closeList, quote, backslash, comma, zero] = [0x7b, 0x7d, 0x5b, 0x5d, 0x22, 0x5c, 0x2c, 0x30]

const isBlank = (octet: number): boolean => octet === 0x20 || octet === 0x0a || octet === 0x0d || octet === 0x09

const decoded = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)

/**
 * Cuts a JSON document that is an object of lists into what is in the lists and what is around it. `take` is given each item as it stands there; the rest of
 * the document, with a 0 in the place of each item, is what `rest` gives at the end: whoever parses it has looked at the whole form of the document.
 */
const createCutter = (take: (list: string, item: Uint8Array) => void) => {
  let depth = 0
  let inString = false
  let escaped = false
  /** Whether what is open at depth 2 is a list. */
  let inList = false
  /** Octets of an item that began in an earlier chunk; undefined outside of items. */
  let begun: Uint8Array[] | undefined
  const rest: number[] = []
  /** Where in the rest the last string began: the name of a list stands right before it. */
  let named = 0
  let list = ''
  const seen = new Set<string>()
  const beginList = (): void => {
    inList = true
    list = String(JSON.parse(decoded(Uint8Array.from(rest.slice(named, rest.lastIndexOf(quote) + 1)))))
    // JSON.parse would take the last of two members of one name; which one a reader takes must not be for the reader to choose.
    if (seen.has(list)) throw new SyntaxError(`the list ${JSON.stringify(list)} stands there twice`)
    seen.add(list)
  }
  const feed = (chunk: Uint8Array): void => {
    let start = begun ? 0 : -1
    const end = (at: number): void => {
      if (!begun) return
      begun.push(chunk.subarray(start, at))
      take(list, begun.length === 1 && begun[0] ? begun[0] : Buffer.concat(begun))
      rest.push(zero)
      begun = undefined
    }
    for (let at = 0; at < chunk.length; at++) {
      const octet = chunk[at] ?? 0
      if (inString) {
        if (escaped) escaped = false
        else if (octet === backslash) escaped = true
        else if (octet === quote) inString = false
        if (!begun) rest.push(octet)
        continue
      }
      const closes = octet === closeObject || octet === closeList
      if (closes) depth--
      // Between the items of a list: what separates them, and the bracket that ends it.
      if (inList && ((depth === 2 && octet === comma) || (closes && depth === 1))) {
        end(at)
        rest.push(octet)
        if (closes) inList = false
        continue
      }
      if (inList && !begun && !isBlank(octet)) {
        begun = []
        start = at
      }
      if (octet === quote) {
        inString = true
        if (!begun) named = rest.length
      } else if (octet === openObject || octet === openList) {
        depth++
        if (depth === 2 && octet === openList) beginList()
      }
      if (!begun) rest.push(octet)
    }
    if (begun) begun.push(chunk.slice(start))
  }
  return { feed, rest: (): string => decoded(Uint8Array.from(rest)) }
}

/**
 * Reads a JSON object whose members are lists, one item of a list at a time, so that neither the text nor what it says stands in memory as a whole.
 * `take` is given the name of the list and the parsed item. Gives the object back with as many zeros in each list as there are items, and whatever is no list.
 * @throws TypeError or SyntaxError for what is no such JSON in UTF-8, and what `take` throws
 */
export const readLists = async (path: string, take: (list: string, item: unknown) => void): Promise<Record<string, unknown>> => {
  const cutter = createCutter((list, item) => take(list, JSON.parse(decoded(item))))
  for await (const chunk of chunksOf(path)) cutter.feed(chunk)
  const rest: unknown = JSON.parse(cutter.rest())
  if (typeof rest !== 'object' || rest === null || Array.isArray(rest)) throw new SyntaxError('it is no JSON object')
  return rest as Record<string, unknown>
}
