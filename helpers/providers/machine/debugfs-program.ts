import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { DebugfsProgram } from '../../disk/read/debugfs.ts'
import { debugfsEnvironment } from '../../disk/read/debugfs.ts'
import { administratorEnvironment } from '../../host/command.ts'
import { docker, dockerExeca } from '../../host/docker.ts'
import { labelNames } from '../../host/labels.ts'
import { thisOwner } from '../../host/owner.ts'

/** A debugfs for one disk, how observations name it, and what removes what it leaves behind. */
export type DebugfsFor = { program: DebugfsProgram; means: string; release: () => Promise<void> }

/** Where a program is on a PATH. */
const onPath = async (program: string, path: string): Promise<string | undefined> => {
  for (const directory of path.split(delimiter).filter(Boolean)) {
    const place = join(directory, program)
    const found = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return place
  }
  return undefined
}

/**
 * The debugfs (e2fsprogs) that reads a raw disk, which it opens read-only: this host's, which needs no root, else that of the node image, in a container that sees the
 * disk read-only and has no network.
 */
export const debugfsFor = async (disk: string, image: string, path = administratorEnvironment().PATH ?? ''): Promise<DebugfsFor> => {
  const own = await onPath('debugfs', path)
  if (own !== undefined)
    return {
      program: { command: own, argv: ['-f', '-', disk], env: debugfsEnvironment(path) },
      means: 'debugfs of this host, read-only, on the raw disk of the machine',
      release: async () => undefined,
    }
  const name = `fips-conformance-disk-${randomBytes(6).toString('hex')}`
  const argv = [
    ...['run', '--interactive', '--name', name, '--network', 'none'],
    ...['--label', `${labelNames.build}=${JSON.stringify(thisOwner())}`],
    ...Object.entries(debugfsEnvironment('/usr/sbin:/usr/bin:/sbin:/bin')).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...['--volume', `${disk}:/disk.raw:ro`, '--entrypoint', 'debugfs', image, '-f', '-', '/disk.raw'],
  ]
  return {
    program: { command: 'docker', argv, env: dockerExeca({}).env },
    means: 'debugfs in a container of the node image, read-only, on the raw disk of the machine',
    // Killing the client does not end what it attached to.
    release: async () => void (await docker(['rm', '--force', '--volumes', name])),
  }
}
