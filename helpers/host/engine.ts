import { z } from 'zod'
import { FipsConformanceError } from '../errors/error.ts'
import { docker } from './docker.ts'

/** What `docker info` tells that matters here. */
export type Engine = {
  version: string
  os: string
  arch: 'amd64' | 'arm64'
  cgroup: { version: '1' | '2'; driver: string }
  rootless: boolean
  defaultRuntime: string
  storageDriver: string
  rootDirectory: string
  kernel: string
  cpus: number
  memoryBytes: number
}

const infoSchema = z.object({
  // A client without an engine answers all the same, and says here why.
  ServerErrors: z.array(z.string()).nullish(),
  ServerVersion: z.string().default(''),
  OperatingSystem: z.string().default(''),
  Architecture: z.string().default(''),
  CgroupVersion: z.string().default('1'),
  CgroupDriver: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullish(),
  DefaultRuntime: z.string().default(''),
  Driver: z.string().default(''),
  DockerRootDir: z.string().default(''),
  KernelVersion: z.string().default(''),
  NCPU: z.number().default(0),
  MemTotal: z.number().default(0),
})

/**
 * Asks the engine that the docker client talks to.
 * @throws FipsConformanceError `DOCKER_UNREACHABLE`
 */
export const askEngine = async (signal?: AbortSignal): Promise<Engine> => {
  const info = infoSchema.parse(JSON.parse(await docker(['info', '--format', '{{json .}}'], { signal, timeout: 20_000 })))
  if (info.ServerErrors?.length || info.ServerVersion === '') {
    throw new FipsConformanceError({
      code: 'DOCKER_UNREACHABLE',
      what: 'the Docker engine cannot be reached',
      where: 'docker info',
      why: (info.ServerErrors ?? []).join('\n'),
      remedy: 'run «fips-conformance doctor»: it says what is missing and prints the commands',
      exit: 3,
    })
  }
  return {
    version: info.ServerVersion,
    os: info.OperatingSystem,
    arch: /arm64|aarch64/.test(info.Architecture) ? 'arm64' : 'amd64',
    cgroup: { version: info.CgroupVersion === '2' ? '2' : '1', driver: info.CgroupDriver },
    rootless: (info.SecurityOptions ?? []).some((option) => option.includes('rootless')),
    defaultRuntime: info.DefaultRuntime,
    storageDriver: info.Driver,
    rootDirectory: info.DockerRootDir,
    kernel: info.KernelVersion,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
  }
}
