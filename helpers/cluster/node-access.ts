import type { Duplex } from 'node:stream'

export type CommandResult = { exitCode: number; stdout: Uint8Array; stderr: string }

/** Where a connection is dialled from and to. */
export type DialTarget = {
  /** Address literal, IPv4 or IPv6. */
  host: string
  port: number
  /** A process of the node in whose network namespace the connection is made; the node's own when absent. */
  namespaceOf?: number
}

/**
 * What the harness may do with a node. It never knows what carries it (an engine's exec, ssh, a pod).
 * All of it only reads.
 */
export type NodeAccess = {
  /** Name of the node, as Kubernetes knows it. */
  name: string
  /** How observations name this way in, such as `docker exec`. */
  means: string
  /** How many times longer than usual an answer of this node may take: an emulated machine is slow. Once, where absent. */
  patience?: number
  /** Runs a program on the node; a non-zero exit code is a result, not an error. @throws FipsConformanceError when the node cannot be reached */
  run(argv: readonly string[], options?: { input?: Uint8Array | string; signal?: AbortSignal }): Promise<CommandResult>
  /** Bytes of a file on the node, from its beginning to its end. @throws an error whose message is the node's own reason */
  open(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** A TCP connection made on the node. Rejects with an error whose `code` is the errno's name; breaks with `ECONNRESET` where the peer resets. */
  dial(target: DialTarget, signal?: AbortSignal): Promise<Duplex>
  close(): Promise<void>
}
