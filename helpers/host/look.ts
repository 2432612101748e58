import { constants, existsSync } from 'node:fs'
import { access, readdir, readFile, realpath, stat, statfs } from 'node:fs/promises'
import { availableParallelism, release as kernelRelease, totalmem } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { type OsRelease, parseOsRelease } from '../operating-system/analyse/os-release.ts'
import { docker } from './docker.ts'
import { askEngine, type Engine } from './engine.ts'
import { missingFrom } from './limits.ts'
import { cacheDir } from './paths.ts'

/** Why an engine cannot be reached, as far as the client's words tell it. */
export type Unreachable = 'no-client' | 'no-daemon' | 'no-permission' | 'other'

export type EngineLook = { state: 'reachable'; engine: Engine } | { state: 'unreachable'; reason: Unreachable; detail: string }

/** Free space of one file system, in bytes. `path` is what was asked for, `measuredAt` its nearest directory that exists. */
export type Space = { path: string; measuredAt: string; device: number; freeBytes: number }

/** `listed`: /etc/group names this user, but the session began before that. `unknown`: no such group in /etc/group. */
export type GroupMembership = 'member' | 'listed' | 'not-member' | 'unknown'

/** What this host is and has, as found: data, judged by `diagnose`. */
export type HostLook = {
  platform: NodeJS.Platform
  /** node's name of the processor architecture: x64, arm64, ... */
  arch: string
  /** Absent where there is no os-release (macOS, Windows). */
  osRelease: OsRelease | undefined
  /** Effective user id; absent on Windows. */
  uid: number | undefined
  systemd: boolean
  docker: {
    client: { path: string; version: string } | undefined
    daemon: string | undefined
    podman: string | undefined
    /** Where the client looks for the engine: DOCKER_HOST, or what its current context says. */
    endpoint: string | undefined
    group: GroupMembership
  }
  engine: EngineLook
  /** As /sys/fs/cgroup of this host shows it; `none` where nothing is mounted there, absent off Linux. */
  cgroup: '1' | '2' | 'none' | undefined
  cores: number
  memoryBytes: number
  /** `dockerRoot` is absent where the engine keeps its data out of sight (another machine, a virtual machine). */
  disk: { dockerRoot: Space | undefined; cache: Space; cacheWarm: boolean }
  kernel: string
  kernelFips: 'on' | 'off' | 'absent'
  /** Capabilities that the bounding set lacks: of this process, and of process 1, whose set services are given. */
  missingCapabilities: { here: readonly string[]; init: readonly string[] }
  /** Names of the proxy variables that are set; their values may hold passwords. */
  proxies: readonly string[]
  caBundle: string | undefined
}

/** The endpoint at which a dockerd listens that is started without saying where. */
export const defaultEndpoint = 'unix:///var/run/docker.sock'

/**
 * Looks at this host; changes and starts nothing.
 * @throws FipsConformanceError `INTERRUPTED`
 */
export const look = async (signal?: AbortSignal): Promise<HostLook> => {
  const client = await findProgram('docker')
  const engine = await lookAtEngine(client, signal)
  const endpoint =
    client === undefined ? process.env.DOCKER_HOST : await quiet(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], signal)
  const linux = process.platform === 'linux'
  const release = linux ? ((await textOf('/etc/os-release')) ?? (await textOf('/usr/lib/os-release'))) : undefined
  const last = Number(((await textOf('/proc/sys/kernel/cap_last_cap')) ?? '40').trim())
  const missing = async (pid: string): Promise<string[]> => missingFrom((await textOf(`/proc/${pid}/status`)) ?? '', last)
  return {
    platform: process.platform,
    arch: process.arch,
    osRelease: release === undefined ? undefined : parseOsRelease(release),
    uid: process.geteuid?.(),
    systemd: existsSync('/run/systemd/system'),
    docker: {
      client: client === undefined ? undefined : { path: client, version: (await quiet(['--version'], signal)) ?? '' },
      daemon: await findProgram('dockerd'),
      podman: await findProgram('podman'),
      endpoint: endpoint || undefined,
      group: membershipIn((await textOf('/etc/group')) ?? '', userName(), [process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])]),
    },
    engine,
    cgroup: linux ? await cgroupVersion('/sys/fs/cgroup') : undefined,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    disk: await lookAtDisk(engine, linux && (endpoint || defaultEndpoint).startsWith('unix://')),
    kernel: kernelRelease(),
    kernelFips: parseKernelFips(await textOf('/proc/sys/crypto/fips_enabled')),
    missingCapabilities: { here: await missing('self'), init: await missing('1') },
    proxies: Object.keys(process.env)
      .filter((name) => /^(https?|no|all|ftp)_proxy$/i.test(name) && process.env[name])
      .sort(),
    caBundle: [process.env.SSL_CERT_FILE, ...(linux ? caBundles : [])].find((path) => path && existsSync(path)),
  }
}

const caBundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/ca-bundle.pem', '/etc/ssl/cert.pem']

const lookAtEngine = async (client: string | undefined, signal?: AbortSignal): Promise<EngineLook> => {
  if (client === undefined) return { state: 'unreachable', reason: 'no-client', detail: 'there is no docker client on PATH' }
  try {
    return { state: 'reachable', engine: await askEngine(signal) }
  } catch (error) {
    if (!(error instanceof FipsConformanceError) || error.code === 'INTERRUPTED') throw error
    const detail = error.trouble.why || error.trouble.what
    return { state: 'unreachable', reason: reasonOf(detail), detail }
  }
}

/** Sorts the client's complaint; its wording changed with version 29. */
export const reasonOf = (detail: string): Unreachable => {
  if (/permission denied/i.test(detail.replaceAll(/^WARNING: .*$/gm, ''))) return 'no-permission'
  if (
    /cannot connect to the docker daemon|failed to connect to the docker api|connection refused|no such file or directory/i.test(detail)
  ) {
    return 'no-daemon'
  }
  return 'other'
}

/** What a client command prints, or undefined when it fails; only for what is shown, never for what is decided. */
const quiet = async (argv: readonly string[], signal?: AbortSignal): Promise<string | undefined> => {
  try {
    return (await docker(argv, { signal, timeout: 10_000 })).trim()
  } catch (error) {
    if (!(error instanceof FipsConformanceError) || error.code === 'INTERRUPTED') throw error
    return undefined
  }
}

/** Path of a program: along PATH, then where administrators' programs live, which many users' PATH leaves out. */
export const findProgram = async (name: string): Promise<string | undefined> => {
  for (const directory of [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']) {
    const path = join(directory || '.', name)
    if (await isExecutable(path)) return path
  }
  return undefined
}

const isExecutable = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(ENOENT|ENOTDIR|EACCES|EPERM|ELOOP)$/.test(String(error.code))

const textOf = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

const userName = (): string | undefined => process.env.SUDO_USER ?? process.env.LOGNAME ?? process.env.USER

/** Membership in the group `docker` by the text of /etc/group (group(5)) and the group ids that a process has. */
export const membershipIn = (groupFile: string, user: string | undefined, processGroups: readonly number[]): GroupMembership => {
  const fields = groupFile
    .split('\n')
    .find((line) => line.startsWith('docker:'))
    ?.split(':')
  if (fields === undefined) return 'unknown'
  if (processGroups.includes(Number(fields[2]))) return 'member'
  return user !== undefined && (fields[3] ?? '').trim().split(',').includes(user) ? 'listed' : 'not-member'
}

/** Version by the files that the cgroup file system shows (cgroups(7)): version 2 alone has cgroup.controllers at its root. */
export const cgroupVersion = async (root: string): Promise<'1' | '2' | 'none'> => {
  if (existsSync(join(root, 'cgroup.controllers'))) return '2'
  return ['memory', 'cpu', 'devices', 'pids'].some((name) => existsSync(join(root, name, 'cgroup.procs'))) ? '1' : 'none'
}

export const parseKernelFips = (text: string | undefined): HostLook['kernelFips'] =>
  text === undefined ? 'absent' : text.trim() === '1' ? 'on' : 'off'

/** Free space for unprivileged users where `path` is or would be made, in bytes (statvfs(3), f_bavail). */
export const spaceAt = async (path: string): Promise<Space> => {
  let measuredAt = path
  while (!(await canStat(measuredAt)) && dirname(measuredAt) !== measuredAt) measuredAt = dirname(measuredAt)
  const measured = await realpath(measuredAt)
  const { bavail, bsize } = await statfs(measured)
  return { path, measuredAt: measured, device: (await stat(measured)).dev, freeBytes: bavail * bsize }
}

const canStat = async (path: string): Promise<boolean> => {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

const lookAtDisk = async (engine: EngineLook, local: boolean): Promise<HostLook['disk']> => {
  const root = engine.state === 'reachable' ? engine.engine.rootDirectory : '/var/lib/docker'
  // A virtual machine's engine answers at a local socket too; its root directory is not one of this host's.
  const visible = local && (engine.state === 'unreachable' || (await canStat(root)))
  return {
    dockerRoot: visible ? await spaceAt(root) : undefined,
    cache: await spaceAt(cacheDir()),
    cacheWarm: (await namesIn(join(cacheDir(), 'steps'))).length > 0,
  }
}

const namesIn = async (directory: string): Promise<string[]> => {
  try {
    return await readdir(directory)
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}
