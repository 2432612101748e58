import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RootFiles } from '../crypto-modules/read/root-files.ts'
import type { NodeAccess } from './node-access.ts'

const script = (): string => readFileSync(join(import.meta.dirname, 'scripts', 'rooted.pl'), 'utf8')

/** What the script ends with where there is no such file or folder. */
const nothingThere = 44
const newline = 0x0a

/**
 * A root file system of a node: `/`, or `/proc/PID/root` of a process. Links are followed within it, as a program there sees them; nothing in it is run.
 * Rejects with the node's own words where something is there and cannot be read.
 */
export const rootedFiles = (node: NodeAccess, root: string, signal?: AbortSignal): RootFiles => {
  const ask = async (...argv: readonly string[]): Promise<Uint8Array | undefined> => {
    const { exitCode, stdout, stderr } = await node.run(['perl', '-', ...argv], { input: script(), ...(signal && { signal }) })
    if (exitCode === nothingThere) return undefined
    if (exitCode !== 0) throw new Error(stderr.trim() || `reading in ${root} ended with exit code ${exitCode}`)
    return stdout
  }
  return {
    first: async (paths) => {
      const found = await ask('first', root, ...paths)
      const end = found?.indexOf(newline) ?? -1
      if (found === undefined || end < 0) return undefined
      return { path: new TextDecoder().decode(found.subarray(0, end)), bytes: found.slice(end + 1) }
    },
    list: async (folder) =>
      new TextDecoder()
        .decode(await ask('list', root, folder))
        .split('\0')
        .filter(Boolean),
  }
}
