import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FipsConformanceError } from '../errors/error.ts'
import { type ProgressSink, type Step, stepsOf } from '../progress/progress.ts'
import { type AptWork, afterInstalling, installPackages, isInterruption, leaving, nothingYet, updateLists } from './apt.ts'
import { hostCommand } from './command.ts'
import { interrupted } from './docker.ts'
import { clearStale, endedAtOnce, logTail, type RunPlaces, runningDockerd, runPlaces, spawnDockerd, stopDockerd } from './dockerd.ts'
import { diagnose } from './doctor.ts'
import type { Engine } from './engine.ts'
import { askEngine } from './engine.ts'
import { type HostLook, look } from './look.ts'
import { ownerState, processStart, thisOwner } from './owner.ts'
import { canSetUp, debianPackages } from './remedies.ts'
import { loadRecord, logPath, type RecordedDaemon, runtimePath, saveRecord } from './setup-record.ts'

export type SetupOptions = {
  progress: ProgressSink
  signal?: AbortSignal | undefined
  /** How the host is looked at, and where traces of daemons and the policy for starting services lie; the defaults are the host's. */
  see?: (signal?: AbortSignal) => Promise<HostLook>
  places?: RunPlaces
  policy?: string
  /** Milliseconds that a started engine has to answer. */
  patience?: number
}

/**
 * The Docker engine of this host: as it is when it can be reached; else, as root on Debian's family, installed and started.
 * What was started is recorded, for `undoSetup`.
 * @throws FipsConformanceError `DOCKER_MISSING`, `DOCKER_UNREACHABLE`, `DOCKER_NO_PERMISSION` with the commands that help; `SETUP_FAILED`; `INTERRUPTED`
 */
export const ensureEngine = async (options: SetupOptions): Promise<Engine> => {
  const { progress, signal, see = look, patience = 20_000, policy = '/usr/sbin/policy-rc.d', places = runPlaces } = options
  const step = stepsOf('host', progress)
  let host = await see(signal)
  if (host.engine.state === 'reachable') return host.engine.engine
  if (!canSetUp(host) || host.engine.reason === 'no-permission') throw engineTrouble(host)
  // The package's own start cannot know of missing capabilities, and its init script fails on the limits that it tries to raise.
  const bySystemd = host.systemd && host.missingCapabilities.init.length === 0
  if (host.docker.client === undefined || host.docker.daemon === undefined) {
    await step(
      'install Docker',
      async (note) => {
        const work = { step, note, signal }
        const packages = await (bySystemd ? install(host, work) : withoutServiceStarts(policy, () => install(host, work)))
        const before = await loadRecord()
        await saveRecord({ ...before, packages: [...new Set([...(before?.packages ?? []), ...packages])] })
        if (signal?.aborted)
          throw afterInstalling(packages, bySystemd ? 'Docker may run: its package starts it.' : 'Docker was not started.', signal)
        return packages
      },
      (packages) => packages.join(' '),
    )
    host = await see(signal)
  }
  if (host.engine.state === 'reachable' && !bySystemd) return host.engine.engine
  return bySystemd ? startUnit(step, patience, signal) : startDockerd(step, host, places, patience, signal)
}

/** The error that an unreachable engine is, with what the doctor says about it. */
const engineTrouble = (host: HostLook): FipsConformanceError => {
  const check = diagnose(host).find(({ id }) => id === 'engine')
  const reason = host.engine.state === 'unreachable' ? host.engine.reason : 'other'
  const [code, what] =
    reason === 'no-client'
      ? (['DOCKER_MISSING', 'this host has no Docker'] as const)
      : reason === 'no-permission'
        ? (['DOCKER_NO_PERMISSION', 'this user may not use the Docker engine'] as const)
        : (['DOCKER_UNREACHABLE', 'the Docker engine cannot be reached'] as const)
  return new FipsConformanceError({ code, what, where: 'docker info', why: check?.found ?? '', remedy: check?.remedy ?? '', exit: 3 })
}

/** Installs what is missing; gives the packages that were not there before. */
const install = async (host: HostLook, work: AptWork): Promise<string[]> => {
  await updateLists(work)
  const offered = await hostCommand(['apt-cache', 'policy', 'docker-cli'], { signal: work.signal }).catch(nothingYet)
  const clientApart = /^ {2}Candidate: (?!\(none\))/m.test(offered)
  const wanted = [...new Set([...debianPackages(host), ...(clientApart ? ['docker-cli'] : [])])].filter(
    (name) => clientApart || name !== 'docker-cli',
  )
  return installPackages(wanted, work)
}

const ourPolicy = '#!/bin/sh\n# Written by fips-conformance setup while it installs packages; it may be removed.\nexit 101\n'

