import { describe, expect, it } from 'vitest'
import { palette } from './html-style.ts'

describe('the colours', () => {
  const luminance = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a: string, b: string): number => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (high + 0.05) / (low + 0.05)
  }
  it.each(['light', 'dark'] as const)('of the %s scheme can be told from their ground (WCAG 2.2, 1.4.3)', (scheme) => {
    const { ground, panel, line: _line, ...texts } = palette[scheme]
    for (const text of Object.values(texts))
      for (const behind of [ground, panel]) expect(contrast(text, behind)).toBeGreaterThanOrEqual(4.5)
  })
})
