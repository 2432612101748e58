import { explain, FipsConformanceError, type Trouble, troubleToJson } from '../errors/error.ts'
import type { ProgressSink } from '../progress/progress.ts'
import { watchInterrupts } from './interrupts.ts'
import { progressJson, progressLines } from './progress-lines.ts'

/** What every command works with. */
export type WorkContext = { progress: ProgressSink; signal: AbortSignal }

/** Exit codes (DESIGN.md, law 1); verdicts give 0, 1 and 2. */
export const exits = { usage: 64, internal: 70 } as const

export type Flags = Record<string, unknown> & { json?: boolean; config?: string }

/** What a command gives back: its exit code, and what it prints on stdout for people and for machines. */
export type Printed = { exit: number; text: string; json: unknown }

/** Runs one command and prints what it gives; errors are told on stderr, or on stdout as JSON where machines read. */
export const perform = async (flags: Flags, work: (context: WorkContext) => Promise<Printed>): Promise<number> => {
  const onStderr = (line: string): void => void process.stderr.write(`${line}\n`)
  const lines = flags.json ? { sink: progressJson(onStderr), close: () => undefined } : progressLines(onStderr)
  const interrupts = watchInterrupts((name, times) => {
    if (!flags.json)
      onStderr(
        times === 1
          ? `${name}: ending what runs and removing what was made ...`
          : `${name} again: still removing what was made; please wait`,
      )
  })
  try {
    const { exit, text, json } = await work({ progress: lines.sink, signal: interrupts.signal })
    const shown = flags.json ? json !== undefined && JSON.stringify(json) : text
    // A command that has written its own output gives neither.
    if (shown) process.stdout.write(`${shown}\n`)
    return interrupts.exit() ?? exit
  } catch (error) {
    const trouble = isAbortion(error, interrupts.signal) ? interruption : troubleOf(error)
    if (flags.json) process.stdout.write(`${JSON.stringify(troubleToJson(trouble))}\n`)
    onStderr(explain(trouble))
    return interrupts.exit() ?? trouble.exit ?? exits.internal
  } finally {
    lines.close()
    interrupts.stop()
  }
}

const interruption: Trouble = { code: 'INTERRUPTED', what: 'the work was interrupted', exit: 3 }

/** The interrupt itself, thrown by what was waiting for something: as the reason that this process gave, or as the platform names it (DOM standard, AbortError). */
const isAbortion = (error: unknown, { aborted, reason }: AbortSignal): boolean =>
  aborted && (error === reason || (error instanceof Error && !(error instanceof FipsConformanceError) && error.name === 'AbortError'))

/** What is no error of ours is a defect of this program: it is told as that, with its stack. */
const troubleOf = (error: unknown): Trouble => {
  if (error instanceof FipsConformanceError) return { ...error.trouble, exit: error.trouble.exit ?? 3 }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const path = error instanceof Error && 'path' in error ? { where: String(error.path) } : {}
  if (code === 'ENOSPC')
    return {
      code: 'DISK_FULL',
      what: 'the disk is full',
      ...path,
      why: String(error),
      remedy: 'free some space, then run the same command again',
      exit: 3,
    }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return {
      code: 'PATH_NOT_WRITABLE',
      what: 'a file or directory cannot be used by this user',
      ...path,
      why: String(error),
      remedy: 'choose another place (--out, XDG_CACHE_HOME, XDG_STATE_HOME) or mend its permissions',
      exit: 3,
    }
  }
  const shown = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'INTERNAL', what: 'this is a defect of fips-conformance', why: shown, remedy: 'please report it with the text above' }
}
