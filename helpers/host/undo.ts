import { rm } from 'node:fs/promises'
import { FipsConformanceError } from '../errors/error.ts'
import { type ProgressSink, stepsOf } from '../progress/progress.ts'
import { hostCommand } from './command.ts'
import { docker } from './docker.ts'
import { type RunPlaces, runPlaces, stopDockerd, unstoppable, waitForEnd } from './dockerd.ts'
import { labelNames } from './labels.ts'
import { defaultEndpoint } from './look.ts'
import { ownerState } from './owner.ts'
import { forgetRecord, loadRecord, logPath, type RecordedDaemon, runtimePath } from './setup-record.ts'

export type Undone = {
  state: 'nothing-recorded' | 'stopped' | 'was-gone'
  /** What was done, a sentence each. */
  did: readonly string[]
  /** What setup left on this host and undo leaves there, with the commands that remove it. */
  stays: readonly string[]
}

export type UndoOptions = {
  progress: ProgressSink
  signal?: AbortSignal | undefined
  /** Stop the engine whatever still runs in it. */
  force?: boolean
  places?: RunPlaces
  /** Milliseconds between asking the daemon to end and killing it; dockerd gives its containers 15 s. */
  patience?: number
}

/**
 * Stops the Docker daemon that setup started, and no other; packages and images stay.
 * @throws FipsConformanceError `SETUP_IN_USE` while the engine has clusters or anything running and `force` is not given; `SETUP_ELSEWHERE` when another host's setup is recorded here
 */
export const undoSetup = async ({
  progress,
  signal,
  force = false,
  places = runPlaces,
  patience = 20_000,
}: UndoOptions): Promise<Undone> => {
  const step = stepsOf('host', progress)
  const record = await loadRecord()
  if (record === undefined)
    return { state: 'nothing-recorded', did: ['nothing: no setup is recorded for this user on this host'], stays: [] }
  const stays = whatStays(record.packages, record.daemon)
  const daemon = record.daemon
  const state = daemon && ownerState(daemon.process)
  if (state === 'unknown') throw elsewhere(daemon?.process.host ?? '')
  if (daemon === undefined || state === 'dead') {
    await forget(daemon)
    return {
      state: 'was-gone',
      did: [
        daemon
          ? `process ${daemon.process.pid} had ended already; its record was removed`
          : 'setup had started nothing; its record was removed',
      ],
      stays,
    }
  }
  if (!force) await refuseInUse(signal)
  const did = await step('stop Docker', () => (daemon.how === 'systemd' ? stopUnit(daemon, signal) : stopDockerd(daemon, places, patience)))
  await forget(daemon)
  return { state: 'stopped', did, stays }
}

const forget = async (daemon: RecordedDaemon | undefined): Promise<void> => {
  if (daemon?.how === 'spawned') await rm(runtimePath(), { force: true })
  await forgetRecord()
}

const whatStays = (packages: readonly string[], daemon: RecordedDaemon | undefined): string[] => [
  ...(packages.length > 0
    ? [`the packages ${packages.join(' ')} and what they need: apt-get purge --autoremove ${packages.join(' ')}`]
    : []),
  'images, volumes and networks, in the Docker root directory (usually /var/lib/docker)',
  ...(daemon?.how === 'spawned' ? [`the log ${logPath()}`] : []),
]

const elsewhere = (host: string): FipsConformanceError =>
  new FipsConformanceError({
    code: 'SETUP_ELSEWHERE',
    what: `the recorded setup belongs to another host (${host})`,
    where: 'fips-conformance setup --undo',
    remedy: 'run the same command there',
    exit: 3,
  })

// The daemon that setup started listens at the default endpoint, whatever the client's context is now.
const ask = async (argv: readonly string[], signal?: AbortSignal): Promise<string> => {
  try {
    return await docker(['--host', defaultEndpoint, ...argv], { signal, timeout: 20_000 })
  } catch (error) {
    if (!(error instanceof FipsConformanceError) || error.code === 'INTERRUPTED') throw error
    throw new FipsConformanceError({
      ...error.trouble,
      code: 'SETUP_IN_USE',
      what: 'it cannot be told what still runs in this engine: it does not answer',
      remedy: 'stop it all the same:\n  fips-conformance setup --undo --force',
      cause: error,
    })
  }
}

/** Ours count whatever their state, for a stopped node is a cluster still; of others only what runs. */
const refuseInUse = async (signal?: AbortSignal): Promise<void> => {
  const ours = await ask(['ps', '--all', '--filter', `label=${labelNames.run}`, '--format', '{{.Names}}'], signal)
  const running = await ask(['ps', '--format', '{{.Names}}'], signal)
  const names = [...new Set([...ours.split('\n'), ...running.split('\n')])].filter((name) => name !== '')
  if (names.length === 0) return
  const clusters = ours.trim() !== ''
  throw new FipsConformanceError({
    code: 'SETUP_IN_USE',
    what: clusters ? 'clusters of fips-conformance still stand in this engine' : 'containers still run in this engine',
    where: 'fips-conformance setup --undo',
    why: names.join('\n'),
    remedy: clusters
      ? 'remove them first (fips-conformance down), or stop the engine all the same with --force'
      : 'stop them first, or stop the engine all the same with --force',
    exit: 3,
  })
}

const stopUnit = async (daemon: RecordedDaemon, signal?: AbortSignal): Promise<string[]> => {
  // The socket first: a client's next question would start the service again.
  await hostCommand(['systemctl', 'stop', 'docker.socket', 'docker.service'], { signal })
  if (!(await waitForEnd(daemon.process, 5000))) throw unstoppable(daemon.process.pid)
  return [`stopped docker.socket and docker.service (process ${daemon.process.pid}); the package starts them again at the next boot`]
}
