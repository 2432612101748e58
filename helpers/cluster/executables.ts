import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reading } from '../evidence/model.ts'
import type { NodeAccess } from './node-access.ts'

const script = (name: string): string => readFileSync(join(import.meta.dirname, 'scripts', name), 'utf8')

/** A root file system of a node: its own, that of a container (named by its program), or one layer of an image that containerd holds (by its number). */
export type ExecutableRoot = { kind: 'node' | 'container' | 'layer'; name: string; base: string }

/** One program or library. Paths have one character for each byte. `size` in bytes. */
export type FoundExecutable = { root: number; sha256: string; size: number; path: string }

/** Every ELF program and library of a node, with what was not read of it and why. */
export type NodeExecutables = {
  roots: ReadonlyMap<number, ExecutableRoot>
  files: readonly FoundExecutable[]
  notRead: readonly { root: number; path: string; why: string }[]
  counts: { files: number; elf: number; objects: number; scripts: number }
}

const kinds = ['node', 'container', 'layer'] as const

const unescaped = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** Parses the records of scripts/executables.pl, one character for each byte. A list without its end was cut short, and says so under `notRead`. */
export const parseExecutables = (text: string): NodeExecutables => {
  const roots = new Map<number, ExecutableRoot>()
  const files: FoundExecutable[] = []
  const notRead: { root: number; path: string; why: string }[] = []
  const counts = { files: 0, elf: 0, objects: 0, scripts: 0 }
  let isWhole = false
  for (const line of text.split('\n').filter(Boolean)) {
    const [record, own = '', first = '', second = '', third = ''] = line.split('\t')
    const root = Number(own)
    const kind = kinds.find((each) => each === first)
    if (record === 'Z') isWhole = true
    else if (record === 'R' && kind !== undefined) roots.set(root, { kind, name: unescaped(second), base: unescaped(third) })
    else if (record === 'C') {
      const numbers = line.split('\t').slice(2).map(Number)
      const keys = ['files', 'elf', 'objects', 'scripts'] as const
      for (const [at, key] of keys.entries()) counts[key] += numbers[at] ?? 0
    } else if (record === 'F' && /^[0-9a-f]{64}$/.test(first) && /^\d+$/.test(second))
      files.push({ root, sha256: first, size: Number(second), path: unescaped(third) })
    else if (record === 'M') notRead.push({ root, path: unescaped(first), why: second })
    else notRead.push({ root, path: '', why: `a record that cannot be read: ${line.slice(0, 80)}` })
  }
  if (!isWhole) notRead.push({ root: 0, path: '', why: 'the list of executables was cut short' })
  return { roots, files, notRead, counts }
}

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

/** Where a found file is on its node. */
export const placeOf = ({ roots }: NodeExecutables, { root, path }: FoundExecutable): string => `${roots.get(root)?.base ?? ''}${path}`

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
