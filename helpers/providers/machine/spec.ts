import type { SshConnection, SshTarget } from '../../cluster/ssh-connection.ts'
import type { Ownership } from '../../host/labels.ts'
import type { NodeImage } from '../../node-image/spec.ts'
import type { Started } from './boot.ts'

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

/** A machine that has booted, and the way in. */
export type Running = {
  started: Started
  target: SshTarget
  connection: SshConnection
  apiPort: number | undefined
  mode: string | undefined
}

/** Of the nth node on the wire between the nodes. */
export const addressOf = (index: number): string => `10.77.0.${index + 1}`
