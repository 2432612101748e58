/** What happens, as it happens: one event when a step starts, notes while it runs, one when it ends. */
export type ProgressEvent = {
  /** RFC 3339, UTC. */
  at: string
  phase: string
  step: string
  state: 'start' | 'note' | 'done' | 'failed'
  /** Since the step started. */
  seconds: number
  text?: string
}

export type ProgressSink = (event: ProgressEvent) => void

/** Runs one named step; `note` tells what it is doing right now. The value that the work gives may carry a text to show when it is done. */
export type Step = <T>(step: string, work: (note: (text: string) => void) => Promise<T>, done?: (value: T) => string) => Promise<T>

/** Steps of one phase (`host`, `image`, `cluster`, `suites`, ...) that report to a sink. */
export const stepsOf =
  (phase: string, sink: ProgressSink): Step =>
  async (step, work, done) => {
    const started = performance.now()
    const emit = (state: ProgressEvent['state'], text?: string): void =>
      sink({
        at: new Date().toISOString(),
        phase,
        step,
        state,
        seconds: Math.round((performance.now() - started) / 100) / 10,
        ...(text !== undefined && { text }),
      })
    emit('start')
    try {
      const value = await work((text) => emit('note', text))
      emit('done', done?.(value))
      return value
    } catch (error) {
      emit('failed', error instanceof Error ? error.message : String(error))
      throw error
    }
  }
