import { randomBytes } from 'node:crypto'
import type { Reading } from '../../evidence/model.ts'
import type { CommandsData } from '../analyse/commands.ts'

/** What a node lets a collector do here: `run` of a NodeAccess. */
export type Runner = {
  means: string
  run(
    argv: readonly string[],
    options?: { input?: Uint8Array | string; signal?: AbortSignal },
  ): Promise<{ exitCode: number; stdout: Uint8Array; stderr: string }>
}

/** A command under the name that its analysis asks for: argument vectors, never shell text, unless the command itself is a shell. */
export type Command = { name: string; argv: readonly string[] }

/** Seconds after which one command of a batch is given up; an emulated machine needs them. */
const patience = 60

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/**
 * A POSIX shell script that runs every command with its own exit code, output and errors, and frames each by a word that the output cannot know.
 * One script instead of one call for each: over ssh into an emulated machine a call takes most of a second.
 */
const batchScript = (commands: readonly Command[], frame: string): string =>
  [
    'export LC_ALL=C',
    'r() {',
    '  m=$1; shift',
    `  printf '\n${frame} begin %s\n' "$m"`,
    `  { o=$(timeout ${patience} "$@" 2>&3 3>&-; printf 'x%s' "$?"); } 3>&1 </dev/null`,
    `  printf '\n${frame} end %s %s\n' "$m" "$(printf %s "$o" | base64 | tr -d '\n')"`,
    '}',
    ...commands.map(({ name, argv }) => `r ${[name, ...argv].map(quoted).join(' ')}`),
    `printf '\n${frame} done\n'`,
  ].join('\n')

/** What the script printed, by the name of the command; a command whose frame is not whole is absent. */
export const parseBatch = (text: string, frame: string): Map<string, { exitCode: number; stdout: Uint8Array; stderr: string }> => {
  const found = new Map<string, { exitCode: number; stdout: Uint8Array; stderr: string }>()
  const pattern = new RegExp(`\\n${frame} begin (\\S+)\\n([\\s\\S]*?)\\n${frame} end \\1 (\\S*)(?=\\n)`, 'g')
  for (const [, name = '', stderr = '', encoded = ''] of text.matchAll(pattern)) {
    const all = Buffer.from(encoded, 'base64')
    const mark = all.lastIndexOf('x')
    const exitCode = Number(all.subarray(mark + 1).toString('latin1'))
    if (mark >= 0 && Number.isInteger(exitCode)) found.set(name, { exitCode, stdout: new Uint8Array(all.subarray(0, mark)), stderr })
  }
  return found
}

/** Runs the commands on a node, in their order and in one go. `kind` is what the analysis goes by; outputs are blobs under the commands’ names. */
export const readCommands = async (
  node: Runner,
  { kind, source, commands }: { kind: string; source: string; commands: readonly Command[] },
  signal?: AbortSignal,
): Promise<Reading> => {
  const frame = `frame-${randomBytes(12).toString('hex')}`
  const { stdout, stderr } = await node.run(['sh', '-c', batchScript(commands, frame)], signal ? { signal } : {})
  const found = parseBatch(new TextDecoder().decode(stdout), frame)
  const blobs: Record<string, Uint8Array> = {}
  const data: CommandsData = { commands: [] }
  for (const { name, argv } of commands) {
    const result = found.get(name)
    if (result) blobs[name] = result.stdout
    data.commands.push({
      name,
      argv: [...argv],
      exitCode: result?.exitCode ?? -1,
      stderr: (result?.stderr ?? `it did not come back: ${stderr.trim().slice(0, 200)}`).slice(0, 2_000),
    })
  }
  return { kind, means: node.means, source, data, blobs }
}
