import type { Engine } from './engine.ts'
import type { HostLook } from './look.ts'
import { boundedRemedy, canSetUp, installRemedy, permissionRemedy, podmanRemedy, startRemedy } from './remedies.ts'

export type Check = {
  id:
    | 'engine'
    | 'engine-version'
    | 'linux-containers'
    | 'architecture'
    | 'cgroup'
    | 'disk'
    | 'cache-disk'
    | 'memory'
    | 'capabilities'
    | 'kernel-fips'
    | 'network'
    | 'machine'
  title: string
  /** `warn`: it can work. `missing`: it cannot. */
  state: 'ok' | 'warn' | 'missing'
  found: string
  /** One command or one change a line; commands are indented by two spaces. */
  remedy?: string
}

/** Bytes; rounded up from what builds of the node image were seen to take. */
const needs = {
  together: { cold: 12e9, warm: 4e9 },
  engineAlone: { cold: 4e9, warm: 4e9 },
  cacheAlone: { cold: 8e9, warm: 1e9 },
  memory: 4e9,
} as const

/** What a look at a host means for running clusters on it. Pure: the same look gives the same checks. */
export const diagnose = (look: HostLook): Check[] => {
  const engine = look.engine.state === 'reachable' ? look.engine.engine : undefined
  return [
    engineCheck(look),
    ...(engine ? [versionCheck(engine, look), linuxCheck(engine, look)] : []),
    architectureCheck(look),
    cgroupCheck(look, engine),
    ...diskChecks(look),
    memoryCheck(look, engine),
    ...capabilityChecks(look, engine),
    kernelFipsCheck(look, engine),
    networkCheck(look),
  ]
}

const text = (lines: readonly string[]): string => lines.join('\n')

const isPodman = (look: HostLook): boolean => /podman/i.test(look.docker.client?.version ?? '')

const engineCheck = (look: HostLook): Check => {
  const base = { id: 'engine', title: 'Docker engine' } as const
  if (look.engine.state === 'reachable') {
    const { version, os, storageDriver, rootless } = look.engine.engine
    const where = look.docker.endpoint ? ` at ${look.docker.endpoint}` : ''
    return { ...base, state: 'ok', found: `${version}${where} (${os}, ${storageDriver}${rootless ? ', rootless' : ''})` }
  }
  const detail = look.engine.detail.trim().split('\n').at(-1) ?? ''
  if (isPodman(look))
    return {
      ...base,
      state: 'missing',
      found: `not reachable: «docker» is ${look.docker.client?.version}`,
      remedy: text(podmanRemedy(look)),
    }
  switch (look.engine.reason) {
    case 'no-client':
      return {
        ...base,
        state: 'missing',
        found: look.docker.daemon ? 'an engine, but no client' : 'not installed',
        remedy: text(installRemedy(look)),
      }
    case 'no-permission':
      return { ...base, state: 'missing', found: `this user may not use its socket: ${detail}`, remedy: text(permissionRemedy(look)) }
    case 'no-daemon':
      return { ...base, state: 'missing', found: `not running: ${detail}`, remedy: text(startRemedy(look)) }
    case 'other':
      return {
        ...base,
        state: 'missing',
        found: `not reachable: ${detail}`,
        remedy: `see what the client says:\n  docker info\n${text(startRemedy(look))}`,
      }
  }
}

const versionCheck = (engine: Engine, look: HostLook): Check => {
  const [major = 0, minor = 0] = engine.version.split('.').map((part) => Number.parseInt(part, 10))
  const enough = major > 20 || (major === 20 && minor >= 10)
  return {
    id: 'engine-version',
    title: 'Engine version',
    ...(enough
      ? { state: 'ok', found: `${engine.version} (20.10 or later is needed)` }
      : {
          state: 'missing',
          found: `${engine.version}: kind asks for private cgroup namespaces, which came with 20.10`,
          remedy: text(installRemedy(look)),
        }),
  }
}

const linuxCheck = (engine: Engine, look: HostLook): Check => {
  const windows = /windows/i.test(engine.os) && !/docker desktop/i.test(engine.os)
  return {
    id: 'linux-containers',
    title: 'Linux containers',
    ...(windows
      ? {
          state: 'missing',
          found: `this engine runs Windows containers (${engine.os})`,
          remedy:
            look.platform === 'win32'
              ? 'choose «Switch to Linux containers» in the menu of Docker Desktop'
              : 'point DOCKER_HOST at an engine on Linux',
        }
      : { state: 'ok', found: `kernel ${engine.kernel}` }),
  }
}

const architectureCheck = (look: HostLook): Check => {
  const base = { id: 'architecture', title: 'Architecture' } as const
  return look.arch === 'x64' || look.arch === 'arm64'
    ? { ...base, state: 'ok', found: look.arch }
    : {
        ...base,
        state: 'missing',
        found: `${look.arch}: node images exist for x64 and arm64`,
        remedy: 'use a host of one of these architectures',
      }
}

