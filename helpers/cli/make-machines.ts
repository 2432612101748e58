import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import type { Engine } from '../host/engine.ts'
import type { Ownership } from '../host/labels.ts'
import { look } from '../host/look.ts'
import { cacheDir } from '../host/paths.ts'
import { ensureQemu } from '../host/virtualisation.ts'
import { buildHost } from '../node-image/build-host.ts'
import { machineDisk } from '../node-image/machine-disk.ts'
import type { NodeImage } from '../node-image/spec.ts'
import { type ProgressSink, stepsOf } from '../progress/progress.ts'
import { qemuProgram } from '../providers/machine/qemu.ts'
import type { MachineSpec } from '../providers/machine/spec.ts'
import type { Settings } from './settings.ts'

type Watch = { progress: ProgressSink; signal: AbortSignal }

/** A file that a flag names. @throws FipsConformanceError `FILE_UNREADABLE` */
const readable = async (flag: string, path: string | undefined): Promise<void> => {
  if (path === undefined) return
  await access(path, constants.R_OK).catch((error: Error) => {
    throw new FipsConformanceError({
      code: 'FILE_UNREADABLE',
      what: 'a file that a machine is to boot cannot be read',
      where: `${flag} ${path}`,
      why: error.message,
      remedy: 'check the path',
      exit: 3,
      cause: error,
    })
  })
}

/**
 * What machines need of the host, looked for before anything is built.
 * @throws FipsConformanceError `MACHINE_NO_QEMU`, `MACHINE_QEMU_TOO_OLD`, `MACHINE_NO_SSH`, `FILE_UNREADABLE`
 */
export const prepareForMachines = async (settings: Settings, engine: Engine, { progress, signal }: Watch): Promise<string> => {
  await readable('--kernel', settings.kernel)
  await readable('--initrd', settings.initrd)
  const found = await stepsOf('host', progress)(
    'qemu and ssh',
    async () => ensureQemu(qemuProgram[engine.arch], await look(signal), { progress, signal }),
    ({ version, path }) => `qemu ${version} at ${path}`,
  )
  return found.path
}

/** Directories with what was compiled for the nodes. */
const compiled = async (): Promise<string[]> => {
  const steps = join(cacheDir(), 'steps')
  return (await readdir(steps)).map((name) => join(steps, name, 'bin'))
}

/** What `up` of the machine provider takes: the disk is made here, where it is not in the cache. */
export const machineSpec = async (
  settings: Settings,
  { name, image, engine, qemu, ownership }: { name: string; image: NodeImage; engine: Engine; qemu: string; ownership: Ownership },
  { progress, signal }: Watch,
): Promise<MachineSpec> => {
  const made = await machineDisk(image, { host: buildHost(engine, cacheDir()), progress, signal })
  const { kernel, initrd } = settings
  return {
    name,
    nodes: settings.nodes,
    image,
    arch: engine.arch,
    qemu,
    // A kernel of the user's own gets the first root that the user names for it, or none: ours holds modules of another kernel.
    disk:
      kernel === undefined
        ? {
            disk: made.disk,
            kernel: made.kernel,
            initrd: initrd ?? made.initrd,
            origin: `${made.origin.package} ${made.origin.version}, SHA-256 ${made.origin.sha256}`,
          }
        : {
            disk: made.disk,
            kernel,
            initrd,
            origin: `--kernel ${kernel}, SHA-256 ${createHash('sha256')
              .update(await readFile(kernel))
              .digest('hex')}`,
          },
    fips: settings.fips === 'on',
    ownership,
    standIns: await compiled(),
    apiPort: settings['api-port'],
    bootTimeout: settings['boot-timeout'],
  }
}
