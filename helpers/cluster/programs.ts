import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeAccess } from './node-access.ts'

const script = (): string => readFileSync(join(import.meta.dirname, 'scripts', 'programs.pl'), 'utf8')

/** A process that runs a program: its root file system by device, where the program lies in that, and of its environment the variables that decide over modules. */
export type ProgramProcess = {
  pid: number
  root: string
  exe: string
  environment: { entries: readonly string[] } | { unreadable: string }
}

/** What a node says of a file before its bytes are fetched. `sha256` is absent where the node could not compute it. */
export type Program = { path: string; identity: string; size: number; sha256?: string; process?: ProgramProcess }

const decodeHex = (hex: string): string =>
  new TextDecoder().decode(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)))

/** Parses the records of scripts/programs.pl; undefined where its end is missing, so that it was cut short. */
export const parsePrograms = (text: string): Program[] | undefined => {
  const lines = text.split('\n').map((line) => line.split('\t'))
  if (!lines.some(([record]) => record === 'Z')) return undefined
  const of = (record: string, path: string): string[][] =>
    lines.filter(([kind, own]) => kind === record && own === path).map((fields) => fields.slice(2))
  return lines.flatMap(([record, path = '', identity = '', size = '', sha256 = '']): Program[] => {
    if (record !== 'F' || !/^\d+$/.test(size)) return []
    const [pid, root = '', exe = ''] = of('E', path)[0] ?? []
    const [unreadable] = of('M', path)[0] ?? []
    const entries = of('V', path).map(([hex = '']) => decodeHex(hex))
    return [
      {
        path,
        identity,
        size: Number(size),
        ...(/^[0-9a-f]{64}$/.test(sha256) && { sha256 }),
        ...(pid !== undefined && {
          process: { pid: Number(pid), root, exe, environment: unreadable === undefined ? { entries } : { unreadable } },
        }),
      },
    ]
  })
}

/** What the node says of each of the paths that leads to a file; those that lead nowhere (their process has ended) are left out. @throws an error with the node's own reason */
export const readPrograms = async (node: NodeAccess, paths: readonly string[], signal?: AbortSignal): Promise<Program[]> => {
  if (paths.length === 0) return []
  const { stdout, stderr, exitCode } = await node.run(['perl', '-', ...paths], { input: script(), ...(signal && { signal }) })
  const programs = parsePrograms(new TextDecoder().decode(stdout))
  if (programs === undefined) throw new Error(stderr.trim() || `looking at programs of ${node.name} ended with exit code ${exitCode}`)
  return programs
}
