import { ExecaError, execa } from 'execa'
import { FipsConformanceError } from '../errors/error.ts'

export type DockerOptions = {
  signal?: AbortSignal | undefined
  input?: string | Uint8Array
  /** Called for each line of stdout and stderr while the command runs. */
  onLine?: ((line: string) => void) | undefined
  /** Milliseconds; none by default. */
  timeout?: number
  env?: Record<string, string>
}

/** The only environment that the docker client is given: what says where the engine is and how to get there. */
const clientEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && /^(PATH|HOME|TMPDIR|XDG_.*|DOCKER_.*|(https?|no)_proxy)$/i.test(entry[0]),
    ),
  )

/** Options for execa with which every docker command of the project runs. */
export const dockerExeca = ({ signal, timeout, env }: DockerOptions) => ({
  extendEnv: false as const,
  env: { ...clientEnvironment(), ...env },
  // Without a signal it is clean-up work: a second Ctrl-C in a terminal, which goes to the whole process group, must not end it.
  ...(signal ? { cancelSignal: signal } : { detached: true, cleanup: false }),
  ...(timeout && { timeout }),
  forceKillAfterDelay: 5000,
})

/** So often clean-up work is begun again; somebody who presses Ctrl-C as fast as that gets told. */
const beginnings = 20

/**
 * Runs the docker client and gives its stdout without the last newline.
 * @throws FipsConformanceError `DOCKER_UNREACHABLE` (no client, no engine), `DOCKER_FAILED` (the command failed; its stderr is the reason), `INTERRUPTED`
 */
export const docker = async (argv: readonly string[], options: DockerOptions = {}): Promise<string> => {
  for (let begun = 1; ; begun += 1) {
    try {
      return await runDocker(argv, options)
    } catch (error) {
      if (options.signal !== undefined || begun === beginnings || !wasEndedFromOutside(error)) throw error
    }
  }
}

/** A new process is in the group of this one until it has one of its own, and a Ctrl-C of that moment ends it before it is the docker client: nothing was done yet. */
const wasEndedFromOutside = (error: unknown): boolean =>
  error instanceof FipsConformanceError &&
  error.trouble.cause instanceof ExecaError &&
  !error.trouble.cause.timedOut &&
  (error.trouble.cause.signal === 'SIGINT' || error.trouble.cause.signal === 'SIGTERM')

const runDocker = async (argv: readonly string[], options: DockerOptions): Promise<string> => {
  const child = execa('docker', argv, {
    ...dockerExeca(options),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    maxBuffer: 64 * 1024 * 1024,
  })
  if (options.onLine) {
    const onLine = options.onLine
    for (const stream of [child.stdout, child.stderr]) followLines(stream, onLine)
  }
  try {
    return String((await child).stdout ?? '')
  } catch (error) {
    throw dockerError(argv, error)
  }
}

/** Hands a stream's text over line by line; a chunk may end in the middle of a line. */
export const followLines = (stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void => {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') onLine(line)
  })
  stream?.on('end', () => {
    if (rest.trim() !== '') onLine(rest)
  })
}

export const interrupted = (where: string, cause: unknown): FipsConformanceError =>
  new FipsConformanceError({ code: 'INTERRUPTED', what: 'the work was interrupted', where, exit: 3, cause })

const dockerError = (argv: readonly string[], error: unknown): FipsConformanceError => {
  const where = `docker ${argv.slice(0, 6).join(' ')}${argv.length > 6 ? ' ...' : ''}`
  if (!(error instanceof ExecaError))
    return new FipsConformanceError({ code: 'DOCKER_FAILED', what: String(error), where, exit: 3, cause: error })
  if (error.isCanceled) return interrupted(where, error)
  const stderr = String(error.stderr ?? '').trim()
  if (
    error.code === 'ENOENT' ||
    /cannot connect to the docker daemon|failed to connect to the docker api|permission denied.*docker\.sock|error during connect/i.test(
      stderr,
    )
  ) {
    return new FipsConformanceError({
      code: 'DOCKER_UNREACHABLE',
      what: error.code === 'ENOENT' ? 'there is no docker client on PATH' : 'the Docker engine cannot be reached',
      where,
      why: stderr,
      remedy: 'run «fips-conformance doctor»: it says what is missing and prints the commands',
      exit: 3,
      cause: error,
    })
  }
  if (/no space left on device/i.test(stderr)) {
    return new FipsConformanceError({
      code: 'DISK_FULL',
      what: 'the disk of the Docker engine is full',
      where,
      why: lastLines(stderr, 3),
      remedy: 'free some space (docker system df shows what uses it), then run the same command again: finished steps are kept',
      exit: 3,
      cause: error,
    })
  }
  const what = error.timedOut
    ? 'a docker command did not end in time'
    : `a docker command failed with exit code ${error.exitCode ?? error.signal}`
  return new FipsConformanceError({
    code: 'DOCKER_FAILED',
    what,
    where,
    why: lastLines(stderr || String(error.stdout ?? ''), 15),
    exit: 3,
    cause: error,
  })
}

export const lastLines = (text: string, count: number): string => text.trimEnd().split('\n').slice(-count).join('\n')
