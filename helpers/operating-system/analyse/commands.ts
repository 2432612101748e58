import { z } from 'zod'

/** `data` of an observation that holds the results of commands; the output of each is the blob of its name. */
export const commandsDataSchema = z.object({
  commands: z.array(
    z.object({
      name: z.string(),
      argv: z.array(z.string()),
      /** -1 where the command did not come back. 124 where it took too long (timeout of coreutils), 127 where there is no such program. */
      exitCode: z.int(),
      stderr: z.string(),
    }),
  ),
})
export type CommandsData = z.infer<typeof commandsDataSchema>

/** An observation as this analysis needs it. */
export type CommandEvidence = { data: unknown; bytes: (blob: string) => Uint8Array; blobs: Readonly<Record<string, string>> }

export type CommandResult =
  | { state: 'ran'; exitCode: number; stdout: string; stderr: string }
  /** There is no such program, or what it was to read is not there: the node’s own word. */
  | { state: 'absent'; reason: string }
  /** It did not come back, took too long, or was never asked. */
  | { state: 'unknown'; reason: string }

const notFound = 127
const tookTooLong = 124

/** The result of one command by its name. */
export const commandOf = (evidence: CommandEvidence, name: string): CommandResult => {
  const command = commandsDataSchema.parse(evidence.data).commands.find((each) => each.name === name)
  if (!command) return { state: 'unknown', reason: `${name} was not asked for` }
  const { exitCode, stderr } = command
  const said = stderr.trim().split('\n')[0] ?? ''
  if (exitCode === notFound) return { state: 'absent', reason: said || `there is no ${command.argv[0]}` }
  if (exitCode < 0 || exitCode === tookTooLong || !Object.hasOwn(evidence.blobs, name))
    return { state: 'unknown', reason: `${command.argv.join(' ')}: ${exitCode === tookTooLong ? 'took too long' : said}` }
  const stdout = new TextDecoder().decode(evidence.bytes(name))
  if (exitCode !== 0 && stdout === '' && /No such file or directory/.test(stderr)) return { state: 'absent', reason: said }
  return { state: 'ran', exitCode, stdout, stderr }
}

/** The output of a command that ended well; undefined for any other end. */
export const outputOf = (evidence: CommandEvidence, name: string): string | undefined => {
  const result = commandOf(evidence, name)
  return result.state === 'ran' && result.exitCode === 0 ? result.stdout : undefined
}
