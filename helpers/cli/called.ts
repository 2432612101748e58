import { vi } from 'vitest'
import { main } from './main.ts'

/** For tests: the command line as a user meets it. Nothing else imports this. */

export type Called = { exit: number; stdout: string; stderr: string }

/** Runs a command in this process; gives its exit code and all that it printed. */
export const called = async (...argv: readonly string[]): Promise<Called> => {
  const heard = { stdout: '', stderr: '' }
  const listen = (name: keyof typeof heard) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      heard[name] += String(text)
      return true
    })
  const spies = [listen('stdout'), listen('stderr')]
  try {
    return { exit: await main(argv), ...heard }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** The one object on stdout where machines read. @throws where there is more or less than that */
export const onlyJson = ({ stdout }: Called): Record<string, unknown> => {
  if (!/^\{.*\}\n$/.test(stdout)) throw new Error(`not one object on one line: ${stdout}`)
  return JSON.parse(stdout)
}

/** Does `work` with the rights of nobody where this process is root: root may read everything. What it needs must have been imported before. */
export const unprivileged = async <T>(work: () => Promise<T>): Promise<T> => {
  if (process.getuid?.() !== 0) return work()
  process.seteuid?.(65534)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}
