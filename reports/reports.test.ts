import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isReportFormat, type ReportFormat, reports } from './index.ts'
import { hostile, mixed, plain, threeNodes } from './sample-input.ts'

afterEach(() => {
  vi.useRealTimers()
})

// A digest: nobody reads the difference of two documents of a megabyte.
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const formats = Object.keys(reports) as ReportFormat[]

describe.each(formats)('the format %s', (format) => {
  const { report } = reports[format]
  it('gives the same bytes for the same bundle, however it was put together', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, reversed(member)]),
      )
    }
    for (const input of [plain, mixed, hostile]) {
      expect(digest(report(structuredClone(input)))).toBe(digest(report(input)))
      expect(digest(report(reversed(input) as typeof plain))).toBe(digest(report(input)))
    }
  })

  it('reads no clock', () => {
    const made = report(threeNodes())
    for (const day of ['1999-12-31T23:59:59Z', '2038-01-19T03:14:08Z']) {
      vi.useFakeTimers({ now: new Date(day) })
      expect(report(threeNodes())).toBe(made)
      expect(made).not.toContain(day.slice(0, 'yyyy-mm-dd'.length))
    }
  })

  it('reads no zone or locale', () => {
    const program = `
import { reports } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
let text = ''
for await (const chunk of process.stdin) text += chunk
process.stdout.write(reports[${JSON.stringify(format)}].report(JSON.parse(text)))`
    const elsewhere = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      input: JSON.stringify(plain),
      encoding: 'utf8',
      env: { ...process.env, TZ: 'Pacific/Kiritimati', LC_ALL: 'ar_EG.UTF-8', LANG: 'ar_EG.UTF-8' },
    })
    expect(elsewhere).toBe(report(plain))
  })
})

it.each([
  ['html', true],
  ['junit', true],
  ['toString', false],
  ['pdf', false],
])('%s is a format: %s', (name, is) => {
  expect(isReportFormat(name)).toBe(is)
})
