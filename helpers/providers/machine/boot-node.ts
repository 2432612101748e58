import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type SshTarget, sshConnection } from '../../cluster/ssh-connection.ts'
import { FipsConformanceError } from '../../errors/error.ts'
import { spaceAt } from '../../host/look.ts'
import type { Step } from '../../progress/progress.ts'
import type { ClusterRef } from '../provider.ts'
import type { Accelerator } from './accelerator.ts'
import { portsOf, startMachine, waitForHostKey } from './boot.ts'
import { ownershipText } from './processes.ts'
import { type MachineHardware, namePrefix } from './qemu.ts'
import { seedDisk } from './seed.ts'
import { addressOf, type MachineSpec, type Running } from './spec.ts'

const memoryMegabytes = 4096
/** What a node writes beside its copy of the disk, seen: 2.2 GB with the images unpacked. */
const roomForEach = 4e9

/** A sparse copy, shared with its source where the file system can do that. */
export const copyDisk = async (from: string, to: string, signal?: AbortSignal): Promise<void> => {
  const argv = process.platform === 'darwin' ? ['-c', from, to] : ['--sparse=always', '--reflink=auto', from, to]
  await execa('cp', argv, { ...(signal && { cancelSignal: signal }) }).catch((error: Error & { stderr?: string }) => {
    if (signal?.aborted)
      throw new FipsConformanceError({ code: 'INTERRUPTED', what: 'the work was interrupted', where: to, exit: 3, cause: error })
    const full = /No space left/i.test(error.stderr ?? '')
    throw new FipsConformanceError({
      code: full ? 'DISK_FULL' : 'MACHINE_NO_DISK',
      what: full ? 'there is no room for the disk of a machine' : 'the disk of a machine could not be made',
      where: to,
      why: error.stderr?.trim() || error.message,
      remedy: 'free some space, or let XDG_CACHE_HOME name a directory on a larger disk',
      exit: 3,
      cause: error,
    })
  })
}

export const checkRoom = async (path: string): Promise<void> => {
  const { freeBytes, measuredAt } = await spaceAt(path)
  if (freeBytes >= roomForEach) return
  throw new FipsConformanceError({
    code: 'DISK_TOO_SMALL',
    what: 'there is not enough room for a machine',
    where: measuredAt,
    why: `${(freeBytes / 1e9).toFixed(1)} GB are free; a machine takes up to ${roomForEach / 1e9} GB while it runs`,
    remedy: 'free some space, or let XDG_CACHE_HOME name a directory on a larger disk',
    exit: 3,
  })
}

type NodeToBoot = {
  spec: MachineSpec
  planned: ClusterRef
  accelerator: Accelerator
  commandLine: string
  index: number
  node: string
  key: string
  publicKey: string
  directory: string
}

/** Gives one node its disk and seed, starts its machine, and pins the host key that it tells on its serial console. */
export const bootNode = async (boot: NodeToBoot, step: Step, signal?: AbortSignal): Promise<Running> => {
  const { spec, planned, accelerator, index, node, key, publicKey, directory } = boot
  const machines = planned.machines
  if (!machines) throw new Error('a machine cluster without machines')
  const disk = join(machines.directory, `${node}.raw`)
  const seed = join(machines.directory, `${node}.seed`)
  await step(`disk of ${node}`, async () => {
    await checkRoom(machines.directory)
    await copyDisk(spec.disk.disk, disk, signal)
    const deadline = spec.ownership.expires
    await writeFile(seed, await seedDisk({ name: node, address: addressOf(index), hosts: machines.nodes, publicKey, deadline }), {
      mode: 0o600,
    })
  })
  const wireOf = (other: number): string => join(machines.sockets, `wire-${other}`)
  const hardware: MachineHardware = {
    arch: spec.arch,
    name: `${namePrefix}${spec.ownership.run}.${node}`,
    ownership: ownershipText(spec.ownership),
    accelerator: accelerator.name,
    cpus: Math.min(2, availableParallelism()),
    memoryMegabytes,
    kernel: spec.disk.kernel,
    initrd: spec.disk.initrd,
    commandLine: boot.commandLine,
    disk,
    seed,
    serial: join(machines.directory, `${node}.serial.log`),
    control: join(machines.sockets, `control-${index}`),
    pidFile: join(machines.sockets, `pid-${index}`),
    apiPort: index === 0 ? (spec.apiPort ?? 0) : undefined,
    number: index + 1,
    wire:
      index === 0
        ? { role: 'hub', sockets: machines.nodes.slice(1).map((_, other) => wireOf(other + 1)) }
        : { role: 'end', socket: wireOf(index) },
  }
  return step(
    `boot ${node} with ${spec.fips ? 'fips=1' : 'no fips=1'}`,
    async (note) => {
      const started = await startMachine(spec.qemu, node, hardware)
      const ports = await portsOf(started, spec.qemu, hardware.control, signal)
      const port = ports.get(22) ?? 0
      note(`process ${started.pid}, ssh at 127.0.0.1:${port}`)
      const news = await waitForHostKey(started, spec.bootTimeout ?? (accelerator.name === 'tcg' ? 600 : 120), signal)
      const knownHosts = join(directory, `${node}.known_hosts`)
      await writeFile(knownHosts, `[127.0.0.1]:${port} ${news.hostKey}\n`, { mode: 0o600 })
      const target: SshTarget = { node, host: '127.0.0.1', port, user: 'root', key, knownHosts, sockets: machines.sockets }
      return { started, target, connection: sshConnection(target), apiPort: ports.get(6443), mode: news.mode }
    },
    ({ mode }) => `fips_enabled ${mode ?? 'not told'}`,
  )
}
