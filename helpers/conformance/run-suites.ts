import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { followLines, lastLines } from '../host/docker.ts'
import type { SuiteContext } from './context.ts'
import { suiteEventSchema } from './suite-job.ts'
import type { SuiteName } from './suite-names.ts'

/** How the suites ended, as the test runner tells it: for people only. Verdicts come from findings, never from here. */
export type SuitesEnd = { tests: number; failed: number; errors: string[] }

export type RunSuites = {
  context: SuiteContext
  suites: readonly SuiteName[]
  /** Called when a test has ended. */
  onTest?: (name: string, state: string) => void
  signal?: AbortSignal | undefined
}

/** Milliseconds between asking the suites to end and killing them. */
const patience = 3_000

/** Runs the suites in a process group of their own. It always comes back: a runner that crashes or is killed is told of in `errors`. */
export const runSuites = ({ context, suites, onTest, signal }: RunSuites): Promise<SuitesEnd> =>
  new Promise((resolve) => {
    const end: SuitesEnd = { tests: 0, failed: 0, errors: [] }
    let finished = false
    let stderr = ''
    const script = join(import.meta.dirname, `suites-process.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`)
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
    const kill = (name: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name)
      } catch (error) {
        // The group has ended by itself meanwhile.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
    let killer: NodeJS.Timeout | undefined
    const onAbort = (): void => {
      kill('SIGTERM')
      killer = setTimeout(() => kill('SIGKILL'), patience)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    followLines(child.stdout, (line) => {
      const event = suiteEventSchema.safeParse(parsed(line))
      if (!event.success) return
      if (event.data.event === 'end') finished = true
      if (event.data.event === 'error') end.errors.push(event.data.message)
      if (event.data.event === 'test') {
        end.tests += 1
        if (event.data.state === 'failed') end.failed += 1
        onTest?.(event.data.name, event.data.state)
      }
    })
    followLines(child.stderr, (line) => {
      stderr = lastLines(`${stderr}\n${line}`, 8)
    })
    child.on('error', (error) => end.errors.push(`the test runner could not be started: ${error.message}`))
    child.on('close', (code, signalName) => {
      clearTimeout(killer)
      signal?.removeEventListener('abort', onAbort)
      // Workers whose runner was killed would go on without it.
      kill('SIGKILL')
      if (!finished)
        end.errors.push(`the test runner ended before its time (${signalName ?? `exit code ${code}`})${stderr ? `: ${stderr.trim()}` : ''}`)
      resolve(end)
    })
    child.stdin.on('error', (error) => end.errors.push(`the test runner took no job: ${error.message}`))
    child.stdin.end(JSON.stringify({ context, suites }))
    if (signal?.aborted) onAbort()
  })

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch (error) {
    return error
  }
}
