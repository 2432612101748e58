import type { CommandEvidence } from './commands.ts'

export type MadeCommand = string | { exitCode: number; stdout?: string; stderr?: string }

/** An observation of commands for tests: a text is the output of one that ended well. */
export const madeCommands = (commands: Readonly<Record<string, MadeCommand>>): CommandEvidence => {
  const entries = Object.entries(commands).map(([name, command]) => ({
    name,
    ...(typeof command === 'string' ? { exitCode: 0, stdout: command, stderr: '' } : { stdout: '', stderr: '', ...command }),
  }))
  return {
    data: { commands: entries.map(({ name, exitCode, stderr }) => ({ name, argv: [name], exitCode, stderr })) },
    blobs: Object.fromEntries(entries.filter(({ exitCode }) => exitCode >= 0).map(({ name }) => [name, name])),
    bytes: (blob) => new TextEncoder().encode(entries.find(({ name }) => name === blob)?.stdout),
  }
}
