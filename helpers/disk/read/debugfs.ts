import { randomBytes } from 'node:crypto'
import { execa } from 'execa'

/** How debugfs(8) is started on a disk: on this machine, or in a container that sees nothing but the disk. It reads commands on stdin, and opens the disk read-only. */
export type DebugfsProgram = { command: string; argv: readonly string[]; env: Readonly<Record<string, string>> }

/** What one disk is asked, in the order of the questions. Texts have one character for each byte. */
export type Debugfs = {
  /** What each command prints. */
  ask: (commands: readonly string[]) => Promise<string[]>
  /** The whole bytes of files, in their order; the last thing that is asked. @throws an error for a file that does not have the size that it is said to have */
  contents: (files: readonly { inode: number; size: number }[], take: (index: number, chunk: Uint8Array) => void) => Promise<void>
  /** What it said on stderr: its version, and what it could not do. */
  words: () => string
  close: () => Promise<void>
}

/** Environment in which debugfs prints to its stdout and nowhere else. */
const plain = { DEBUGFS_PAGER: '__none__', PAGER: '__none__', LC_ALL: 'C' }

/** The environment of a debugfs that runs on this machine. */
export const debugfsEnvironment = (path: string): Record<string, string> => ({ ...plain, PATH: path })

/** Bytes of a stream, taken in pieces of known length or up to a mark. */
const takerOf = (stream: AsyncIterator<Uint8Array>, why: () => Promise<string>) => {
  let held: Buffer = Buffer.alloc(0)
  const more = async (): Promise<void> => {
    const { value, done } = await stream.next()
    if (done) throw new Error(`debugfs ended early${await why()}`)
    held = held.length === 0 ? Buffer.from(value.buffer, value.byteOffset, value.length) : Buffer.concat([held, value])
  }
  return {
    upTo: async (mark: string): Promise<string> => {
      // What was looked through is not looked through again when more has come.
      for (let from = 0; ; ) {
        const at = held.indexOf(mark, from, 'latin1')
        if (at >= 0) {
          const text = held.subarray(0, at).toString('latin1')
          held = held.subarray(at + mark.length)
          return text
        }
        from = Math.max(0, held.length - mark.length)
        await more()
      }
    },
    exactly: async (length: number, take: (chunk: Uint8Array) => void): Promise<void> => {
      for (let left = length; left > 0; ) {
        if (held.length === 0) await more()
        const part = held.subarray(0, left)
        take(part)
        left -= part.length
        held = held.subarray(part.length)
      }
    },
  }
}

/**
 * Opens a conversation with debugfs (e2fsprogs). With `-f -` it repeats each line that it reads before it answers, comments too: a comment that nobody can guess
 * stands behind every answer and ends it, whatever names or contents the disk holds.
 */
export const openDebugfs = ({ command, argv, env }: DebugfsProgram, signal: AbortSignal): Debugfs => {
  const child = execa(command, argv, {
    extendEnv: false,
    env: { ...env },
    stdin: 'pipe',
    encoding: 'buffer',
    buffer: false,
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 2_000,
    // A Ctrl-C in a terminal must not reach it before this process knows: a debugfs that ends for no reason is a disk that cannot be read. It ends with its stdin.
    detached: true,
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Uint8Array) => {
    stderr = `${stderr}${Buffer.from(chunk).toString('latin1')}`.slice(0, 64 * 1024)
  })
  const failures: string[] = []
  child.stdin.on('error', (error) => failures.push(error.message))
  const nonce = randomBytes(12).toString('hex')
  let asked = 0
  const why = async (): Promise<string> => {
    const { code, originalMessage } = await child
    const started = code === undefined ? '' : (originalMessage ?? code)
    const [first] = [signal.aborted ? String(signal.reason) : '', started, stderr.trim(), ...failures].filter(Boolean)
    return first === undefined ? '' : `: ${first.slice(-300)}`
  }
  const taker = takerOf(child.iterable({ from: 'stdout', binary: true, preserveNewlines: true })[Symbol.asyncIterator](), why)
  const markOf = (number: number): string => `#${nonce} ${number}\n`
  const send = (commands: readonly string[]): number => {
    signal.throwIfAborted()
    const first = asked
    asked += commands.length
    child.stdin.write(Buffer.from(commands.map((line, index) => `${line}\n${markOf(first + index)}`).join(''), 'latin1'))
    return first
  }
  const echo = (line: string): string => `debugfs: ${line}\n`
  return {
    ask: async (commands) => {
      const first = send(commands)
      const answers: string[] = []
      for (const [index, line] of commands.entries()) {
        const answer = await taker.upTo(markOf(first + index))
        if (!answer.startsWith(echo(line))) throw new Error(`debugfs answered to something else than «${line}»`)
        answers.push(answer.slice(echo(line).length))
      }
      return answers
    },
    contents: async (files, take) => {
      const commands = files.map(({ inode }) => `cat <${inode}>`)
      const first = send(commands)
      // Where fewer bytes come than there should be, the end of the conversation ends the waiting for them.
      child.stdin.end()
      for (const [index, { size, inode }] of files.entries()) {
        await taker.upTo(echo(commands[index] ?? ''))
        await taker.exactly(size, (chunk) => take(index, chunk))
        const rest = await taker.upTo(markOf(first + index))
        if (rest !== '') throw new Error(`the file with inode ${inode} does not have the ${size} bytes that its directory entry tells of`)
      }
    },
    words: () => stderr.trim(),
    close: async () => {
      child.stdin.end()
      child.kill()
      await child
    },
  }
}
