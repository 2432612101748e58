import { execa } from 'execa'
import { diagnose } from './diagnose.ts'
import type { Diagnosis } from './error.ts'
import { KindError } from './error.ts'
import { createExcerpt } from './excerpt.ts'
import type { Parser } from './output.ts'

export type Invocation<T> = {
  binary: string
  args: readonly string[]
  environment: Readonly<Record<string, string>>
  stdin?: string | undefined
  signal?: AbortSignal | undefined
  /** Milliseconds between SIGTERM and SIGKILL. */
  graceMs: number
  onLine?: ((line: string) => void) | undefined
  parse: Parser<T>
}

/**
 * Runs kind once, and gives what `parse` makes of its stdout.
 * @throws KindError for every failure of kind; what `onLine` throws comes through as it is, after kind has been stopped
 */
export const runKind = async <T>({ binary, args, environment, stdin, signal, graceMs, onLine, parse }: Invocation<T>): Promise<T> => {
  const command = [binary, ...args]
  if (signal?.aborted) throw new KindError(cancelled(signal, 'before it was started'), { command })

  const child = execa(binary, args, {
    env: environment,
    extendEnv: false,
    ...(stdin === undefined ? { stdin: 'ignore' } : { input: stdin }),
    buffer: { stderr: false },
    reject: false,
    // kind starts docker, and does not take it along when it is killed: a process group of its own can be killed as one.
    // It also keeps the terminal's Ctrl-C away from a kind that is just cleaning up.
    detached: process.platform !== 'win32',
  })
  const stopper = createStopper(child.pid, graceMs)
  process.once('exit', stopper.kill)
  signal?.addEventListener('abort', stopper.stop, { once: true })
  const excerpt = createExcerpt()
  let thrown: { by: unknown } | undefined

  try {
    for await (const line of child.iterable({ from: 'stderr' })) {
      excerpt.add(line)
      if (thrown) continue
      try {
        onLine?.(line)
      } catch (by) {
        thrown = { by }
        stopper.stop()
      }
    }
    const { failed, exitCode, signal: endedBy, code, stdout } = await child
    if (thrown) throw thrown.by

    const run = { command, exitCode, signal: endedBy, stderr: excerpt.text() }
    if (signal?.aborted) throw new KindError(cancelled(signal, 'while it ran'), run)
    if (child.pid === undefined) throw new KindError(notStarted(binary, code), run)
    if (failed) throw new KindError(diagnose(run.stderr), run)
    const parsed = parse(stdout)
    if (!parsed.ok) throw new KindError({ cause: 'output-unexpected', sentence: `its output is not what was expected: ${parsed.why}` }, run)
    return parsed.value
  } finally {
    signal?.removeEventListener('abort', stopper.stop)
    process.off('exit', stopper.kill)
    stopper.finish()
  }
}

const cancelled = (signal: AbortSignal, when: string): Diagnosis => {
  const why = signal.reason instanceof Error ? signal.reason.message : String(signal.reason)
  return { cause: 'cancelled', sentence: `cancelled ${when}: ${why}` }
}

const notStarted = (binary: string, code: string | undefined): Diagnosis => ({
  cause: 'binary-missing',
  sentence: `${binary} cannot be run${code === undefined ? '' : `: ${code}`}`,
})

/** `stop` asks, and kills after the grace period; `finish` takes along what a stopped kind left running. */
const createStopper = (pid: number | undefined, graceMs: number) => {
  let timer: NodeJS.Timeout | undefined
  const kill = (): void => signalGroup(pid, 'SIGKILL')
  const stop = (): void => {
    if (timer !== undefined) return
    timer = setTimeout(kill, graceMs)
    signalGroup(pid, 'SIGTERM')
  }
  const finish = (): void => {
    if (timer === undefined) return
    clearTimeout(timer)
    kill()
  }
  return { stop, kill, finish }
}

const signalGroup = (pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void => {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch (error) {
    // Nobody left to signal is what was wanted.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
