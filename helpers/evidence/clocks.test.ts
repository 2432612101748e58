import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { clockCommand, clockOf, unreadClock } from './clocks.ts'
import { clockSchema } from './run.ts'

const asked = new Date('2026-11-22T10:00:00.000Z')
const answered = new Date('2026-11-22T10:00:00.400Z')
const about = { node: 'node-a', when: 'start' as const }
const said = (text: string) => clockOf(about, { asked, answered, said: text })
const seconds = asked.getTime() / 1000

it.each([
  ['the same time', `${seconds}.200000000\n`, 0, 200],
  ['a clock that is ahead', `${seconds + 3}.250000000\n`, 3050, 200],
  ['a clock that is behind', `${seconds - 90}.000000000\n`, -90_200, 200],
  ['a date(1) that has no fractions', `${seconds}.N\n`, -200, 1200],
  ['one that prints nothing for them', `${seconds}.\n`, -200, 1200],
])('tells %s', (_what, text, differenceMs, withinMs) => {
  expect(clockSchema.parse(said(text))).toEqual({ ...about, at: '2026-11-22T10:00:00.200Z', differenceMs, withinMs })
})

it.each(['', 'date: invalid option', `${seconds}`, '-5.0', '1e9.0', '12345678901234.0'])('says of %j that it is no time', (text) => {
  const told = said(text)
  expect(clockSchema.parse(told)).toEqual({ ...about, at: '2026-11-22T10:00:00.200Z', reason: expect.stringContaining('not told') })
})

it('keeps why a clock was not read', () => {
  expect(clockSchema.parse(unreadClock(about, asked, 'no answer'))).toEqual({ ...about, at: asked.toISOString(), reason: 'no answer' })
})

it('reads the clock of this host, which is that of this process', () => {
  const before = new Date()
  const [command = '', ...args] = clockCommand
  const text = execFileSync(command, args, { encoding: 'utf8' })
  const { differenceMs = Number.NaN, withinMs = 0 } = clockOf(about, { asked: before, answered: new Date(), said: text })
  expect(Math.abs(differenceMs)).toBeLessThanOrEqual(withinMs + 2)
})
