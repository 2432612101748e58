import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExecaError, execa } from 'execa'
import { FipsConformanceError } from '../errors/error.ts'
import { followLines, interrupted, lastLines } from '../host/docker.ts'

/** Where a node's sshd listens and what proves both sides: files of the run, none of the user's. */
export type SshTarget = {
  /** As error messages name it. */
  node: string
  host: string
  port: number
  user: string
  /** Private key (0600), ECDSA on P-256. */
  key: string
  /** known_hosts file (sshd(8)) with the one host key that is accepted. */
  knownHosts: string
  /** Private directory, with a short name (unix(7): 108 bytes), in which connections have their sockets; whoever made it removes it. One of its own where absent. */
  sockets?: string
}

/**
 * What the client may agree to, and that it takes nothing from the user's own configuration. Approved algorithms only: ECDH and ECDSA on P-256
 * (SP 800-56A, FIPS 186-5), AES-128-GCM (SP 800-38D).
 */
export const sshOptions = ({ port, key, knownHosts }: Pick<SshTarget, 'port' | 'key' | 'knownHosts'>): string[] => {
  const options = {
    BatchMode: 'yes',
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: `"${knownHosts}"`,
    GlobalKnownHostsFile: '/dev/null',
    UpdateHostKeys: 'no',
    KexAlgorithms: 'ecdh-sha2-nistp256',
    Ciphers: 'aes128-gcm@openssh.com',
    MACs: 'hmac-sha2-256',
    HostKeyAlgorithms: 'ecdsa-sha2-nistp256',
    PubkeyAcceptedAlgorithms: 'ecdsa-sha2-nistp256',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ClearAllForwardings: 'yes',
    Compression: 'no',
    // An emulated machine that is busy takes its time.
    ConnectTimeout: '120',
    ServerAliveInterval: '30',
    ServerAliveCountMax: '10',
    LogLevel: 'ERROR',
  }
  return [
    '-F',
    'none',
    '-T',
    '-p',
    String(port),
    '-i',
    key,
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ]
}

/** An argv as one word of a POSIX shell's language each: sshd hands what it gets to the user's shell. */
export const shellWords = (argv: readonly string[]): string => argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')

const environment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && /^(PATH|HOME|TMPDIR)$/.test(entry[0]),
    ),
  )

export const sshExeca = ({ signal }: { signal?: AbortSignal | undefined } = {}) => ({
  extendEnv: false as const,
  env: environment(),
  ...(signal && { cancelSignal: signal }),
  forceKillAfterDelay: 2_000,
})

/** One connection to a node that carries every command: made when it is first needed, shared from then on. */
export type SshConnection = {
  /** Arguments of a client that runs `argv` on the node over this connection. */
  command(argv: readonly string[], signal?: AbortSignal): Promise<string[]>
  /** Whether the connection still stands. */
  alive(): boolean
  /** The last words of the connection's own client. */
  words(): string
  close(): Promise<void>
}

/**
 * The client that holds the connection ends by itself when this process does: it carries a `cat` on the node whose input is a pipe of this process.
 * The socket that the others use is in a private directory with a short name (unix(7): 108 bytes).
 */
export const sshConnection = (target: SshTarget): SshConnection => {
  let opened: Promise<{ socket: string; end: () => Promise<void> }> | undefined
  let isAlive = false
  let stderr = ''
  const open = async (): Promise<{ socket: string; end: () => Promise<void> }> => {
    const own = target.sockets === undefined ? await mkdtemp(join(tmpdir().length < 60 ? tmpdir() : '/tmp', 'fips-ssh-')) : undefined
    const socket = join(own ?? target.sockets ?? '', `ssh-${randomBytes(4).toString('hex')}`)
    const release = (): Promise<void> => rm(own ?? socket, { recursive: true, force: true })
    const master = execa('ssh', [...sshOptions(target), '-M', '-S', socket, `${target.user}@${target.host}`, 'echo ready; exec cat'], {
      ...sshExeca(),
      stdin: 'pipe',
      buffer: false,
      reject: false,
    })
    const ready = new Promise<boolean>((resolve) => {
      followLines(master.stdout, (line) => {
        if (line.trim() === 'ready') resolve(true)
      })
      followLines(master.stderr, (line) => {
        stderr = lastLines(`${stderr}\n${line}`, 5)
      })
      void master.then(() => {
        isAlive = false
        resolve(false)
      })
    })
    if (await ready) {
      isAlive = true
      const end = async (): Promise<void> => {
        master.stdin.end()
        const late = setTimeout(() => master.kill('SIGKILL'), 3_000)
        await master
        clearTimeout(late)
        await release()
      }
      return { socket, end }
    }
    const { code } = await master
    await release()
    throw unreachable(target, code === 'ENOENT' ? 'there is no ssh client on PATH' : stderr)
  }
  return {
    command: async (argv, signal) => {
      if (signal?.aborted) throw interrupted(`ssh ${target.node}`, signal.reason)
      opened ??= open()
      const { socket } = await opened.catch((error) => {
        opened = undefined
        throw error
      })
      return [...sshOptions(target), '-o', 'ControlMaster=no', '-S', socket, `${target.user}@${target.host}`, shellWords(argv)]
    },
    alive: () => isAlive,
    words: () => stderr.trim(),
    close: async () => {
      // Why it could not be opened was told to whoever asked for it.
      const held = await opened?.catch(() => undefined)
      opened = undefined
      await held?.end()
    },
  }
}

export const unreachable = ({ node, host, port }: SshTarget, why: string): FipsConformanceError =>
  new FipsConformanceError({
    code: 'NODE_UNREACHABLE',
    what: `the node ${node} cannot be reached`,
    where: `ssh to ${host} port ${port}`,
    why: lastLines(why.trim() || 'the connection ended', 4),
    remedy:
      'look whether its machine still runs: «fips-conformance sweep» lists what is left of dead runs; its serial log is among the logs of the run',
    exit: 3,
  })

/**
 * Runs a program on a node and hands its lines over while it runs; gives what it printed on stdout.
 * @throws FipsConformanceError `NODE_COMMAND_FAILED` with its last lines, `NODE_UNREACHABLE`, `INTERRUPTED`
 */
export const sshCommand = async (
  target: SshTarget,
  connection: SshConnection,
  argv: readonly string[],
  options: { input?: string; onLine?: (line: string) => void; signal?: AbortSignal | undefined; timeout?: number } = {},
): Promise<string> => {
  const { input = '', onLine, signal, timeout } = options
  const child = execa('ssh', await connection.command(argv, signal), {
    ...sshExeca({ signal }),
    input,
    all: true,
    ...(timeout && { timeout }),
  })
  if (onLine) followLines(child.all, onLine)
  try {
    return String((await child).stdout)
  } catch (error) {
    if (!(error instanceof ExecaError)) throw error
    if (error.isCanceled) throw interrupted(`ssh ${target.node} ${argv[0]}`, error)
    if (error.exitCode === 255 && !connection.alive()) throw unreachable(target, `${error.stderr}\n${connection.words()}`)
    throw new FipsConformanceError({
      code: 'NODE_COMMAND_FAILED',
      what: error.timedOut
        ? `${argv[0]} did not end within ${timeout} ms`
        : `${argv[0]} failed with exit code ${error.exitCode ?? error.signal}`,
      where: `${target.node}: ${argv.join(' ').slice(0, 200)}`,
      why: lastLines(String(error.all || error.shortMessage), 15),
      exit: 3,
      cause: error,
    })
  }
}
