import { expect, test } from 'vitest'
import { createExcerpt } from './excerpt.ts'

const excerptOf = (lines: readonly string[], sizes?: { head: number; tail: number }): string => {
  const excerpt = createExcerpt(sizes)
  for (const line of lines) excerpt.add(line)
  return excerpt.text()
}

test('short texts are kept whole', () => {
  expect(excerptOf([])).toBe('')
  expect(excerptOf(['a', '', 'b'])).toBe('a\n\nb')
  expect(excerptOf(['aaaa', 'bbbb', 'cccc'], { head: 5, tail: 10 })).toBe('aaaa\nbbbb\ncccc')
})

test('long texts keep their beginning and their end, and say that something is missing', () => {
  expect(excerptOf(['1111', '2222', '3333', '4444', '5555'], { head: 5, tail: 10 })).toBe('1111\n[...]\n4444\n5555')
})

test('later short lines do not slip into the beginning', () => {
  expect(excerptOf(['1111', '22222222', '3', '4444'], { head: 10, tail: 10 })).toBe('1111\n[...]\n3\n4444')
})

test('one endless line is cut too', () => {
  const text = excerptOf(['a', 'x'.repeat(1000), 'end'], { head: 10, tail: 20 })
  expect(text).toBe('a\n[...]\nend')
  expect(excerptOf(['x'.repeat(1000)], { head: 10, tail: 20 })).toBe(`[...]\n${'x'.repeat(20)}`)
})
