import { describe, expect, it } from 'vitest'
import { askable, greaseValues, signallingSuites } from '../../policy/code-point-space.ts'
import { blocksOf } from '../read/sweep-run.ts'
import { code4, countOf, expand, holds, ranges } from './ranges.ts'

describe('ranges', () => {
  it.each([[[]], [[5]], [[1, 2, 3]], [[3, 2, 1]], [[1, 3, 4, 9, 0]], [[65_534, 65_535]]])('%j comes back in its order', (numbers) => {
    expect(expand(ranges(numbers))).toEqual(numbers)
    expect(countOf(ranges(numbers))).toBe(numbers.length)
  })

  it('hold what they expand to', () => {
    const list = ['0017', '0100-0104', 'ff00-ffff']
    const all = new Set(expand(list).map(code4))
    for (let number = 0; number < 65_536; number += 7) expect(holds(list, code4(number))).toBe(all.has(code4(number)))
  })

  it('the askable space is all numbers but the signalling values and GREASE', () => {
    expect([askable('suite').length, askable('group').length, askable('scheme').length]).toEqual([65_518, 65_520, 65_520])
    const left = new Set(
      ranges(askable('suite'))
        .flatMap((item) => expand([item]))
        .map(code4),
    )
    expect([...signallingSuites, ...greaseValues].filter((code) => left.has(code))).toEqual([])
    expect(greaseValues).toEqual(expect.arrayContaining(['0a0a', '1a1a', 'fafa']))
  })

  it('blocks hold every number once, and what is likely stands in different ones', () => {
    for (const size of [30_000, 8_000, 127]) {
      const blocks = blocksOf({ codes: askable('suite'), likely: [0x1301, 0x1302, 0xc02f], last: 0x0017 }, size)
      expect([...new Set(blocks.flat())].toSorted((one, other) => one - other)).toEqual(askable('suite'))
      expect(blocks.flat()).toHaveLength(askable('suite').length + blocks.length - 1)
      expect(Math.max(...blocks.map((block) => block.length))).toBeLessThanOrEqual(size + 2)
      expect(new Set([0x1301, 0x1302, 0xc02f].map((code) => blocks.findIndex((block) => block.includes(code)))).size).toBe(3)
      // The curve of a certificate is wanted in each.
      expect(blocks.every((block) => block.at(-1) === 0x0017)).toBe(true)
    }
  })
})
