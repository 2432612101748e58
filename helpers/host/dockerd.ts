import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FipsConformanceError } from '../errors/error.ts'
import { administratorEnvironment } from './command.ts'
import { lastLines } from './docker.ts'
import { boundedRuntime } from './doctor.ts'
import { type Owner, processStart, thisOwner } from './owner.ts'
import { stateDir } from './paths.ts'
import { logPath, type RecordedDaemon, runtimePath } from './setup-record.ts'

/** Where dockerd and containerd keep the traces of their processes. */
export type RunPlaces = { dockerPid: string; containerdPid: string; systemContainerdSocket: string }

export const runPlaces: RunPlaces = {
  dockerPid: '/var/run/docker.pid',
  containerdPid: '/var/run/docker/containerd/containerd.pid',
  systemContainerdSocket: '/run/containerd/containerd.sock',
}

/** Arguments of a dockerd on a host whose bounding set has gaps: its OCI runtime asks for no capability that is not there. */
export const dockerdArguments = (missingCapabilities: readonly string[]): string[] =>
  missingCapabilities.length === 0 ? [] : ['--add-runtime', `${boundedRuntime}=${runtimePath()}`, '--default-runtime', boundedRuntime]

/** Copies the bounded runtime beside the state, whole or not at all: a running dockerd may be executing the one that is there. */
const placeRuntime = async (): Promise<void> => {
  await mkdir(stateDir(), { recursive: true, mode: 0o700 })
  const draft = `${runtimePath()}.draft-${process.pid}`
  await copyFile(join(import.meta.dirname, '..', 'node-image', 'files', 'runc-within-bounds'), draft)
  await chmod(draft, 0o755)
  await rename(draft, runtimePath())
}

// The limit on open files is inherited by every container; a login's is too low for a node. The pid stays that of the shell.
const launch = 'ulimit -n 1048576 2>/dev/null || ulimit -n "$(ulimit -H -n)" 2>/dev/null; exec dockerd "$@"'

export type Spawned = { daemon: RecordedDaemon; exited: () => boolean; release: () => void }

/** Starts dockerd in a session of its own, with its output in the log file; it outlives this process. */
export const spawnDockerd = async (missingCapabilities: readonly string[]): Promise<Spawned> => {
  if (missingCapabilities.length > 0) await placeRuntime()
  await mkdir(stateDir(), { recursive: true, mode: 0o700 })
  const argv = dockerdArguments(missingCapabilities)
  const log = openSync(logPath(), 'w', 0o600)
  const child = spawn('/bin/sh', ['-c', launch, 'dockerd', ...argv], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log],
    env: administratorEnvironment(),
  })
  closeSync(log)
  let gone = false
  child.on('exit', () => (gone = true))
  child.on('error', () => (gone = true))
  const start = child.pid === undefined ? undefined : processStart(child.pid)
  // On a busy host it may have ended before it was looked at.
  if (child.pid === undefined || start === undefined) throw await endedAtOnce()
  return {
    daemon: {
      how: 'spawned',
      process: { ...thisOwner(), pid: child.pid, start },
      at: new Date().toISOString(),
      argv: ['dockerd', ...argv],
    },
    exited: () => gone,
    release: () => child.unref(),
  }
}

/** What a dockerd that did not stay has said, and what helps. */
export const endedAtOnce = async (): Promise<FipsConformanceError> => {
  const tail = await logTail()
  return new FipsConformanceError({
    code: 'DOCKER_UNREACHABLE',
    what: 'dockerd ended as soon as it was started',
    where: 'dockerd',
    why: tail,
    remedy: `${/iptables|nf_tables|nftables/i.test(tail) ? 'this kernel may lack what the nft variant of iptables needs:\n  update-alternatives --set iptables /usr/sbin/iptables-legacy\n' : ''}all that it said:\n  cat ${logPath()}`,
    exit: 3,
  })
}

