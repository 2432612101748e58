import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa, type Options } from 'execa'
import { lastLines } from '../host/docker.ts'
import { type Relay, relayOver } from './relay.ts'

/** A client on this host that carries a program of a node (`docker exec`, `ssh`): its arguments with the program's behind them, and how it is started. */
export type Carried = {
  client: 'docker' | 'ssh'
  args: readonly string[]
  options: Pick<Options, 'extendEnv' | 'env' | 'cancelSignal' | 'forceKillAfterDelay' | 'timeout' | 'detached' | 'cleanup'>
}

const start = ({ client, args, options }: Carried, stdin: 'ignore' | 'pipe') => {
  const child = execa(client, args, { ...options, stdin, encoding: 'buffer', buffer: false, reject: false })
  let stderr = ''
  child.stderr?.on('data', (chunk: Uint8Array) => {
    stderr = lastLines(stderr + Buffer.from(chunk).toString('utf8'), 5)
  })
  return { child, said: (): string => stderr.trim() }
}

/** What a program of a node writes to its stdout, as it comes. @throws an error with the program's own last words where it fails */
export async function* outputOf(carried: Carried, doing: string): AsyncIterable<Uint8Array> {
  const { child, said } = start(carried, 'ignore')
  for await (const chunk of child.iterable({ from: 'stdout', binary: true, preserveNewlines: true })) yield chunk as Uint8Array
  const { exitCode } = await child
  if (exitCode !== 0) throw new Error(said() || `${doing} ended with exit code ${exitCode}`)
}

/** What the relay is on a node: perl, for every node has it. */
export const relayCommand = (): string[] => ['perl', '-e', readFileSync(join(import.meta.dirname, 'scripts', 'relay.pl'), 'utf8')]

/** A relay on a node, over which every connection is dialled; `end` comes back when its client has ended. */
export const startRelay = (carried: Carried, node: string): { relay: Relay; end: () => Promise<void> } => {
  const { child, said } = start(carried, 'pipe')
  if (child.stdin === null || child.stdout === null) throw new Error('the pipes of a relay are there from the start')
  const relay = relayOver({
    stdin: child.stdin,
    stdout: child.stdout,
    ended: child.then(() => `the relay on ${node} ended: ${said()}`),
  })
  return {
    relay,
    end: async () => {
      relay.close()
      await child
    },
  }
}
