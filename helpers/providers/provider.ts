import type { NodeAccess } from '../cluster/node-access.ts'
import type { Ownership } from '../host/labels.ts'
import type { Owner } from '../host/owner.ts'
import type { ProgressSink } from '../progress/progress.ts'

/** What stands and can be tested. Written to the state directory before anything of it is created. */
export type ClusterRef = {
  provider: 'kind' | 'machine'
  name: string
  run: string
  /** The process that made it. */
  owner: Owner
  /** RFC 3339, UTC. */
  createdAt: string
  nodes: readonly ClusterNode[]
  /** 0600, in the state directory: never the user's. */
  kubeconfig: string
  /** Whether everything that was asked for stands; false while `up` works and after it failed. */
  ready: boolean
  /** Runs that have judged it: findings of a later one are development. */
  judgedBy: readonly string[]
  image: {
    reference: string
    id: string
    kubernetesVersion: string
    kindBinary: string
    /** Absent for a cluster that an older version of this tool made. */
    afAlgProbe?: string
    origins: readonly Record<string, string>[]
  }
  /** Seconds that parts of its making took, where the provider tells them. */
  phases?: Readonly<Record<string, number>>
  /** Only of machines: how they run, and the way in to each. */
  machines?: Machines | undefined
}

export type Machines = {
  /** Disks and serial logs, in the cache: they may take gigabytes. */
  directory: string
  /** Sockets, under a name that is short enough for them. */
  sockets: string
  accelerator: 'kvm' | 'tcg'
  /** What the kernel was told, and where it came from. */
  kernel: { commandLine: string; file: string; origin: string }
  /** Directories of this host whose files may stand in for a node's that have the same SHA-256. */
  standIns: readonly string[]
  nodes: readonly MachineNode[]
}

export type MachineNode = {
  name: string
  /** On the wire between the nodes. */
  address: string
  /** Once it runs: the port of this host's loopback that leads to its sshd, and the directory for sockets of connections. */
  ssh?: { port: number; key: string; knownHosts: string; sockets?: string } | undefined
}

export type ClusterNode = { name: string; role: 'control-plane' | 'worker' }

export type UpOptions = { progress: ProgressSink; signal?: AbortSignal | undefined }

export type Leftover = {
  what: 'container' | 'network' | 'image' | 'state' | 'process' | 'directory'
  name: string
  ownership: Ownership | undefined
  why: string
}

/** What every provider does (DESIGN.md, section 5). `down` works from labels, never from memory alone. */
export type Provider<Spec> = {
  up(spec: Spec, options: UpOptions): Promise<ClusterRef>
  /** Gives how many things were removed. */
  down(name: string, options: UpOptions): Promise<number>
  /** Lists what dead or expired owners left behind; removes it with `execute`. */
  sweep(options: UpOptions & { execute: boolean }): Promise<Leftover[]>
  logs(ref: ClusterRef, directory: string, options: UpOptions): Promise<void>
  access(ref: ClusterRef): NodeAccess[]
}
