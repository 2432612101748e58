import { createHash } from 'node:crypto'
import { execa } from 'execa'
import { type Carried, outputOf, relayCommand, startRelay } from './carried.ts'
import type { LocalFiles } from './local-files.ts'
import type { CommandResult, NodeAccess } from './node-access.ts'
import { type SshTarget, sshConnection, sshExeca, unreachable } from './ssh-connection.ts'

/** Bytes from which on it is quicker to let the node compute a digest first than to have the bytes travel. */
const worthADigest = 256 * 1024

/** A node that is reached by ssh. `known`: files of this machine that stand in for files of the node with the same SHA-256. `patience` as NodeAccess has it. */
export const sshNode = (target: SshTarget, known?: LocalFiles, patience = 1): NodeAccess => {
  const name = target.node
  const connection = sshConnection(target)
  const digests = new Map<string, Promise<string>>()
  let started: Promise<ReturnType<typeof startRelay>> | undefined

  const run: NodeAccess['run'] = async (argv, { input = '', signal } = {}): Promise<CommandResult> => {
    const result = await execa('ssh', await connection.command(argv, signal), {
      ...sshExeca({ signal }),
      input,
      encoding: 'buffer',
      reject: false,
      stripFinalNewline: false,
    })
    const stderr = new TextDecoder().decode(result.stderr)
    // 255 is the client's own code as well as one that a program may end with.
    if (result.exitCode === undefined || (result.exitCode === 255 && !connection.alive()))
      throw unreachable(target, `${stderr}\n${connection.words()}\n${result.exitCode === undefined ? (result.message ?? '') : ''}`)
    return { exitCode: result.exitCode, stdout: result.stdout, stderr }
  }

  const text = async (argv: readonly string[], signal?: AbortSignal): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(argv, signal ? { signal } : {})
    if (exitCode !== 0) throw new Error(stderr.trim() || `${argv[0]} ended with exit code ${exitCode}`)
    return new TextDecoder().decode(stdout).trim()
  }

  /** The file of this machine that holds the same bytes, by the digest that the node computes once for each file. */
  const standIn = async (
    path: string,
    signal?: AbortSignal,
  ): Promise<{ bytes: () => AsyncIterable<Uint8Array>; sha256: string } | undefined> => {
    if (!known) return undefined
    const identity = await text(['stat', '--dereference', '--format', '%d:%i:%Z:%s', '--', path], signal)
    const size = Number(identity.split(':').at(-1))
    if (!(size >= worthADigest) || !(await known.hasSize(size))) return undefined
    const computed = digests.get(identity) ?? text(['sha256sum', '--', path], signal).then((line) => line.replace(/^\\/, '').slice(0, 64))
    digests.set(identity, computed)
    const sha256 = await computed.catch((error) => {
      digests.delete(identity)
      throw error
    })
    const bytes = await known.withDigest(size, sha256)
    return bytes && { bytes, sha256 }
  }

  const carried = async (argv: readonly string[], signal?: AbortSignal): Promise<Carried> => ({
    client: 'ssh',
    args: await connection.command(argv, signal),
    options: sshExeca({ signal }),
  })

  return {
    name,
    means: 'ssh',
    patience,
    run,
    async *open(path, signal) {
      const local = await standIn(path, signal)
      if (!local) {
        yield* outputOf(await carried(['cat', '--', path], signal), `reading ${path}`)
        return
      }
      const hash = createHash('sha256')
      for await (const chunk of local.bytes()) {
        hash.update(chunk)
        yield chunk
      }
      // It may have been replaced between the two looks: then what was handed out is not what the node has.
      if (hash.digest('hex') !== local.sha256)
        throw new Error(`the file of this machine that stood in for ${path} changed while it was read`)
    },
    async dial(destination, signal) {
      started ??= carried(relayCommand()).then((how) => startRelay(how, name))
      return (await started).relay.dial(destination, signal)
    },
    async close() {
      await (await started?.catch(() => undefined))?.end()
      await connection.close()
    },
  }
}
