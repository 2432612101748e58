import type { DialTarget, NodeAccess } from '../cluster/node-access.ts'
import { plantedBuilds, plantedFiles } from '../crypto-modules/analyse/plant.ts'
import { readExecutable } from '../crypto-modules/read/executable.ts'
import { localFile } from '../crypto-modules/read/local-file.ts'
import type { Reading, Subject } from '../evidence/model.ts'
import { ownListeners } from '../evidence/own-listeners.ts'
import { readFipsEnabled } from '../kernel/read/fips-enabled.ts'
import { startControlServer } from '../tls/read/control-server.ts'
import { dialTcp } from '../tls/read/dial-tcp.ts'
import { probeListener } from '../tls/read/probe-listener.ts'
import type { Look } from './requirement.ts'

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim()

/** /proc/sys/crypto/fips_enabled of a node, with what shows whether it is the kernel’s own word. */
export const kernelFlag = (node: NodeAccess): Look => ({
  name: 'kernel flag',
  read: async (signal) => [await readFipsEnabled(node, signal)],
})

/** Every distinct file that runs under a component’s name, or lies where it was found; nothing when it was not found. */
export const executablesOf = (node: NodeAccess, { detail }: Subject): Look => ({
  name: 'executables',
  read: async (signal) => {
    const paths = detail.pids ? detail.pids.split(' ').map((pid) => `/proc/${pid}/exe`) : detail.path ? [detail.path] : []
    const files = await distinctFiles(node, paths, signal)
    const readings: Reading[] = []
    // One at a time: each is held in memory while it is analysed.
    for (const { path, size } of files) {
      readings.push(
        await readExecutable(
          { path, ...(size !== undefined && { size }), means: node.means, open: (during) => node.open(path, during) },
          { signal },
        ),
      )
    }
    return readings
  },
})

/** Files that are the same on disk (device and inode) are read once. */
const distinctFiles = async (
  node: NodeAccess,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<{ path: string; size?: number }[]> => {
  const seen = new Map<string, { path: string; size?: number }>()
  for (const path of paths) {
    const { exitCode, stdout } = await node.run(['stat', '--dereference', '--format', '%d:%i %s', '--', path], { signal })
    const [identity = path, size] = decode(stdout).split(' ')
    // A process that has ended meanwhile shows nothing any more; its twin does.
    if (exitCode === 0 && !seen.has(identity)) seen.set(identity, { path, ...(size !== undefined && { size: Number(size) }) })
  }
  // Where all of them have ended the first stays, so that a component is never lost from sight.
  return seen.size > 0 ? [...seen.values()] : paths.slice(0, 1).map((path) => ({ path }))
}

const targetOf = ({ detail }: Subject): DialTarget => ({
  host: detail.dial ?? '',
  port: Number(detail.port),
  ...(detail.namespaceOf && { namespaceOf: Number(detail.namespaceOf) }),
})

/** The listeners of a process that counts as a component only where it serves TLS; a named component is judged without asking them. */
export const listenersOf = (subject: Subject): Subject[] =>
  (ownListeners(subject) ?? []).map(({ name, ...detail }) => ({ ...subject, name, detail: { ...detail, transport: 'tcp' } }))

/** What a listener speaks, and if that is TLS, what it accepts and refuses. UDP sockets are not asked anything. */
export const conversation = (node: NodeAccess, subject: Subject): Look => ({
  name: `conversation with ${subject.name}`,
  read: async (signal) =>
    subject.detail.transport === 'udp'
      ? []
      : probeListener({
          dial: (during) => node.dial(targetOf(subject), during),
          signal,
          means: `tcp from within the node (${node.means})`,
          source: subject.name,
        }),
})

/** The same conversation with a server of this process that has one known defect. */
export const conversationWithPlant = ({ detail, name }: Subject): Look => ({
  name: 'conversation',
  read: async (signal) => {
    const server = await startControlServer({
      accept: JSON.parse(detail.defect ?? '{}') as { version?: string; suite?: string; group?: string },
      mode: detail.mode === 'mute' ? 'mute' : detail.mode === 'reluctant' ? 'reluctant' : 'chooser',
    })
    try {
      return await probeListener({
        dial: dialTcp('127.0.0.1', server.port),
        signal,
        means: 'tcp to this process',
        source: name,
        timeoutMs: 1_000,
      })
    } finally {
      await server.close()
    }
  },
})

/** A planted file, read and searched like a component’s. */
export const plantedExecutable = ({ detail }: Subject): Look => ({
  name: 'planted file',
  read: async (signal) => {
    if (detail.plant === 'absent') return [await readExecutable(await localFile(process.execPath), { signal })]
    const files: Readonly<Record<string, Uint8Array>> = plantedFiles()
    const bytes = files[detail.plant ?? '']
    if (!bytes) throw new Error(`unknown plant ${detail.plant}`)
    const source = {
      path: `planted:${detail.plant}`,
      means: 'memory of this process',
      async *open() {
        yield bytes
      },
    }
    return [await readExecutable(source, { signal, builds: plantedBuilds() })]
  },
})
