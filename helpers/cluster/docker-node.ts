import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { FipsConformanceError } from '../errors/error.ts'
import { dockerExeca, lastLines } from '../host/docker.ts'
import type { CommandResult, NodeAccess } from './node-access.ts'
import { type Relay, relayOver } from './relay.ts'

const relayScript = (): string => readFileSync(join(import.meta.dirname, 'scripts', 'relay.pl'), 'utf8')

/** A node that is a container of the local engine (kind). */
export const dockerNode = (name: string): NodeAccess => {
  let relay: Relay | undefined
  let relayEnd: (() => Promise<void>) | undefined
  const exec = (argv: readonly string[]): string[] => ['exec', '--privileged', '--interactive', name, ...argv]

  const run: NodeAccess['run'] = async (argv, { input = '', signal } = {}): Promise<CommandResult> => {
    const result = await execa('docker', exec(argv), {
      ...dockerExeca({ signal }),
      input,
      encoding: 'buffer',
      reject: false,
      stripFinalNewline: false,
    })
    if (result.exitCode === undefined) throw unreachable(name, result.message ?? '')
    const stderr = new TextDecoder().decode(result.stderr)
    if (/^Error( response from daemon|: No such container)/m.test(stderr)) throw unreachable(name, stderr)
    return { exitCode: result.exitCode, stdout: result.stdout, stderr }
  }

  return {
    name,
    means: 'docker exec',
    run,
    async *open(path, signal) {
      const child = execa('docker', exec(['cat', '--', path]), {
        ...dockerExeca({ signal }),
        stdin: 'ignore',
        encoding: 'buffer',
        buffer: false,
        reject: false,
      })
      let stderr = ''
      child.stderr?.on('data', (chunk: Uint8Array) => {
        stderr = lastLines(stderr + Buffer.from(chunk).toString('utf8'), 5)
      })
      for await (const chunk of child.iterable({ from: 'stdout', binary: true, preserveNewlines: true })) yield chunk as Uint8Array
      const { exitCode } = await child
      if (exitCode !== 0) throw new Error(stderr.trim() || `reading ${path} ended with exit code ${exitCode}`)
    },
    async dial(target, signal) {
      if (!relay) {
        const child = execa('docker', exec(['perl', '-e', relayScript()]), {
          ...dockerExeca({}),
          stdin: 'pipe',
          encoding: 'buffer',
          buffer: false,
          reject: false,
        })
        let stderr = ''
        child.stderr?.on('data', (chunk: Uint8Array) => {
          stderr = lastLines(stderr + Buffer.from(chunk).toString('utf8'), 5)
        })
        relay = relayOver({
          stdin: child.stdin,
          stdout: child.stdout,
          ended: child.then(() => `the relay on ${name} ended: ${stderr.trim()}`),
        })
        relayEnd = async () => {
          relay?.close()
          await child
        }
      }
      return relay.dial(target, signal)
    },
    async close() {
      await relayEnd?.()
    },
  }
}

const unreachable = (name: string, why: string): FipsConformanceError =>
  new FipsConformanceError({
    code: 'NODE_UNREACHABLE',
    what: `the node ${name} cannot be reached`,
    where: `docker exec ${name}`,
    why: lastLines(why, 3),
    remedy: `look whether it still runs: docker ps --all --filter name=${name}`,
    exit: 3,
  })
