import { FipsConformanceError } from '../errors/error.ts'
import type { Step } from '../progress/progress.ts'
import { hostCommand } from './command.ts'
import { interrupted } from './docker.ts'

/** `note` tells what apt-get says; `step` is of the phase that it belongs to. */
export type AptWork = { step: Step; note: (text: string) => void; signal?: AbortSignal | undefined }

const common = ['-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Dpkg::Use-Pty=0'] as const
const installation = ['install', '-y', '--no-install-recommends'] as const

export const isInterruption = (error: unknown): boolean => error instanceof FipsConformanceError && error.code === 'INTERRUPTED'

/** The same interruption, with what it leaves on this host and how to go on; any other error as it is. */
export const leaving = (error: unknown, left: { why: string; remedy: string }): unknown =>
  error instanceof FipsConformanceError && isInterruption(error) ? new FipsConformanceError({ ...error.trouble, ...left }) : error

/** Of an interruption while packages were only looked for and fetched. */
export const nothingYet = (error: unknown): never => {
  throw leaving(error, {
    why: 'nothing was installed or changed; what apt-get had fetched stays in its cache',
    remedy: 'run the same command again to go on',
  })
}

const optionsOf = ({ note, signal }: AptWork) => ({ signal, onLine: note, env: { DEBIAN_FRONTEND: 'noninteractive' } })

/**
 * Fetches the lists of packages (apt-get(8), update). One broken source among many fails it whose other lists are good: what counts is whether packages can be installed.
 * @throws FipsConformanceError `INTERRUPTED`
 */
export const updateLists = (work: AptWork): Promise<void> =>
  hostCommand(['apt-get', ...common, 'update'], optionsOf(work)).then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof FipsConformanceError) || isInterruption(error)) return nothingYet(error)
      work.note(`apt-get update: ${error.trouble.why ?? error.trouble.what}`)
    },
  )

/** Which of these packages are installed (dpkg-query(1)). */
const installedOf = async (names: readonly string[], signal?: AbortSignal): Promise<Set<string>> => {
  // dpkg-query fails when one of the names is unknown to it, and tells of the others all the same.
  const shown = await hostCommand(
    ['sh', '-c', `dpkg-query -W -f '\${Package} \${db:Status-Status}\\n' "$@" 2>/dev/null || :`, 'sh', ...names],
    { signal },
  )
  return new Set(shown.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0] ?? ''] : [])))
}

/**
 * Fetches and installs packages; gives those that were not there before. Fetching is cut short by the signal, installing is not: an interrupted dpkg leaves a host on which
 * nothing can be installed until somebody repairs it by hand. The caller looks at the signal after it (`afterInstalling`).
 * @throws FipsConformanceError `SETUP_FAILED`; `INTERRUPTED` before anything is installed
 */
export const installPackages = async (names: readonly string[], work: AptWork): Promise<string[]> => {
  const options = optionsOf(work)
  const before = await installedOf(names, work.signal).catch(nothingYet)
  await hostCommand(['apt-get', ...common, ...installation, '--download-only', ...names], options).catch(nothingYet)
  if (work.signal?.aborted) nothingYet(interrupted('apt-get install', work.signal.reason))
  const installing = hostCommand(['apt-get', ...common, ...installation, ...names], { ...options, whole: true })
  // How it ended is told by whoever awaits the installation itself.
  const tell = (): void =>
    void work.step('wait for apt-get: cut short it would leave packages half installed', () => Promise.allSettled([installing]))
  work.signal?.addEventListener('abort', tell, { once: true })
  await installing.finally(() => work.signal?.removeEventListener('abort', tell))
  return names.filter((name) => !before.has(name))
}

/** An interruption that came while packages were being installed, which they were to the end. `names`: those that were not there before. */
export const afterInstalling = (names: readonly string[], left: string, signal: AbortSignal): unknown => {
  const some = names.length > 0
  const there = some ? `${names.join(' ')} and what they need are there` : 'no package is new'
  return leaving(interrupted(['installing', ...names].join(' '), signal.reason), {
    why: `apt-get was waited for, so that nothing is half installed: ${there}. ${left}`.trimEnd(),
    remedy: `run the same command again to go on${some ? `, or remove them:\n  apt-get purge --autoremove ${names.join(' ')}` : ''}`,
  })
}
