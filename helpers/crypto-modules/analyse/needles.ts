/** A byte string to look for, with the name under which its hits are noted. */
export type Needle = { id: string; bytes: Uint8Array }

/** Where a needle stands: how often in all, and the first offsets. */
export type Hits = { id: string; count: number; offsets: number[] }

/** Bytes that the shift table is made of. Two: a table of 65,536 entries. */
const blockSize = 2

/**
 * Every place of several needles in one walk over the bytes (Wu and Manber, «A fast algorithm for multi-pattern searching», 1994).
 * The walk skips up to the shortest needle's length less one; hits that overlap are all found. `limit` bounds the offsets that are kept, not the count.
 */
export const findNeedles = (haystack: Uint8Array, needles: readonly Needle[], limit: number): Hits[] => {
  const hits = needles.map(({ id }): Hits => ({ id, count: 0, offsets: [] }))
  const shortest = Math.min(...needles.map(({ bytes }) => bytes.length))
  if (shortest < blockSize || !Number.isFinite(shortest)) {
    if (needles.length === 0) return hits
    throw new RangeError(`a needle is shorter than ${blockSize} bytes`)
  }

  const shift = new Uint8Array(65536).fill(Math.min(255, shortest - blockSize + 1))
  const ending = new Map<number, number[]>()
  for (const [which, { bytes }] of needles.entries()) {
    for (let at = 0; at + blockSize <= shortest; at++) {
      const block = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
      const distance = shortest - blockSize - at
      shift[block] = Math.min(shift[block] ?? 0, distance)
      if (distance === 0) ending.set(block, [...(ending.get(block) ?? []), which])
    }
  }

  const back = shortest - blockSize
  const last = haystack.length - blockSize
  let at = back
  while (at <= last) {
    // biome-ignore lint/style/noNonNullAssertion: hot loop; `at` is at most `last`
    const block = haystack[at]! | (haystack[at + 1]! << 8)
    // biome-ignore lint/style/noNonNullAssertion: hot loop; the table has an entry for every two bytes
    const step = shift[block]!
    if (step !== 0) {
      at += step
      continue
    }
    const start = at - back
    for (const which of ending.get(block) ?? []) {
      const needle = needles[which]
      const found = hits[which]
      if (needle === undefined || found === undefined || !standsAt(haystack, start, needle.bytes)) continue
      found.count++
      if (found.offsets.length < limit) found.offsets.push(start)
    }
    at++
  }
  return hits
}

const standsAt = (haystack: Uint8Array, start: number, bytes: Uint8Array): boolean => {
  if (start + bytes.length > haystack.length) return false
  for (let at = 0; at < bytes.length; at++) if (haystack[start + at] !== bytes[at]) return false
  return true
}
