import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProgressEvent } from '../progress/progress.ts'
import { elapsed, progressJson, progressLines } from './progress-lines.ts'

let lines: string[]

const event = (state: ProgressEvent['state'], more: Partial<ProgressEvent> = {}): ProgressEvent => ({
  at: '2026-11-22T12:00:00.000Z',
  phase: 'image',
  step: 'compile etcd',
  state,
  seconds: 0,
  ...more,
})

beforeEach(() => {
  lines = []
  vi.useFakeTimers()
})
afterEach(() => vi.useRealTimers())

it.each([
  [0, '0.0s'],
  [7.25, '7.3s'],
  [59.94, '59.9s'],
  [59.96, '1m00s'],
  [60, '1m00s'],
  [75.9, '1m15s'],
  [119.97, '2m00s'],
  [3600, '60m00s'],
])('elapsed(%d) is %s', (seconds, text) => {
  expect(elapsed(seconds)).toBe(text)
})

describe('progressLines', () => {
  const start = () => progressLines((line) => lines.push(line))

  it('shows a short step once, when it is done', () => {
    const { sink } = start()
    sink(event('start'))
    vi.advanceTimersByTime(1_900)
    sink(event('done', { seconds: 1.9, text: 'as made earlier' }))
    vi.advanceTimersByTime(60_000)
    expect(lines).toEqual(['[  1.9s] image: compile etcd: as made earlier (1.9s)'])
  })

  it('shows that a longer one has begun, and from time to time that it goes on, with what it said last', () => {
    const { sink } = start()
    sink(event('start'))
    vi.advanceTimersByTime(2_000)
    sink(event('note', { text: 'first' }))
    sink(event('note', { text: 'linking' }))
    vi.advanceTimersByTime(58_000)
    sink(event('done', { seconds: 60 }))
    vi.advanceTimersByTime(60_000)
    expect(lines).toEqual([
      '[  2.0s] image: compile etcd ...',
      '[ 20.0s] image: compile etcd: still at it after 20.0s: linking',
      '[ 40.0s] image: compile etcd: still at it after 40.0s: linking',
      '[ 1m00s] image: compile etcd: still at it after 1m00s: linking',
      '[ 1m00s] image: compile etcd (1m00s)',
    ])
  })

  it('keeps steps that run at once apart', () => {
    const { sink } = start()
    for (const step of ['one', 'other']) sink(event('start', { step }))
    sink(event('done', { step: 'one' }))
    vi.advanceTimersByTime(2_000)
    expect(lines).toEqual(['[  0.0s] image: one', '[  2.0s] image: other ...'])
  })

  it('forgets an earlier step of the same name', () => {
    const { sink } = start()
    sink(event('start'))
    sink(event('start'))
    sink(event('done'))
    vi.advanceTimersByTime(60_000)
    expect(lines).toEqual(['[  0.0s] image: compile etcd'])
  })

  it('says of a failure that it is one; why is told where the command ends', () => {
    const { sink } = start()
    sink(event('start'))
    sink(event('failed', { seconds: 0.1, text: 'no room' }))
    expect(lines).toEqual(['[  0.0s] image: compile etcd FAILED (0.1s)'])
  })

  it('passes over a note that belongs to nothing', () => {
    start().sink(event('note', { text: 'x' }))
    expect(lines).toEqual([])
  })

  it('shows nothing that a terminal would obey, and long texts cut', () => {
    const { sink } = start()
    const nasty = 'red \u001b[31m \u009b2J \r\n\u202eright \u0007'
    sink(event('start', { step: `pull ${nasty}` }))
    sink(event('note', { step: `pull ${nasty}`, text: nasty }))
    vi.advanceTimersByTime(20_000)
    sink(event('done', { step: `pull ${nasty}`, text: `${nasty}${'\u{1f600}'.repeat(200)}` }))
    expect(lines).toHaveLength(3)
    for (const line of lines) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u)
      expect(Array.from(line).length).toBeLessThan(200)
    }
    expect(lines[0]).toBe('[  2.0s] image: pull red \\u{1b}[31m \\u{9b}2J \\u{202e}right \\u{7} ...')
    expect(lines[2]).toMatch(/\.\.\.$/)
  })

  it('is silent once it is closed', () => {
    const { sink, close } = start()
    sink(event('start'))
    close()
    vi.advanceTimersByTime(60_000)
    expect(lines).toEqual([])
  })

  it('keeps no process alive', () => {
    vi.useRealTimers()
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    const { sink, close } = start()
    sink(event('start'))
    expect(timers()).toBe(before)
    close()
  })
})

it('writes events for machines as one JSON object a line', () => {
  const given = event('done', { text: 'two\nlines \u001b' })
  progressJson((line) => lines.push(line))(given)
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('\n')
  expect(JSON.parse(lines[0] ?? '')).toEqual(given)
})
