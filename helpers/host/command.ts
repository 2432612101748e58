import { ExecaError, execa } from 'execa'
import { FipsConformanceError } from '../errors/error.ts'
import { followLines, interrupted, lastLines } from './docker.ts'

/** PATH with the directories of administrators' programs behind it, which many users' PATH leaves out. */
const administratorPath = (): string =>
  [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'].filter(Boolean).join(':')

/** What programs of the host need of this environment: where programs are, how to reach the network and whom to trust there. */
export const administratorEnvironment = (): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        Boolean(entry[1]) && /^(HOME|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR|(https?|no|all|ftp)_proxy)$/i.test(entry[0]),
    ),
  ),
  PATH: administratorPath(),
})

export type CommandOptions = {
  signal?: AbortSignal | undefined
  onLine?: ((line: string) => void) | undefined
  env?: Record<string, string>
  /** Milliseconds; none by default. */
  timeout?: number
  /** Let it run to its end, in a session of its own that no Ctrl-C reaches: half of its work would be worse than none. */
  whole?: boolean
}

/**
 * Runs a program of the host's administration and gives its stdout.
 * @throws FipsConformanceError `SETUP_FAILED` with its last lines, `INTERRUPTED`
 */
export const hostCommand = async (
  argv: readonly [string, ...string[]],
  { signal, onLine, env, timeout, whole = false }: CommandOptions = {},
): Promise<string> => {
  const [program, ...rest] = argv
  const child = execa(program, rest, {
    extendEnv: false,
    env: { ...administratorEnvironment(), LC_ALL: 'C', ...env },
    stdin: 'ignore',
    ...(signal && !whole && { cancelSignal: signal }),
    ...(timeout && { timeout }),
    detached: whole,
  })
  if (onLine) for (const stream of [child.stdout, child.stderr]) followLines(stream, onLine)
  try {
    return String((await child).stdout ?? '')
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error
    // A Ctrl-C in a terminal goes to the program as well, which may end by it before it is told to.
    if (error.isCanceled || (signal?.aborted && !whole)) throw interrupted(argv.join(' '), error)
    throw new FipsConformanceError({
      code: 'SETUP_FAILED',
      what:
        error.code === 'ENOENT'
          ? `there is no ${program} on this host`
          : `${program} failed with exit code ${error.exitCode ?? error.signal}`,
      where: argv.join(' '),
      why: lastLines(String(error.stderr || error.stdout || error.shortMessage), 15),
      remedy: /dpkg --configure -a/.test(String(error.stderr))
        ? 'finish what was interrupted, then run the same command again:\n  dpkg --configure -a'
        : `run it by hand to see all of its output:\n  ${argv.join(' ')}`,
      exit: 3,
      cause: error,
    })
  }
}
