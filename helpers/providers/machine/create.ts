import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type SshConnection, type SshTarget, sshCommand, sshConnection } from '../../cluster/ssh-connection.ts'
import { FipsConformanceError } from '../../errors/error.ts'
import { hostCommand } from '../../host/command.ts'
import { type Ownership, toLabels } from '../../host/labels.ts'
import { spaceAt } from '../../host/look.ts'
import { cacheDir } from '../../host/paths.ts'
import type { NodeImage } from '../../node-image/spec.ts'
import { type Step, stepsOf } from '../../progress/progress.ts'
import { waitUntilRunning } from '../kind/wait.ts'
import type { ClusterRef, MachineNode, UpOptions } from '../provider.ts'
import { clusterDirectory, loadCluster, saveCluster } from '../state.ts'
import { type Accelerator, chooseAccelerator } from './accelerator.ts'
import { portsOf, type Started, startMachine, waitForHostKey, whileItRuns } from './boot.ts'
import { initConfiguration, joinConfiguration, type KubeadmInput, patchesDirectory, patientPods } from './kubeadm.ts'
import { machineProcesses, ownershipText } from './processes.ts'
import { kernelCommandLine, type MachineHardware, namePrefix, qemuProgram } from './qemu.ts'
import { routeBetweenMachines } from './routes.ts'
import { seedDisk } from './seed.ts'

/** What `up` of the machine provider takes. */
export type MachineSpec = {
  name: string
  nodes: number
  image: NodeImage
  arch: 'amd64' | 'arm64'
  /** Path of the qemu program. */
  qemu: string
  disk: { disk: string; kernel: string; initrd?: string | undefined; origin: string }
  /** Whether the kernel is booted with fips=1. */
  fips: boolean
  ownership: Ownership
  standIns: readonly string[]
  apiPort?: number | undefined
  /** Seconds until a machine has to have shown its host key. */
  bootTimeout?: number | undefined
}

/** Directory with the machines of every cluster of this user: gigabytes, so in the cache. */
export const machinesDirectory = (): string => join(cacheDir(), 'machines')
/** Name of the file in it that tells whose they are. */
export const ownershipFile = 'ownership.json'

/** Sockets are in directories of their own, under names that are short enough (unix(7): 108 bytes): where they may be, the preferred place first. */
export const socketPlaces = (): string[] => (tmpdir().length < 60 && tmpdir() !== '/tmp' ? [tmpdir(), '/tmp'] : ['/tmp'])
export const socketsPrefix = 'fips-machine-'

const memoryMegabytes = 4096
/** What a node writes beside its copy of the disk, seen: 2.2 GB with the images unpacked. */
const roomForEach = 4e9

const addressOf = (index: number): string => `10.77.0.${index + 1}`

const nodeNames = (name: string, count: number): { name: string; role: 'control-plane' | 'worker' }[] => [
  { name: `${name}-control-plane`, role: 'control-plane' },
  ...Array.from({ length: count - 1 }, (_, index) => ({
    name: `${name}-worker${index === 0 ? '' : index + 1}`,
    role: 'worker' as const,
  })),
]

type Running = { started: Started; target: SshTarget; connection: SshConnection; apiPort: number | undefined; mode: string | undefined }

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
  const nodes = nodeNames(name, spec.nodes)
  const sockets = await mkdtemp(join(socketPlaces()[0] ?? tmpdir(), socketsPrefix))
  await writeFile(join(sockets, ownershipFile), JSON.stringify(toLabels(ownership)), { mode: 0o600 })
  const planned: ClusterRef = {
    provider: 'machine',
    name,
    run: ownership.run,
    owner: ownership.owner,
    createdAt: new Date().toISOString(),
    nodes,
    kubeconfig: join(directory, 'kubeconfig'),
    ready: false,
    judgedBy: [],
    image: {
      reference: image.reference,
      id: image.id,
      kubernetesVersion: image.kubernetesVersion,
      kindBinary: image.kindBinary,
      afAlgProbe: image.afAlgProbe,
      origins: image.origins.map((origin) => JSON.parse(JSON.stringify(origin)) as Record<string, string>),
    },
    machines: {
      directory: disks,
      sockets,
      accelerator: accelerator.name,
      kernel: { commandLine, file: spec.disk.kernel, origin: spec.disk.origin },
      standIns: [...spec.standIns],
      nodes: nodes.map((node, index): MachineNode => ({ name: node.name, address: addressOf(index) })),
    },
  }
  await saveCluster(planned)
  await mkdir(disks, { recursive: true, mode: 0o700 })
  await writeFile(join(disks, ownershipFile), JSON.stringify(toLabels(ownership)), { mode: 0o600 })

  const { key, publicKey } = await makeKey(directory)
  const running: Running[] = []
  try {
    for (const [index, node] of nodes.entries()) {
      running.push(
        await bootNode({ spec, planned, accelerator, commandLine, index, node: node.name, key, publicKey, directory }, step, signal),
      )
    }
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
    await makeCluster(spec, located, running, step, signal)
    await step('every node Ready, every static pod and DaemonSet running', (note) =>
      whileItRuns(
        first(running).started,
        (watched) => waitUntilRunning(located, note, watched, accelerator.name === 'tcg' ? 20 : 5),
        signal,
      ),
    )
    const ready = { ...located, ready: true }
    await saveCluster(ready)
    return ready
  } finally {
    await Promise.all(running.map(({ connection }) => connection.close()))
  }
}