const cgroupCheck = (look: HostLook, engine: Engine | undefined): Check => {
  const base = { id: 'cgroup', title: 'Control groups' } as const
  const version = engine?.cgroup.version ?? look.cgroup
  if (version === undefined) return { ...base, state: 'ok', found: 'the engine will tell, once it runs' }
  if (version === 'none') {
    return { ...base, state: 'missing', found: 'no cgroup file system is mounted', remedy: '  mount -t cgroup2 none /sys/fs/cgroup' }
  }
  if (version === '1')
    return { ...base, state: 'warn', found: 'version 1: it works, but kind and Kubernetes deprecate it; version 2 is their future' }
  return { ...base, state: 'ok', found: 'version 2' }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 10e9 ? 1 : 0)} GB`

type Need = { cold: number; warm: number }

const diskChecks = (look: HostLook): Check[] => {
  const { dockerRoot, cache, cacheWarm } = look.disk
  const check = (id: 'disk' | 'cache-disk', title: string, space: { measuredAt: string; freeBytes: number }, need: Need): Check => {
    const now = cacheWarm ? need.warm : need.cold
    const state = space.freeBytes >= now ? 'ok' : space.freeBytes >= need.warm ? 'warn' : 'missing'
    const why =
      need.cold === need.warm
        ? `${gigabytes(need.cold)} are needed`
        : `a first build takes about ${gigabytes(need.cold)}, ${gigabytes(need.warm)} with a warm cache`
    const found = `${gigabytes(space.freeBytes)} free at ${space.measuredAt}; ${why} (${cacheWarm ? 'the cache is warm' : 'the cache is cold'})`
    const remedy =
      id === 'disk'
        ? 'free some space; what Docker holds is shown by:\n  docker system df'
        : 'free some space, or let XDG_CACHE_HOME name a directory on a larger disk'
    return { id, title, state, found, ...(state !== 'ok' && { remedy }) }
  }
  if (dockerRoot === undefined) {
    const unseen: Check = {
      id: 'disk',
      title: 'Disk of the engine',
      state: 'warn',
      found: `cannot be seen from here; ${gigabytes(needs.engineAlone.cold)} are needed`,
      remedy: 'what Docker holds is shown by:\n  docker system df',
    }
    return [unseen, check('cache-disk', 'Disk of the cache', cache, needs.cacheAlone)]
  }
  return dockerRoot.device === cache.device
    ? [check('disk', 'Disk', dockerRoot, needs.together)]
    : [
        check('disk', 'Disk of the engine', dockerRoot, needs.engineAlone),
        check('cache-disk', 'Disk of the cache', cache, needs.cacheAlone),
      ]
}

const memoryCheck = (look: HostLook, engine: Engine | undefined): Check => {
  const bytes = engine?.memoryBytes || look.memoryBytes
  const cores = engine?.cpus || look.cores
  const found = `${gigabytes(bytes)}, ${cores} ${cores === 1 ? 'core' : 'cores'}`
  const base = { id: 'memory', title: 'Memory and cores' } as const
  // A machine sold with 4 GB shows a little less: its kernel keeps some.
  if (bytes >= needs.memory * 0.95) return { ...base, state: 'ok', found }
  const where = look.platform === 'darwin' ? 'give Docker Desktop 4 GB or more (Settings, Resources)' : 'use a host with 4 GB or more'
  return { ...base, state: 'warn', found: `${found}; 4 GB or more are wanted`, remedy: where }
}

const capabilityChecks = (look: HostLook, engine: Engine | undefined): Check[] => {
  if (look.platform !== 'linux') return []
  const lacks = look.missingCapabilities.here
  const base = { id: 'capabilities', title: 'Capabilities' } as const
  if (lacks.length === 0) return [{ ...base, state: 'ok', found: 'the bounding set lacks none' }]
  const found = `the bounding set lacks ${lacks.join(', ')}`
  if (engine?.defaultRuntime === boundedRuntime)
    return [{ ...base, state: 'ok', found: `${found}; the engine's runtime «${boundedRuntime}» asks for no more than there is` }]
  if (engine)
    return [
      {
        ...base,
        state: 'warn',
        found: `${found}: an engine's plain runtime may be unable to start privileged containers`,
        remedy: text(boundedRemedy(look)),
      },
    ]
  return [{ ...base, state: 'warn', found: `${found}${canSetUp(look) ? ': setup starts an engine that asks for no more' : ''}` }]
}

/** Name under which setup gives dockerd the OCI runtime that stays within the host's bounding set. */
export const boundedRuntime = 'bounded'

const kernelFipsCheck = (look: HostLook, engine: Engine | undefined): Check => {
  const base = { id: 'kernel-fips', title: 'FIPS mode, this kernel' } as const
  const only = 'kind can show only this kernel'
  if (look.platform !== 'linux')
    return { ...base, state: 'warn', found: `not to be seen on ${look.platform}: ${only.replace('this kernel', "the engine's kernel")}` }
  const kernel = engine && engine.kernel !== look.kernel ? `${look.kernel}, the engine's is ${engine.kernel}` : look.kernel
  switch (look.kernelFips) {
    case 'on':
      return { ...base, state: 'ok', found: `on (${kernel}); ${only}` }
    case 'off':
      return { ...base, state: 'warn', found: `off (${kernel}); ${only}` }
    case 'absent':
      return { ...base, state: 'warn', found: `no /proc/sys/crypto/fips_enabled (${kernel}); ${only}` }
  }
}

const networkCheck = (look: HostLook): Check => ({
  id: 'network',
  title: 'Proxies and CA bundle',
  state: 'ok',
  found: `${look.proxies.length === 0 ? 'no proxy variables' : look.proxies.join(', ')}; ${look.caBundle ?? 'no CA bundle'}`,
})
