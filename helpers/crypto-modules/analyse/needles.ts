/** A byte string to look for, with the name under which its hits are noted. `step`: only places at multiples of so many bytes count. */
export type Needle = { id: string; bytes: Uint8Array; step?: 4 }

/** Where a needle stands: how often in all, and the first offsets. */
export type Hits = { id: string; count: number; offsets: number[] }

/**
 * Every place of several needles in the bytes. `limit` bounds the offsets that are kept, not the count; hits that overlap are all found, and offsets ascend.
 */
export const findNeedles = (haystack: Uint8Array, needles: readonly Needle[], limit: number): Hits[] => {
  const hits = needles.map(({ id }): Hits => ({ id, count: 0, offsets: [] }))
  eachNeedle(haystack, needles, (which, start) => {
    const found = hits[which]
    if (found === undefined) return
    found.count++
    if (found.offsets.length < limit) found.offsets.push(start)
  })
  return hits
}

type Note = (which: number, start: number) => void

/** Tells of every place of every needle, those of one needle in ascending order. Long needles are found by samples, short ones by a walk that skips. */
export const eachNeedle = (haystack: Uint8Array, needles: readonly Needle[], note: Note): void => {
  if (needles.length === 0) return
  const { stride, shortest, samples } = planOf(needles)
  const check: Note = (which, start) => {
    const needle = needles[which]
    if (needle !== undefined && start % (needle.step ?? 1) === 0 && standsAt(haystack, start, needle.bytes)) note(which, start)
  }
  if (samples !== undefined) sample(haystack, samples, stride, check)
  else skip(haystack, needles, shortest, check)
}

/** Bytes of a sample. */
const sampleLength = 4
/** Bytes from sample to sample: a needle that is long enough holds a whole sample, wherever it stands. */
const strides = [8, 4]
/** The tables that tell samples that may lie in a needle from the others fit into a processor's nearest cache. */
const tableBits = 14
/** Two hashes: what the first lets through by chance, the second does not. */
const firstSlot = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - tableBits)
const secondSlot = (word: number): number => Math.imul(word, 0x85ebca6b) >>> (32 - tableBits)

const inMachineOrder = (bytes: Uint8Array, at: number): number => new Int32Array(bytes.slice(at, at + sampleLength).buffer)[0] ?? 0

type Samples = {
  /** 1 where a sample may lie in a needle, by each hash of its value. */
  tables: readonly [Uint8Array, Uint8Array]
  /** The needles and the places in them at which a sample can stand, by its value. */
  places: Map<number, { which: number; at: number }[]>
}

const samplesOf = (needles: readonly Needle[], stride: number): Samples => {
  const tables = [new Uint8Array(2 ** tableBits), new Uint8Array(2 ** tableBits)] as const
  const places: Samples['places'] = new Map()
  // From behind, so that the hits of one needle are found in the order of their places.
  for (let at = stride - 1; at >= 0; at--) {
    for (const [which, { bytes, step = 1 }] of needles.entries()) {
      if (at % step !== 0) continue
      const word = inMachineOrder(bytes, at)
      tables[0][firstSlot(word)] = 1
      tables[1][secondSlot(word)] = 1
      places.set(word, [...(places.get(word) ?? []), { which, at }])
    }
  }
  return { tables, places }
}

type Plan = { shortest: number; stride: number; samples?: Samples }

const plans = new WeakMap<readonly Needle[], Plan>()

/** How a list of needles is looked for; made once for each list. */
const planOf = (needles: readonly Needle[]): Plan => {
  const known = plans.get(needles)
  if (known) return known
  const shortest = Math.min(...needles.map(({ bytes }) => bytes.length))
  const stride = strides.find((each) => needles.every(({ bytes, step = 1 }) => bytes.length >= each + sampleLength - step))
  const plan = { shortest, stride: stride ?? 0, ...(stride !== undefined && { samples: samplesOf(needles, stride) }) }
  plans.set(needles, plan)
  return plan
}

/** Words that are looked at before those are checked that may lie in a needle. */
const wordsAtOnce = 65_536
/** Places of words that may, for one search at a time: a note must not start another. One more than there can be: each is written before it is known whether it counts. */
const likely = new Int32Array(wordsAtOnce + 1)

/** Narrows down the words `from` to `end` whose places are noted in `likely`; gives how many are left of those that were noted. */
type Pass = (words: Int32Array, from: number, end: number, step: number, tables: Samples['tables'], noted: number) => number

/* biome-ignore-start lint/style/noNonNullAssertion: places are below the length, and the tables have an entry for each hash */
/** Every byte of a file goes through this one; it has no branch that depends on them. */
const noteLikely: Pass = (words, from, end, step, [table]) => {
  let count = 0
  for (let at = from; at < end; at += step) {
    likely[count] = at
    count += table[firstSlot(words[at]!)]!
  }
  return count
}

const keepLikely: Pass = (words, _from, _end, _step, [, table], noted) => {
  let count = 0
  for (let each = 0; each < noted; each++) {
    const at = likely[each]!
    likely[count] = at
    count += table[secondSlot(words[at]!)]!
  }
  return count
}
/* biome-ignore-end lint/style/noNonNullAssertion: places are below the length, and the tables have an entry for each hash */

/** A list, so that one place calls both: V8 would else build the loops into the code around them, which runs too rarely to be compiled well, and they with it. */
const passes: readonly Pass[] = [noteLikely, keepLikely]

const sample = (haystack: Uint8Array, { tables, places }: Samples, stride: number, note: Note): void => {
  // Words lie at multiples of four bytes in memory.
  const aligned = haystack.byteOffset % sampleLength === 0 ? haystack : haystack.slice()
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2)
  const step = stride / sampleLength
  for (let from = 0; from < words.length; from += wordsAtOnce) {
    const end = Math.min(from + wordsAtOnce, words.length)
    let count = 0
    for (const pass of passes) count = pass(words, from, end, step, tables, count)
    for (const at of likely.subarray(0, count)) {
      for (const place of places.get(words[at] ?? 0) ?? []) note(place.which, at * sampleLength - place.at)
    }
  }
}

/** Bytes that the shift table is made of. Two: a table of 65,536 entries. */
const blockSize = 2

/** One walk that skips up to the shortest needle's length less one (Wu and Manber, «A fast algorithm for multi-pattern searching», 1994). */
const skip = (haystack: Uint8Array, needles: readonly Needle[], shortest: number, note: Note): void => {
  if (shortest < blockSize) throw new RangeError(`a needle is shorter than ${blockSize} bytes`)
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
    for (const which of ending.get(block) ?? []) note(which, at - back)
    at++
  }
}

const standsAt = (haystack: Uint8Array, start: number, bytes: Uint8Array): boolean => {
  if (start < 0 || start + bytes.length > haystack.length) return false
  for (let at = 0; at < bytes.length; at++) if (haystack[start + at] !== bytes[at]) return false
  return true
}
