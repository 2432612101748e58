import { expect, it } from 'vitest'
import { visible } from './visible.ts'

it.each([
  ['plain text, ünï 說明 👍🏽', 'plain text, ünï 說明 👍🏽'],
  ['tab\tand\nline', 'tab\tand\nline'],
  ['\u0000\u001b[2J\r\u007f\u009b', '\\u{0}\\u{1b}[2J\\u{d}\\u{7f}\\u{9b}'],
  ['a\u202eb\u2066c\u200fd\u061c', 'a\\u{202e}b\\u{2066}c\\u{200f}d\\u{61c}'],
  ['a\u200bb\ufeffc\u2028d', 'a\\u{200b}b\\u{feff}c\\u{2028}d'],
  ['\ufffe\uffff\u{1ffff}', '\\u{fffe}\\u{ffff}\\u{1ffff}'],
  ['\ud800x\udc00', '\\u{d800}x\\u{dc00}'],
  ['\u{e0041}', '\\u{e0041}'],
])('%j is shown as %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})
