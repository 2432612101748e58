import type { NodeAccess } from '../../cluster/node-access.ts'
import { readExecutable } from '../../crypto-modules/read/executable.ts'
import type { Reading, Subject } from '../../evidence/model.ts'
import type { Look } from '../requirement.ts'

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).trim()

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