const first = (running: readonly Running[]): Running => {
  const [one] = running
  if (!one) throw new Error('a cluster without a node')
  return one
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

/** A sparse copy, shared with its source where the file system can do that. */
const copyDisk = async (from: string, to: string, signal?: AbortSignal): Promise<void> => {
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

const checkRoom = async (path: string): Promise<void> => {
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

const bootNode = async (boot: NodeToBoot, step: Step, signal?: AbortSignal): Promise<Running> => {
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

const token = (): string => {
  const text = randomBytes(11).toString('hex')
  return `${text.slice(0, 6)}.${text.slice(6, 22)}`
}

/** kubeadm's pin of a CA: SHA-256 of its public key (SubjectPublicKeyInfo, DER). */
const caHashOf = (pem: string): string =>
  `sha256:${createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`

const kubeadm = (config: string, verb: 'init' | 'join'): string[] => [
  'sh',
  '-c',
  `umask 077 && cat > /kind/kubeadm.conf && exec kubeadm ${verb} --config=/kind/kubeadm.conf --skip-phases=preflight ${config}`,
]

const makeCluster = async (
  spec: MachineSpec,
  ref: ClusterRef,
  running: readonly Running[],
  step: Step,
  signal?: AbortSignal,
): Promise<void> => {
  const leader = first(running)
  const inputs = (ref.machines?.nodes ?? []).map(
    (node): Omit<KubeadmInput, 'token'> => ({
      node,
      controlPlane: addressOf(0),
      clusterName: spec.name,
      single: spec.nodes === 1,
      emulated: ref.machines?.accelerator === 'tcg',
      image: spec.image,
    }),
  )
  const bootstrap = token()
  const on = ({ started, target, connection }: Running, argv: readonly string[], input: string, onLine?: (line: string) => void) =>
    whileItRuns(started, (watched) => sshCommand(target, connection, argv, { input, signal: watched, ...(onLine && { onLine }) }), signal)
  const [leading, ...others] = inputs
  if (!leading) throw new Error('a cluster without a node')
  await step(`kubeadm init on ${leading.node.name}`, async (note) => {
    if (leading.emulated) {
      for (const [component, patch] of Object.entries(patientPods())) {
        await on(leader, ['sh', '-c', 'mkdir -p "$1" && cat > "$1/$2+strategic.yaml"', 'sh', patchesDirectory, component], patch)
      }
    }
    return on(leader, kubeadm('--skip-token-print', 'init'), initConfiguration({ ...leading, token: bootstrap }), note)
  })
  await step('kubeconfig', async () => {
    const text = await on(leader, ['cat', '/etc/kubernetes/admin.conf'], '')
    await writeFile(ref.kubeconfig, text.replace(/server: https:\/\/\S+/, `server: https://127.0.0.1:${leader.apiPort}`), { mode: 0o600 })
  })
  if (others.length === 0) return
  const caHash = caHashOf(await on(leader, ['cat', '/etc/kubernetes/pki/ca.crt'], ''))
  await Promise.all(
    others.map((input, index) => {
      const node = running[index + 1]
      if (!node) throw new Error(`no machine for ${input.node.name}`)
      return step(`kubeadm join on ${input.node.name}`, (note) =>
        on(node, kubeadm('', 'join'), joinConfiguration({ ...input, token: bootstrap, caHash }), note),
      )
    }),
  )
  await step('routes between the nodes', () =>
    routeBetweenMachines(
      running.map((node) => ({ name: node.target.node, run: (argv) => on(node, argv, '') })),
      signal,
    ),
  )
}
