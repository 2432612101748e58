import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { localFiles } from '../../cluster/local-files.ts'
import type { NodeAccess } from '../../cluster/node-access.ts'
import { sshNode } from '../../cluster/ssh-node.ts'
import { FipsConformanceError } from '../../errors/error.ts'
import { fromLabels, type Ownership } from '../../host/labels.ts'
import { ownerState } from '../../host/owner.ts'
import { stepsOf } from '../../progress/progress.ts'
import type { ClusterRef, Leftover, MachineNode, Machines, Provider } from '../provider.ts'
import { forgetCluster, listClusters, loadCluster } from '../state.ts'
import { createMachines, machinesDirectory, ownershipFile, socketPlaces, socketsPrefix } from './create.ts'
import { endMachines, type MachineProcess, machineProcesses } from './processes.ts'
import type { MachineSpec } from './spec.ts'

type OwnedDirectory = { path: string; ownership: Ownership | undefined }

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && /^(ENOENT|ENOTDIR)$/.test(String(error.code))

const ownershipIn = async (directory: string): Promise<Ownership | undefined> => {
  try {
    return fromLabels(JSON.parse(await readFile(join(directory, ownershipFile), 'utf8')) as Record<string, string>)
  } catch (error) {
    if (isAbsent(error) || error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'EACCES'))
      return undefined
    throw error
  }
}

const namesIn = (directory: string): Promise<string[]> =>
  readdir(directory).catch((error: unknown) => {
    if (isAbsent(error)) return []
    throw error
  })

/** Directories with disks, of whichever cluster, and those with sockets. */
const ownedDirectories = async (): Promise<OwnedDirectory[]> => {
  const read = async (path: string): Promise<OwnedDirectory> => ({ path, ownership: await ownershipIn(path) })
  const disks = (await namesIn(machinesDirectory())).map((name) => read(join(machinesDirectory(), name)))
  const sockets = await Promise.all(
    socketPlaces().map(async (place) =>
      (await namesIn(place)).filter((name) => name.startsWith(socketsPrefix)).map((name) => read(join(place, name))),
    ),
  )
  const labelled = (await Promise.all(sockets.flat())).filter(({ ownership }) => ownership !== undefined)
  return [...(await Promise.all(disks)), ...labelled]
}

/** Why a thing may go: its owner is dead and did not mean it to stay, or its time is over. */
const whyLeft = (ownership: Ownership, now: string): string | undefined => {
  if (ownership.expires < now) return `expired at ${ownership.expires}`
  if (ownership.kept || ownerState(ownership.owner) !== 'dead') return undefined
  return `its owner, process ${ownership.owner.pid}, is dead`
}

const machinesOf = (ref: ClusterRef): Machines => {
  if (!ref.machines) throw new Error(`${ref.name} is no cluster of machines`)
  return ref.machines
}

/** How much longer than others a machine may take to answer: an emulated one shares a core with everything else and is ten times slower itself. */
export const patienceFor = ({ accelerator }: Pick<Machines, 'accelerator'>): number => (accelerator === 'tcg' ? 4 : 1)

/** The way in to a machine that runs. */
export const machineAccess = ({ name, ssh }: MachineNode, standIns: readonly string[], patience = 1): NodeAccess => {
  if (!ssh) {
    throw new FipsConformanceError({
      code: 'NODE_UNREACHABLE',
      what: `the node ${name} never came up`,
      where: name,
      remedy: 'remove the cluster with «fips-conformance down» and make it again',
      exit: 3,
    })
  }
  return sshNode({ node: name, host: '127.0.0.1', user: 'root', ...ssh }, localFiles(standIns), patience)
}

/** Bytes of the serial logs of a cluster's machines; none for a cluster of another kind. */
export const machineConsoles = async ({ machines }: Pick<ClusterRef, 'machines'>): Promise<{ node: string; log: Uint8Array }[]> =>
  Promise.all(
    (machines?.nodes ?? []).map(async ({ name }) => ({
      node: name,
      log: new Uint8Array(await readFile(join(machines?.directory ?? '', `${name}.serial.log`))),
    })),
  )

