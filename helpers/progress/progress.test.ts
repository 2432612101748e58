import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ProgressEvent, stepsOf } from './progress.ts'

let events: ProgressEvent[]
const step = stepsOf('image', (event) => events.push(event))

beforeEach(() => {
  events = []
  vi.useFakeTimers({ now: new Date('2026-11-22T12:00:00Z') })
})
afterEach(() => vi.useRealTimers())

describe('stepsOf', () => {
  it('tells start, notes and end of a step, with the seconds since it started, and gives its value', async () => {
    const made = step(
      'compile etcd',
      async (note) => {
        await vi.advanceTimersByTimeAsync(1_250)
        note('linking')
        await vi.advanceTimersByTimeAsync(60_000)
        return { cached: false }
      },
      ({ cached }) => (cached ? 'cached' : 'made'),
    )
    expect(await made).toEqual({ cached: false })
    const common = { phase: 'image', step: 'compile etcd' }
    expect(events).toEqual([
      { ...common, at: '2026-11-22T12:00:00.000Z', state: 'start', seconds: 0 },
      { ...common, at: '2026-11-22T12:00:01.250Z', state: 'note', seconds: 1.3, text: 'linking' },
      { ...common, at: '2026-11-22T12:01:01.250Z', state: 'done', seconds: 61.3, text: 'made' },
    ])
  })

  it('has no text where the work gives none', async () => {
    await step('x', async () => 7)
    expect(events.map((event) => Object.keys(event).includes('text'))).toEqual([false, false])
  })

  it.each([
    [new Error('no room'), 'no room'],
    ['just words', 'just words'],
  ])('tells of a failure and passes it on: %s', async (thrown, text) => {
    await expect(step('x', () => Promise.reject(thrown))).rejects.toBe(thrown)
    expect(events.map(({ state, text: said }) => [state, said])).toEqual([
      ['start', undefined],
      ['failed', text],
    ])
  })

  it('tells of a failure before the first wait', async () => {
    const failing = step('x', () => {
      throw new Error('at once')
    })
    await expect(failing).rejects.toThrow('at once')
    expect(events.at(-1)?.state).toBe('failed')
  })
})