/** Keeps packages from starting their services while `work` runs, in the way that Debian has for it (invoke-rc.d(8): 101 forbids); a policy of the host's own stays. */
const withoutServiceStarts = async <T>(policy: string, work: () => Promise<T>): Promise<T> => {
  await mkdir(dirname(policy), { recursive: true })
  await writeFile(policy, ourPolicy, { mode: 0o755, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  try {
    return await work()
  } finally {
    if ((await readFile(policy, 'utf8')) === ourPolicy) await rm(policy)
  }
}

/** Starts Docker's unit and records the process that it is. */
const startUnit = (step: Step, patience: number, signal?: AbortSignal): Promise<Engine> =>
  step('start Docker', async () => {
    const argv = ['systemctl', 'start', 'docker'] as const
    const goesOn = (error: unknown): never => {
      throw leaving(error, {
        why: 'systemd goes on starting Docker',
        remedy: 'run the same command again to go on, or stop it:\n  systemctl stop docker.socket docker.service',
      })
    }
    await hostCommand([...argv], { signal }).catch(goesOn)
    const pid = Number((await hostCommand(['systemctl', 'show', '--property', 'MainPID', '--value', 'docker'], { signal })).trim())
    const start = processStart(pid)
    if (start !== undefined)
      await remember({ how: 'systemd', process: { ...thisOwner(), pid, start }, at: new Date().toISOString(), argv: [...argv] })
    const answer = await waitForAnswer(() => processStart(pid) !== start, patience, signal).catch(goesOn)
    if (answer.state === 'answers') return answer.engine
    const journal = await hostCommand(['journalctl', '--unit', 'docker', '--lines', '12', '--no-pager', '--output', 'cat']).catch(String)
    throw noAnswer('systemctl start docker', journal, 'see what the unit says:\n  systemctl status docker', patience)
  })

const remember = async (daemon: RecordedDaemon): Promise<void> => saveRecord({ packages: (await loadRecord())?.packages ?? [], daemon })

const startDockerd = (step: Step, host: HostLook, places: RunPlaces, patience: number, signal?: AbortSignal): Promise<Engine> =>
  step('start Docker', async (note) => {
    const recorded = (await loadRecord())?.daemon
    // Another command may have started one a moment ago: then it is waited for.
    const underway = recorded !== undefined && ownerState(recorded.process) === 'alive'
    const foreign = underway ? undefined : await runningDockerd(places)
    if (foreign !== undefined) throw silentDaemon(foreign)
    if (underway) {
      note(`waiting for the dockerd that setup started at ${recorded.at}`)
      const asked = await waitForAnswer(() => ownerState(recorded.process) !== 'alive', patience, signal).catch((error: unknown) => {
        throw leaving(error, {
          why: `the dockerd that another command had started (process ${recorded.process.pid}) was left alone`,
          remedy: 'run the same command again to go on, or stop it:\n  fips-conformance setup --undo',
        })
      })
      return engineOr(asked, patience)
    }
    for (const path of await clearStale(places)) note(`removed ${path}, left behind by a process that is gone`)
    const spawned = await spawnDockerd(host.missingCapabilities.here)
    try {
      await remember(spawned.daemon)
      note(`dockerd is process ${spawned.daemon.process.pid}, its log ${logPath()}`)
      const answer = await waitForAnswer(spawned.exited, patience, signal)
      if (spawned.exited()) await forgetDaemon()
      return await engineOr(answer, patience)
    } catch (error) {
      if (!isInterruption(error)) throw error
      const did = await step('stop the dockerd that was being started', () => stopDockerd(spawned.daemon, places, patience))
      await forgetDaemon()
      throw leaving(error, {
        why: `${did.join('; ')}. What it had said: ${logPath()}`,
        remedy: 'run the same command again to go on',
      })
    } finally {
      spawned.release()
    }
  })

/** What was installed stays on record. */
const forgetDaemon = async (): Promise<void> => {
  await rm(runtimePath(), { force: true })
  await saveRecord({ packages: (await loadRecord())?.packages ?? [] })
}

const silentDaemon = (pid: number): FipsConformanceError =>
  new FipsConformanceError({
    code: 'DOCKER_UNREACHABLE',
    what: `a dockerd runs (process ${pid}) but does not answer`,
    where: 'docker info',
    remedy: `fips-conformance did not start it: see why it is silent, or end it and run the same command again:\n  kill ${pid}`,
    exit: 3,
  })

type Answer = { state: 'answers'; engine: Engine } | { state: 'ended' } | { state: 'silent' }

/** Asks until the engine answers, its process has ended, or patience runs out. */
const waitForAnswer = async (ended: () => boolean, patience: number, signal?: AbortSignal): Promise<Answer> => {
  const limit = AbortSignal.timeout(patience)
  while (!limit.aborted) {
    try {
      return { state: 'answers', engine: await askEngine(signal ? AbortSignal.any([signal, limit]) : limit) }
    } catch (error) {
      if (signal?.aborted) throw interrupted('waiting for the Docker engine', error)
      if (!(error instanceof FipsConformanceError)) throw error
    }
    if (ended()) return { state: 'ended' }
    await sleep(200)
  }
  return { state: 'silent' }
}

const engineOr = async (answer: Answer, patience: number): Promise<Engine> => {
  if (answer.state === 'answers') return answer.engine
  if (answer.state === 'silent')
    throw noAnswer('dockerd', await logTail(), 'it still runs: try again later, or stop it:\n  fips-conformance setup --undo', patience)
  throw await endedAtOnce()
}

const noAnswer = (where: string, why: string, remedy: string, patience: number): FipsConformanceError =>
  new FipsConformanceError({
    code: 'DOCKER_UNREACHABLE',
    what: `Docker was started but did not answer within ${patience / 1000} s`,
    where,
    why,
    remedy,
    exit: 3,
  })
