/** Turns SIGINT and SIGTERM into an abort, so that whatever runs ends in order; the exit code tells the signal. */
export const watchInterrupts = (
  onSignal: (signal: 'SIGINT' | 'SIGTERM', times: number) => void,
): { signal: AbortSignal; exit: () => 130 | 143 | undefined; stop: () => void } => {
  const controller = new AbortController()
  let first: 'SIGINT' | 'SIGTERM' | undefined
  let times = 0
  const handle = (name: 'SIGINT' | 'SIGTERM') => (): void => {
    first ??= name
    times += 1
    onSignal(name, times)
    controller.abort(new Error(`interrupted by ${name}`))
  }
  const handlers = { SIGINT: handle('SIGINT'), SIGTERM: handle('SIGTERM') } as const
  process.on('SIGINT', handlers.SIGINT)
  process.on('SIGTERM', handlers.SIGTERM)
  return {
    signal: controller.signal,
    exit: () => (first === undefined ? undefined : first === 'SIGINT' ? 130 : 143),
    stop: () => {
      process.off('SIGINT', handlers.SIGINT)
      process.off('SIGTERM', handlers.SIGTERM)
    },
  }
}
