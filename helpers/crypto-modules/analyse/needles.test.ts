import { describe, expect, it } from 'vitest'
import { findNeedles, type Needle } from './needles.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const needle = (text: string): Needle => ({ id: text, bytes: bytes(text) })

const slowly = (haystack: Uint8Array, { bytes: wanted }: Needle): number[] => {
  const found: number[] = []
  for (let at = Buffer.from(haystack).indexOf(wanted); at >= 0; at = Buffer.from(haystack).indexOf(wanted, at + 1)) found.push(at)
  return found
}

describe('findNeedles', () => {
  it('finds each needle at every place, first and last byte included', () => {
    const hits = findNeedles(bytes('abcd-xyz-abcd-bcde-abcd'), [needle('abcd'), needle('bcde'), needle('none here')], 10)
    expect(hits).toEqual([
      { id: 'abcd', count: 3, offsets: [0, 9, 19] },
      { id: 'bcde', count: 1, offsets: [14] },
      { id: 'none here', count: 0, offsets: [] },
    ])
  })

  it('finds hits that overlap, and needles that start alike', () => {
    const hits = findNeedles(bytes('aaaaa'), [needle('aaa'), needle('aaaa')], 10)
    expect(hits.map(({ offsets }) => offsets)).toEqual([
      [0, 1, 2],
      [0, 1],
    ])
  })

  it('keeps as many offsets as it may and counts the rest', () => {
    expect(findNeedles(bytes('ababab'), [needle('ab')], 2)).toEqual([{ id: 'ab', count: 3, offsets: [0, 2] }])
  })

  it('agrees with a plain search on bytes that are hard to skip', () => {
    let seed = 1
    const next = (): number => {
      seed = (seed * 48271) % 2147483647
      return seed >> 8
    }
    const haystack = Uint8Array.from({ length: 20000 }, () => next() % 3)
    const needles = [3, 5, 6, 9].map((length): Needle => {
      const at = next() % 1000
      return { id: String(length), bytes: haystack.slice(at, at + length) }
    })
    const hits = findNeedles(haystack, needles, 100000)
    for (const [index, each] of needles.entries()) expect(hits[index]?.offsets).toEqual(slowly(haystack, each))
    expect(hits.every(({ count }) => count > 0)).toBe(true)
  })

  it.each(
    [0, 1, 2, 3].flatMap((shift) => [
      { shift, shorter: [] },
      { shift, shorter: ['and mor', '\0\0\0\0\0\0\0'] },
    ]),
  )('finds needles by samples, wherever they stand (%o)', ({ shift, shorter }) => {
    const needles = ['eleven long', 'eleven longs and more', '\0\0\0\0\0\0\0\0\0\0\0\0', ...shorter].map(needle)
    for (let gap = 0; gap < 20; gap++) {
      const text = `${'-'.repeat(gap)}eleven longs and more${'='.repeat(gap)}eleven long${'\0'.repeat(13)}eleven lon`
      const haystack = bytes(`${'x'.repeat(shift)}${text}`).subarray(shift)
      expect(findNeedles(haystack, needles, 10)).toEqual(
        needles.map((each) => {
          const offsets = slowly(haystack, each)
          return { id: each.id, count: offsets.length, offsets }
        }),
      )
    }
  })

  it('takes short haystacks and no needles, and refuses needles of one byte', () => {
    expect(findNeedles(bytes('a'), [needle('abc')], 1)[0]?.count).toBe(0)
    expect(findNeedles(bytes('abc'), [], 1)).toEqual([])
    expect(() => findNeedles(bytes('abc'), [needle('a')], 1)).toThrow(RangeError)
  })
})
