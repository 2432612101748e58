import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type NodeExecutables, parseExecutables } from '../disk/analyse/listed-executables.ts'
import type { Reading } from '../evidence/model.ts'
import type { NodeAccess } from './node-access.ts'

const script = (name: string): string => readFileSync(join(import.meta.dirname, 'scripts', name), 'utf8')

/** Lists and hashes, on the node itself and in one walk, every ELF program and library: of the node, of its containers, of the images that it holds. */
export const readExecutables = async (node: NodeAccess, signal?: AbortSignal): Promise<{ found: NodeExecutables; reading: Reading }> => {
  const { exitCode, stdout, stderr } = await node.run(['perl', '-'], { input: script('executables.pl'), ...(signal && { signal }) })
  const found = parseExecutables(Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength).toString('latin1'))
  const why = exitCode === 0 ? [] : [{ root: 0, path: '', why: stderr.trim() || `the list ended with exit code ${exitCode}` }]
  return {
    found: { ...found, notRead: [...found.notRead, ...why] },
    reading: {
      kind: 'executables',
      means: node.means,
      source: `${node.name}: root file systems`,
      data: { node: node.name, exitCode, ...found.counts, notRead: found.notRead.length + why.length },
      blobs: { records: stdout },
    },
  }
}

const unreadable = 0xffffffff
const headLength = 8

/** The bytes of files of a node in one go, in the order of the paths (one character for each byte); undefined for one that could not be read. For small files: all are held. */
export const readContents = async (
  node: NodeAccess,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<(Uint8Array | undefined)[]> => {
  const input = Uint8Array.from(Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1'))
  const { stdout } = await node.run(['perl', '-e', script('contents.pl')], { input, ...(signal && { signal }) })
  const view = new DataView(stdout.buffer, stdout.byteOffset, stdout.byteLength)
  let at = 0
  return paths.map(() => {
    if (at + headLength > stdout.length) return undefined
    const [high, low] = [view.getUint32(at), view.getUint32(at + 4)]
    at += headLength
    if (high === unreadable && low === unreadable) return undefined
    const length = high * 2 ** 32 + low
    const bytes = at + length <= stdout.length ? stdout.subarray(at, at + length) : undefined
    at += length
    return bytes
  })
}
