import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sshCommand } from '../../cluster/ssh-connection.ts'
import { FipsConformanceError } from '../../errors/error.ts'
import { hostCommand } from '../../host/command.ts'
import { toLabels } from '../../host/labels.ts'
import { cacheDir } from '../../host/paths.ts'
import { stepsOf } from '../../progress/progress.ts'
import { plannedCluster } from '../planned.ts'
import type { ClusterRef, MachineNode, UpOptions } from '../provider.ts'
import { clusterDirectory, loadCluster, saveCluster } from '../state.ts'
import { waitUntilRunning } from '../wait.ts'
import { chooseAccelerator } from './accelerator.ts'
import { whileItRuns } from './boot.ts'
import { bootNode } from './boot-node.ts'
import { first, formCluster } from './form-cluster.ts'
import { machineProcesses } from './processes.ts'
import { kernelCommandLine, qemuProgram } from './qemu.ts'
import { addressOf, type MachineSpec, type Running } from './spec.ts'

/** Directory with the machines of every cluster of this user: gigabytes, so in the cache. */
export const machinesDirectory = (): string => join(cacheDir(), 'machines')
/** Name of the file in it that tells whose they are. */
export const ownershipFile = 'ownership.json'

/** Sockets are in directories of their own, under names that are short enough (unix(7): 108 bytes): where they may be, the preferred place first. */
export const socketPlaces = (): string[] => (tmpdir().length < 60 && tmpdir() !== '/tmp' ? [tmpdir(), '/tmp'] : ['/tmp'])
export const socketsPrefix = 'fips-machine-'

/**
 * Boots machines and makes a cluster of them. What it is about to create is recorded first; processes and directories carry the ownership.
 * @throws FipsConformanceError `MACHINE_*`, `NODE_*`, `CLUSTER_NOT_RUNNING`, `DISK_TOO_SMALL`, `INTERRUPTED`
 */
export const createMachines = async (spec: MachineSpec, { progress, signal }: UpOptions): Promise<ClusterRef> => {
  const { name, image, ownership } = spec
  const step = stepsOf('cluster', progress)
  await refuseTakenName(name)
  const accelerator = await step(
    'how to run the guests: KVM or emulation',
    () => chooseAccelerator(spec.qemu, qemuProgram[spec.arch].endsWith(process.arch === 'arm64' ? 'aarch64' : 'x86_64'), signal),
    ({ name: chosen, why, remedy }) =>
      `${chosen === 'kvm' ? 'KVM' : 'emulation (TCG)'}: ${why}${remedy ? `; for KVM: ${remedy.replaceAll(/\s+/g, ' ')}` : ''}`,
  )
  const directory = clusterDirectory(name)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const disks = join(machinesDirectory(), `${name}-${ownership.run}`)
  const commandLine = kernelCommandLine({ arch: spec.arch, accelerator: accelerator.name, fips: spec.fips })
  const sockets = await mkdtemp(join(socketPlaces()[0] ?? tmpdir(), socketsPrefix))
  await writeFile(join(sockets, ownershipFile), JSON.stringify(toLabels(ownership)), { mode: 0o600 })
  const cluster = plannedCluster({ provider: 'machine', name, nodes: spec.nodes, image, ownership })
  const planned: ClusterRef = {
    ...cluster,
    machines: {
      directory: disks,
      sockets,
      accelerator: accelerator.name,
      kernel: { commandLine, file: spec.disk.kernel, origin: spec.disk.origin },
      standIns: [...spec.standIns],
      nodes: cluster.nodes.map((node, index): MachineNode => ({ name: node.name, address: addressOf(index) })),
    },
  }
  await saveCluster(planned)
  await mkdir(disks, { recursive: true, mode: 0o700 })
  await writeFile(join(disks, ownershipFile), JSON.stringify(toLabels(ownership)), { mode: 0o600 })

  const { key, publicKey } = await makeKey(directory)
  const running: Running[] = []
  const phases: Record<string, number> = {}
  const timed = async (phase: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now()
    await work()
    phases[`cluster: ${phase}`] = Math.round(performance.now() - started) / 1000
  }
  try {
    await timed('boot', async () => {
      for (const [index, node] of planned.nodes.entries()) {
        running.push(
          await bootNode({ spec, planned, accelerator, commandLine, index, node: node.name, key, publicKey, directory }, step, signal),
        )
      }
    })
    const located: ClusterRef = {
      ...planned,
      machines: planned.machines && {
        ...planned.machines,
        nodes: planned.machines.nodes.map((node, index) => {
          const target = running[index]?.target
          return { ...node, ...(target && { ssh: { port: target.port, key: target.key, knownHosts: target.knownHosts, sockets } }) }
        }),
      },
    }
    await saveCluster(located)
    await timed('kubeadm', () => formCluster(spec, located, running, step, signal))
    await timed('ready', async () => {
      await step('every node Ready, every static pod and DaemonSet running', (note) =>
        whileItRuns(
          first(running).started,
          (watched) => waitUntilRunning(located, note, watched, accelerator.name === 'tcg' ? 20 : 5),
          signal,
        ),
      )
      await step('kube-proxy listens on every node', () => everyProxyListens(running, signal))
    })
    const ready = { ...located, ready: true, phases }
    await saveCluster(ready)
    return ready
  } finally {
    await Promise.all(running.map(({ connection }) => connection.close()))
  }
}

/** The ports of kube-proxy's health and metrics (10256, 10249) as /proc/net/tcp has them. */
const proxyPorts = ['2810', '2809']

/** Its pod counts as ready as soon as it runs, and on a slow machine it listens much later: what is looked for before that is not found. */
const everyProxyListens = (running: readonly Running[], signal?: AbortSignal): Promise<unknown> => {
  const listens = proxyPorts.map((port) => `grep -q ":${port} 0*:0000 0A" /proc/net/tcp /proc/net/tcp6`).join(' && ')
  const argv = ['timeout', '600', 'sh', '-c', `until ${listens}; do sleep 1; done`]
  return Promise.all(
    running.map(({ started, target, connection }) =>
      whileItRuns(started, (watched) => sshCommand(target, connection, argv, { signal: watched }), signal),
    ),
  )
}

const refuseTakenName = async (name: string): Promise<void> => {
  const [process] = (await machineProcesses()).filter(({ ownership }) => ownership.cluster === name)
  const recorded = await loadCluster(name)
  if (!process && !recorded) return
  throw new FipsConformanceError({
    code: 'MACHINE_NAME_TAKEN',
    what: `there is a cluster named ${name} already`,
    where: process ? `process ${process.pid}` : clusterDirectory(name),
    remedy: `remove it with «fips-conformance down --name ${name}», or take another name with --name`,
    exit: 3,
  })
}

/** The key of this run. ECDSA on P-256: Ed25519 is approved by FIPS 186-5, but no module of these nodes has it validated. */
const makeKey = async (directory: string): Promise<{ key: string; publicKey: string }> => {
  const key = join(directory, 'id')
  await rm(key, { force: true })
  await hostCommand(['ssh-keygen', '-q', '-t', 'ecdsa', '-b', '256', '-N', '', '-C', 'fips-conformance', '-f', key])
  return { key, publicKey: await readFile(`${key}.pub`, 'utf8') }
}
