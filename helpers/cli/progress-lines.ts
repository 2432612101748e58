import { visible } from '../evidence/visible.ts'
import type { ProgressEvent, ProgressSink } from '../progress/progress.ts'

/** 7.25 -> `7.3s`, 75 -> `1m15s`. */
export const elapsed = (seconds: number): string => {
  const tenths = Math.round(seconds * 10) / 10
  return tenths < 60 ? `${tenths.toFixed(1)}s` : `${Math.floor(tenths / 60)}m${String(Math.floor(tenths % 60)).padStart(2, '0')}s`
}

/** How long a step may run before its start is worth a line, and how often a running one says that it still runs. Milliseconds. */
const patience = 2_000
const heartbeat = 20_000

const oneLine = (text: string): string => visible(text.replaceAll(/\s+/g, ' ')).trim()

const cut = (text: string, width: number): string => {
  const characters = Array.from(oneLine(text))
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 3).join('')}...`
}

/**
 * Progress as lines, with or without a terminal: one when a step has run for two seconds, one from time to time while it goes on, one when it ends.
 * No line moves or is overwritten, so that a log of a CI job reads like a terminal.
 */
export const progressLines = (write: (line: string) => void): { sink: ProgressSink; close: () => void } => {
  const started = performance.now()
  const running = new Map<string, { timers: NodeJS.Timeout[]; last: string; since: number }>()
  const stamp = (): string => `[${elapsed((performance.now() - started) / 1000).padStart(6)}]`
  const end = (key: string): void => {
    for (const timer of running.get(key)?.timers ?? []) clearTimeout(timer)
    running.delete(key)
  }
  const begin = (key: string, event: ProgressEvent): void => {
    end(key)
    const state = { timers: [] as NodeJS.Timeout[], last: '', since: performance.now() }
    running.set(key, state)
    const first = setTimeout(() => write(`${stamp()} ${nameOf(event)} ...`), patience)
    const again = setInterval(() => {
      const last = state.last ? `: ${cut(state.last, 90)}` : ''
      write(`${stamp()} ${nameOf(event)}: still at it after ${elapsed((performance.now() - state.since) / 1000)}${last}`)
    }, heartbeat)
    for (const timer of [first, again]) timer.unref()
    state.timers.push(first, again)
  }
  return {
    sink: (event) => {
      const key = `${event.phase} ${event.step}`
      const state = running.get(key)
      if (event.state === 'start') return begin(key, event)
      if (event.state === 'note') {
        if (state && event.text) state.last = event.text
        return
      }
      end(key)
      const took = event.seconds >= 0.1 ? ` (${elapsed(event.seconds)})` : ''
      const text = event.text && event.state === 'done' ? `: ${cut(event.text, 90)}` : ''
      write(`${stamp()} ${nameOf(event)}${event.state === 'failed' ? ' FAILED' : ''}${text}${took}`)
    },
    close: () => {
      for (const key of [...running.keys()]) end(key)
    },
  }
}

const nameOf = ({ phase, step }: ProgressEvent): string => oneLine(`${phase}: ${step}`)

/** The same events for machines: one JSON object a line. */
export const progressJson =
  (write: (line: string) => void): ProgressSink =>
  (event) =>
    write(JSON.stringify(event))
