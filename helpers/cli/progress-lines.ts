import type { ProgressEvent, ProgressSink } from '../progress/progress.ts'

export type LineWriter = { write: (line: string) => void; close: () => void }

/** 75 -> `1m15s`. */
export const elapsed = (seconds: number): string =>
  seconds < 60 ? `${seconds.toFixed(1)}s` : `${Math.floor(seconds / 60)}m${String(Math.floor(seconds % 60)).padStart(2, '0')}s`

/** How long a step may run before its start is worth a line, and how often a running one says that it still runs. Milliseconds. */
const patience = 2_000
const heartbeat = 20_000

const cut = (text: string, width: number): string => {
  const line = text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').trim()
  return line.length <= width ? line : `${line.slice(0, width - 3)}...`
}

/**
 * Progress as lines, with or without a terminal: one when a step has run for two seconds, one from time to time while it goes on, one when it ends.
 * No line moves or is overwritten, so that a log of a CI job reads like a terminal.
 */
export const progressLines = (write: (line: string) => void): { sink: ProgressSink; close: () => void } => {
  const started = performance.now()
  const running = new Map<string, { timers: NodeJS.Timeout[]; last: string; shown: boolean; since: number }>()
  const stamp = (): string => `[${elapsed((performance.now() - started) / 1000).padStart(6)}]`
  const end = (key: string): void => {
    for (const timer of running.get(key)?.timers ?? []) clearTimeout(timer)
    running.delete(key)
  }
  const begin = (key: string, { phase, step }: ProgressEvent): void => {
    const state = { timers: [] as NodeJS.Timeout[], last: '', shown: false, since: performance.now() }
    running.set(key, state)
    const first = setTimeout(() => {
      state.shown = true
      write(`${stamp()} ${phase}: ${step} ...`)
    }, patience)
    const again = setInterval(() => {
      write(
        `${stamp()} ${phase}: ${step}: still at it after ${elapsed((performance.now() - state.since) / 1000)}${state.last ? `: ${cut(state.last, 90)}` : ''}`,
      )
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
      write(`${stamp()} ${phase(event)}${event.state === 'failed' ? ' FAILED' : ''}${text}${took}`)
    },
    close: () => {
      for (const key of [...running.keys()]) end(key)
    },
  }
}

const phase = ({ phase: name, step }: ProgressEvent): string => `${name}: ${step}`

/** The same events for machines: one JSON object a line. */
export const progressJson =
  (write: (line: string) => void): ProgressSink =>
  (event) =>
    write(JSON.stringify(event))
