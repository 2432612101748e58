import { execa } from 'execa'
import { FipsConformanceError } from '../errors/error.ts'
import { dockerExeca, lastLines } from '../host/docker.ts'
import { type Carried, outputOf, relayCommand, startRelay } from './carried.ts'
import type { CommandResult, NodeAccess } from './node-access.ts'

/** A node that is a container of the local engine (kind). */
export const dockerNode = (name: string): NodeAccess => {
  let started: ReturnType<typeof startRelay> | undefined
  const exec = (argv: readonly string[]): string[] => ['exec', '--privileged', '--interactive', name, ...argv]
  const carried = (argv: readonly string[], signal?: AbortSignal): Carried => ({
    client: 'docker',
    args: exec(argv),
    options: dockerExeca({ signal }),
  })

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
    open: (path, signal) => outputOf(carried(['cat', '--', path], signal), `reading ${path}`),
    async dial(target, signal) {
      started ??= startRelay(carried(relayCommand()), name)
      return started.relay.dial(target, signal)
    },
    async close() {
      await started?.end()
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
