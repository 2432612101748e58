import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const root = join(import.meta.dirname, '..', '..')

export type Ended = { exit: number | null; stdout: string; stderr: string; seconds: number }

export type Running = {
  child: ChildProcess
  pid: number
  /** Everything on stderr so far: the progress. */
  progress: () => string
  /** Resolves when a progress line matches; rejects when the command ends first. */
  until: (pattern: RegExp) => Promise<void>
  ended: Promise<Ended>
}

/** Starts the command as a user does, in a session of its own. */
export const start = (
  argv: readonly string[],
  { env = {}, script = join(root, 'bin', 'fips-conformance.js') }: { env?: Record<string, string>; script?: string } = {},
): Running => {
  const began = performance.now()
  const child = spawn(process.execPath, [script, ...argv], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  let over = false
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (exit) => {
      over = true
      resolve({ exit, stdout, stderr, seconds: (performance.now() - began) / 1000 })
    })
  })
  return {
    child,
    pid: child.pid ?? 0,
    progress: () => stderr,
    until: async (pattern) => {
      while (!pattern.test(stderr)) {
        if (over) throw new Error(`ended before ${pattern}:\n${stderr}\n${stdout}`)
        await sleep(50)
      }
    },
    ended,
  }
}

/** Runs the command to its end. */
export const cli = (argv: readonly string[], options: Parameters<typeof start>[1] = {}): Promise<Ended> => start(argv, options).ended

/** The last line of stdout as JSON. */
export const json = <T = Record<string, unknown>>({ stdout, stderr }: Ended): T => {
  const line = stdout.trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line) as T
  } catch (error) {
    throw new Error(`no JSON on stdout: ${line}\n${stderr}`, { cause: error })
  }
}

export type ShownFinding = { requirement: string; verdict: string; reason: string; subject: { key: string; name: string } }

/** Findings of a bundle, of one requirement or family where it is named. */
export const findingsOf = (bundle: string, name = ''): ShownFinding[] => {
  const { findings } = JSON.parse(readFileSync(join(root, bundle, 'findings.json'), 'utf8')) as { findings: ShownFinding[] }
  return findings.filter(({ requirement }) => requirement.startsWith(name))
}

/** How many findings of each verdict. */
export const verdictsOf = (findings: readonly ShownFinding[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(findings, ({ verdict }) => verdict)].map(([verdict, list]) => [verdict, list.length]))