/** Clusters of virtual machines, each with a kernel of its own. */
export const machineProvider: Provider<MachineSpec> = {
  up: createMachines,

  async down(name, { progress }) {
    return stepsOf('down', progress)(
      `remove cluster ${name}`,
      async () => {
        const record = await loadCluster(name)
        const isOurs = ({ cluster, run }: Ownership): boolean => cluster === name || run === record?.run
        const processes = (await machineProcesses()).filter(({ ownership }) => isOurs(ownership))
        await endMachines(processes)
        const directories = (await ownedDirectories()).filter(({ ownership }) => ownership && isOurs(ownership)).map(({ path }) => path)
        const all = new Set([...directories, ...(record?.machines ? [record.machines.directory, record.machines.sockets] : [])])
        for (const path of all) await rm(path, { recursive: true, force: true })
        await forgetCluster(name)
        return processes.length + all.size
      },
      (removed) => `${removed} things`,
    )
  },

  async sweep({ execute, progress }) {
    const now = new Date().toISOString()
    const processes: (MachineProcess & { why: string })[] = (await machineProcesses()).flatMap((process) => {
      const why = whyLeft(process.ownership, now)
      return why === undefined ? [] : [{ ...process, why }]
    })
    const records = (await listClusters()).filter(({ provider }) => provider === 'machine')
    const stays = new Set(
      (await machineProcesses()).filter((one) => !processes.some(({ pid }) => pid === one.pid)).map(({ ownership }) => ownership.run),
    )
    // A kept machine whose process is gone (the host was started again) is of no use to anybody.
    const states = records.filter(({ run, owner }) => !stays.has(run) && ownerState(owner) === 'dead')
    const directories = (await ownedDirectories()).flatMap(({ path, ownership }) => {
      if (!ownership) return records.some(({ machines }) => machines?.directory === path) ? [] : [{ path, why: 'nobody owns it' }]
      if (stays.has(ownership.run) || ownerState(ownership.owner) !== 'dead') return []
      return [{ path, why: whyLeft(ownership, now) ?? 'its machine does not run any more' }]
    })
    const others = states.flatMap(({ machines }) => (machines ? [machines.directory, machines.sockets] : []))
    if (execute) {
      await stepsOf('sweep', progress)('remove what machines left behind', async () => {
        await endMachines(processes)
        for (const path of new Set([...directories.map(({ path: each }) => each), ...others]))
          await rm(path, { recursive: true, force: true })
        for (const { name } of states) await forgetCluster(name)
      })
    }
    return [
      ...processes.map(({ name, pid, ownership, why }): Leftover => ({ what: 'process', name: `${pid} ${name}`, ownership, why })),
      ...directories.map(({ path, why }): Leftover => ({ what: 'directory', name: path, ownership: undefined, why })),
      ...states.map(({ name }): Leftover => ({ what: 'state', name, ownership: undefined, why: 'nothing of it stands any more' })),
    ]
  },

  async logs(ref, directory, { progress, signal }) {
    const machines = machinesOf(ref)
    await stepsOf('logs', progress)(`logs of ${ref.name}`, async (note) => {
      await mkdir(directory, { recursive: true })
      for (const node of machines.nodes) {
        for (const ending of ['serial.log', 'serial.log.qemu']) {
          await copyFile(join(machines.directory, `${node.name}.${ending}`), join(directory, `${node.name}.${ending}`)).catch(
            (error: unknown) => {
              if (!isAbsent(error)) throw error
            },
          )
        }
        if (!node.ssh) continue
        const access = machineAccess(node, [])
        const limit = AbortSignal.timeout(60_000)
        try {
          const { stdout } = await access.run(['journalctl', '--no-pager', '--output', 'short-monotonic'], {
            signal: signal ? AbortSignal.any([signal, limit]) : limit,
          })
          await writeFile(join(directory, `${node.name}.journal.log`), stdout)
        } catch (error) {
          note(`${node.name}: no journal: ${error instanceof Error ? error.message : String(error)}`)
        } finally {
          await access.close()
        }
      }
    })
  },

  access: (ref) => {
    const machines = machinesOf(ref)
    return machines.nodes.map((node) => machineAccess(node, machines.standIns, patienceFor(machines)))
  },
}
