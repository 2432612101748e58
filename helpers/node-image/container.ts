import { randomBytes } from 'node:crypto'
import { docker } from '../host/docker.ts'

export type Mount = { from: string; to: string; readOnly?: boolean }

export type ContainerWork = {
  image: string
  /** Instead of the image’s own entrypoint. */
  entrypoint?: string
  /** Shell script, handed to `sh -s` on standard input. */
  script: string
  env?: Record<string, string>
  mounts?: readonly Mount[]
  labels: Record<string, string>
  /** `uid:gid` of who shall own what the script writes into mounts; root when absent. */
  user?: string | undefined
  privileged?: boolean
  /** Commit the container's filesystem under this tag when the script has succeeded, with these Dockerfile instructions. */
  commit?: { tag: string; changes?: readonly string[] }
  onLine?: ((line: string) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * Runs a script in a container of its own and removes the container whatever happens.
 * The container is named, because killing the docker client does not end what it attached to.
 * @throws FipsConformanceError of `docker`
 */
export const inContainer = async (work: ContainerWork): Promise<void> => {
  const name = `fips-conformance-build-${randomBytes(6).toString('hex')}`
  const argv = [
    'run',
    '--interactive',
    '--name',
    name,
    ...Object.entries(work.labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...Object.entries(work.env ?? {}).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...(work.mounts ?? []).flatMap(({ from, to, readOnly }) => ['--volume', `${from}:${to}${readOnly ? ':ro' : ''}`]),
    ...(work.user ? ['--user', work.user] : []),
    ...(work.privileged ? ['--privileged', '--security-opt', 'seccomp=unconfined', '--security-opt', 'apparmor=unconfined'] : []),
    ...(work.entrypoint ? ['--entrypoint', work.entrypoint] : []),
    work.image,
    ...(work.entrypoint ? [] : ['sh']),
    '-s',
  ]
  try {
    await docker(argv, { input: work.script, onLine: work.onLine, signal: work.signal })
    if (work.commit) {
      const changes = (work.commit.changes ?? []).flatMap((change) => ['--change', change])
      await docker(['commit', ...changes, name, work.commit.tag], { signal: work.signal })
    }
  } finally {
    await docker(['rm', '--force', '--volumes', name]).catch((error: Error) => work.onLine?.(`could not remove ${name}: ${error.message}`))
  }
}
