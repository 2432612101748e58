import { describe, expect, it } from 'vitest'
import { joinRanges, recordingImage, sparseImage, wholeImage } from './image.ts'

const whole = Uint8Array.from({ length: 100 }, (_, at) => at)

describe('images', () => {
  it('give exactly what is asked for or nothing', () => {
    const image = wholeImage(whole)
    expect(image.bytes(98, 2)).toEqual(Uint8Array.of(98, 99))
    for (const [offset, length] of [
      [99, 2],
      [-1, 2],
      [0, -1],
      [Number.NaN, 1],
      [0.5, 1],
      [0, Number.POSITIVE_INFINITY],
    ] as const) {
      expect(image.bytes(offset, length)).toBeUndefined()
    }
  })

  it('answer from pieces as from the whole, where the pieces cover the question', () => {
    const image = sparseImage(100, [
      { offset: 10, bytes: whole.subarray(10, 20) },
      { offset: 50, bytes: whole.subarray(50, 60) },
    ])
    expect(image.bytes(12, 3)).toEqual(Uint8Array.of(12, 13, 14))
    expect(image.bytes(50, 10)).toEqual(whole.subarray(50, 60))
    expect(image.bytes(18, 4)).toBeUndefined()
    expect(image.bytes(30, 1)).toBeUndefined()
  })

  it('note what was read of them', () => {
    const { image, ranges } = recordingImage(wholeImage(whole))
    image.bytes(5, 3)
    image.bytes(5, 3)
    image.bytes(99, 9)
    expect(ranges()).toEqual([{ offset: 5, length: 3 }])
  })

  it('join ranges that touch or lie near', () => {
    const ranges = [
      { offset: 50, length: 1 },
      { offset: 0, length: 10 },
      { offset: 4, length: 2 },
      { offset: 12, length: 3 },
    ]
    expect(joinRanges(ranges, 2)).toEqual([
      { offset: 0, length: 15 },
      { offset: 50, length: 1 },
    ])
    expect(joinRanges(ranges, 1)).toHaveLength(3)
  })
})