/** The last lines of the log, without what dockerd tells when all is well. */
export const logTail = async (count = 12): Promise<string> => {
  const text = await readOrNothing(logPath())
  const telling = text
    .split('\n')
    .filter((line) => !/level="?(info|debug)/.test(line))
    .join('\n')
  return lastLines(telling.trim() === '' ? text : telling, count)
}

/**
 * Removes what a dockerd or containerd that died left behind, which would keep the next one from starting: pid files whose number is now
 * nobody's or somebody else's, and the socket of a containerd that nobody answers. Gives the paths that it removed.
 */
export const clearStale = async (places: RunPlaces = runPlaces): Promise<string[]> => {
  const stale: string[] = []
  for (const [file, program] of [
    [places.dockerPid, 'dockerd'],
    [places.containerdPid, 'containerd'],
  ] as const) {
    const pid = Number.parseInt(await readOrNothing(file), 10)
    if (Number.isNaN(pid)) continue
    if (!(await commandOf(pid)).endsWith(program)) stale.push(file)
  }
  if (await isDeadSocket(places.systemContainerdSocket)) stale.push(places.systemContainerdSocket)
  for (const path of stale) await rm(path, { force: true })
  return stale
}

/** The pid of the dockerd that the pid file names, when it runs. */
export const runningDockerd = async (places: RunPlaces = runPlaces): Promise<number | undefined> => {
  const pid = Number.parseInt(await readOrNothing(places.dockerPid), 10)
  return !Number.isNaN(pid) && (await commandOf(pid)).endsWith('dockerd') ? pid : undefined
}

// A kernel thread or a zombie has no command line.
const commandOf = async (pid: number): Promise<string> => {
  const argv = await readOrNothing(`/proc/${pid}/cmdline`)
  return argv.split('\0')[0] ?? ''
}

const readOrNothing = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    // ESRCH: the process ended while its file in /proc was being read.
    if (error instanceof Error && 'code' in error && /^(ENOENT|ENOTDIR|ESRCH)$/.test(String(error.code))) return ''
    throw error
  }
}

const isDeadSocket = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })

/** The containerd processes that a dockerd started and looks after (found by parent: proc_pid_stat(5), fields 2 and 4). */
export const containerdChildren = async (parent: number): Promise<Owner[]> => {
  const found: Owner[] = []
  for (const name of await namesInProc()) {
    const stat = await readOrNothing(`/proc/${name}/stat`)
    const program = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    const start = processStart(Number(name))
    if (ppid === parent && /(^|-)containerd$/.test(program) && start !== undefined) found.push({ ...thisOwner(), pid: Number(name), start })
  }
  return found
}

const namesInProc = async (): Promise<string[]> =>
  process.platform === 'linux' ? (await readdir('/proc')).filter((name) => /^\d+$/.test(name)) : []

/** Signals exactly the process that is meant; false when it has ended meanwhile. */
export const signalProcess = ({ pid, start }: Owner, signal: NodeJS.Signals): boolean => {
  if (processStart(pid) !== start) return false
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

/** Waits until a process has ended; false when it has not within `milliseconds`. */
export const waitForEnd = async ({ pid, start }: Owner, milliseconds: number): Promise<boolean> => {
  const until = performance.now() + milliseconds
  while (processStart(pid) === start) {
    if (performance.now() > until) return false
    await sleep(50)
  }
  return true
}

/**
 * Ends a dockerd and the containerd that it looks after, by asking first; gives what was done, a sentence each. `patience` in milliseconds.
 * @throws FipsConformanceError `SETUP_FAILED` when it does not end
 */
export const stopDockerd = async ({ process: target }: RecordedDaemon, places: RunPlaces, patience: number): Promise<string[]> => {
  const children = await containerdChildren(target.pid)
  const did: string[] = []
  signalProcess(target, 'SIGTERM')
  if (await waitForEnd(target, patience)) did.push(`dockerd (process ${target.pid}) ended after SIGTERM`)
  else {
    signalProcess(target, 'SIGKILL')
    if (!(await waitForEnd(target, 5000))) throw unstoppable(target.pid)
    did.push(
      `dockerd (process ${target.pid}) did not end within ${patience / 1000} s and was killed; processes of its containers may still run`,
    )
  }
  for (const child of children) {
    if (await waitForEnd(child, 5000)) continue
    signalProcess(child, 'SIGKILL')
    if (!(await waitForEnd(child, 5000))) throw unstoppable(child.pid)
    did.push(`its containerd (process ${child.pid}) was killed`)
  }
  for (const path of await clearStale(places)) did.push(`removed ${path}`)
  return did
}

export const unstoppable = (pid: number): FipsConformanceError =>
  new FipsConformanceError({
    code: 'SETUP_FAILED',
    what: `process ${pid} did not end`,
    where: 'fips-conformance setup --undo',
    remedy: `see what holds it:\n  cat /proc/${pid}/status`,
    exit: 3,
  })
