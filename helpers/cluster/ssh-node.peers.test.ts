import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localFiles } from './local-files.ts'
import type { SshTarget } from './ssh-connection.ts'
import { sshNode } from './ssh-node.ts'

const directory = mkdtempSync(join(tmpdir(), 'ssh-node-'))
const keygen = (name: string): string => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-b', '256', '-N', '', '-f', join(directory, name)])
  return readFileSync(join(directory, `${name}.pub`), 'utf8')
}
let daemon: ReturnType<typeof spawn>
let echo: Server
let echoPort: number
let target: SshTarget

const freePort = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })

beforeAll(async () => {
  const hostKey = keygen('host')
  writeFileSync(join(directory, 'authorized'), keygen('id'), { mode: 0o600 })
  const placeholder = createServer()
  const port = await freePort(placeholder)
  await new Promise((resolve) => placeholder.close(resolve))
  writeFileSync(join(directory, 'known'), `[127.0.0.1]:${port} ${hostKey}`)
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  // The machines' own configuration: a real sshd reads it, and a real client agrees with it.
  const config = join(import.meta.dirname, '..', 'node-image', 'files', 'machine', 'sshd_config')
  copyFileSync(config, join(directory, 'sshd_config'))
  const options = [
    `HostKey=${join(directory, 'host')}`,
    `AuthorizedKeysFile=${join(directory, 'authorized')}`,
    'StrictModes=no',
    'ListenAddress=127.0.0.1',
  ]
  daemon = spawn(
    '/usr/sbin/sshd',
    ['-D', '-e', '-f', join(directory, 'sshd_config'), '-p', String(port), ...options.flatMap((one) => ['-o', one])],
    {
      stdio: 'ignore',
    },
  )
  target = {
    node: 'peer',
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    key: join(directory, 'id'),
    knownHosts: join(directory, 'known'),
  }
  for (let tries = 0; tries < 100; tries += 1) {
    const listens = await new Promise<boolean>((resolve) => {
      const probe = connect(port, '127.0.0.1', () => {
        probe.destroy()
        resolve(true)
      }).on('error', () => resolve(false))
    })
    if (listens) break
    await sleep(50)
  }
  echo = createServer((socket) => void socket.pipe(socket))
  echoPort = await freePort(echo)
})
afterAll(() => {
  daemon.kill('SIGKILL')
  echo.close()
  rmSync(directory, { recursive: true, force: true })
})

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('sshNode, to a real sshd with the configuration of the machines', () => {
  it('runs programs: words, input, bytes, exit codes', async () => {
    const node = sshNode(target)
    try {
      expect(decode((await node.run(['printf', '%s|', "it's", '$HOME', ''])).stdout)).toBe("it's|$HOME||")
      expect(decode((await node.run(['cat'], { input: new Uint8Array([104, 105]) })).stdout)).toBe('hi')
      expect(await node.run(['sh', '-c', 'echo no >&2; exit 255'])).toMatchObject({ exitCode: 255, stderr: 'no\n' })
      const many = await Promise.all(Array.from({ length: 30 }, (_, index) => node.run(['echo', String(index)])))
      expect(many.map(({ stdout }) => decode(stdout).trim())).toEqual(many.map((_, index) => String(index)))
    } finally {
      await node.close()
    }
  })

  it('reads files, and says the node’s own reason where it cannot', async () => {
    const bytes = new Uint8Array(3_000_000).map((_, index) => index % 251)
    writeFileSync(join(directory, 'file'), bytes)
    const node = sshNode(target)
    try {
      expect(new Uint8Array(await buffer(node.open(join(directory, 'file'))))).toEqual(bytes)
      await expect(text(node.open(join(directory, 'nothing')))).rejects.toThrow(/No such file/)
    } finally {
      await node.close()
    }
  })

  it('takes the bytes of a file that is here, too, from here, and of one that differs in a byte from the node', async () => {
    const here = mkdtempSync(join(directory, 'here-'))
    const bytes = new Uint8Array(400_000).fill(7)
    writeFileSync(join(here, 'twin'), bytes)
    writeFileSync(join(directory, 'same'), bytes)
    const other = bytes.slice()
    other[399_999] = 8
    writeFileSync(join(directory, 'other'), other)
    const node = sshNode(target, localFiles([here]))
    try {
      expect(new Uint8Array(await buffer(node.open(join(directory, 'same'))))).toEqual(bytes)
      expect(new Uint8Array(await buffer(node.open(join(directory, 'other'))))).toEqual(other)
      // What stood in is read here: changed after its digest was taken, it is told of, never handed out as the node's.
      writeFileSync(join(here, 'twin'), other)
      await expect(buffer(node.open(join(directory, 'same')))).rejects.toThrow(/changed while it was read/)
    } finally {
      await node.close()
    }
  })

  it('dials from the node', async () => {
    const node = sshNode(target)
    try {
      const connection = await node.dial({ host: '127.0.0.1', port: echoPort })
      connection.end('to and fro')
      expect(await text(connection)).toBe('to and fro')
      await expect(node.dial({ host: '127.0.0.1', port: 1 })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    } finally {
      await node.close()
    }
  })

  it('refuses a host key that is not the pinned one', async () => {
    const knownHosts = join(directory, 'known-other')
    writeFileSync(knownHosts, `[127.0.0.1]:${target.port} ${keygen('stranger')}`)
    await expect(sshNode({ ...target, knownHosts }).run(['true'])).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' })
  })

  it('leaves neither a client nor a socket behind', async () => {
    const sockets = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('fips-ssh-'))
    const before = sockets()
    const node = sshNode(target)
    await node.run(['true'])
    expect(sockets().length).toBe(before.length + 1)
    await node.close()
    expect(sockets()).toEqual(before)
  })
})
