import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../rules/outcome.ts'
import { refusesUnapprovedSsh } from '../../rules/ssh.ts'
import { analyseSsh, type SshFacts } from '../analyse/kexinit.ts'
import { readKexinit, type SshDial } from './read-kexinit.ts'

const folder = mkdtempSync(join(tmpdir(), 'ssh-peers-'))
for (const [type, bits] of [
  ['rsa', '2048'],
  ['ecdsa', '256'],
  ['ed25519', '256'],
] as const) {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-f', join(folder, type)])
}
execFileSync('dropbearkey', ['-t', 'ecdsa', '-s', '256', '-f', join(folder, 'dropbear')], { stdio: 'ignore' })
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const dialTo =
  (port: number): SshDial =>
  (signal) =>
    new Promise((done, fail) => {
      const socket = connect({ host: '127.0.0.1', port, signal })
      socket.once('connect', () => done(socket))
      socket.once('error', fail)
    })

const probe = async (start: (port: number) => ChildProcess): Promise<{ facts: SshFacts; outcome: Outcome }> => {
  const port = await freePort()
  running.push(start(port))
  for (let tries = 0; tries < 60; tries++) {
    const reading = await readKexinit(dialTo(port), { signal: AbortSignal.timeout(10_000), timeoutMs: 2_000 })
    const ssh = analyseSsh([{ kind: reading.kind, bytes: (blob) => reading.blobs[blob] ?? new Uint8Array() }])
    if (ssh.state === 'offered') return { facts: ssh, outcome: refusesUnapprovedSsh({ ssh }, { asOf: new Date() }) }
    await sleep(50)
  }
  throw new Error('the server does not listen')
}

const sshd = (port: number, ...options: string[]): ChildProcess => {
  mkdirSync('/run/sshd', { recursive: true })
  const keys = ['rsa', 'ecdsa', 'ed25519'].flatMap((type) => ['-h', join(folder, type)])
  return spawn(
    '/usr/sbin/sshd',
    ['-D', '-f', '/dev/null', '-p', String(port), ...keys, '-o', 'ListenAddress=127.0.0.1', ...options.flatMap((one) => ['-o', one])],
    {
      stdio: 'ignore',
    },
  )
}

describe('sshd', () => {
  it('with its defaults fails, and each name that it gives is one that sshd says it has on', async () => {
    const { facts, outcome } = await probe((port) => sshd(port))
    expect(outcome.verdict).toBe('fail')
    expect(outcome.reason).toContain('curve25519-sha256')
    expect(outcome.reason).toContain('chacha20-poly1305@openssh.com')
    expect(outcome.reason).toContain('host key ssh-ed25519')
    const said = execFileSync('/usr/sbin/sshd', ['-T', '-f', '/dev/null', '-h', join(folder, 'rsa')], { encoding: 'utf8' })
    const ciphers = /^ciphers (.*)$/m.exec(said)?.[1]?.split(',')
    expect(facts).toMatchObject({ state: 'offered', offer: { cipher: ciphers } })
  })

  it('with approved algorithms only passes', async () => {
    const { outcome } = await probe((port) =>
      sshd(
        port,
        'KexAlgorithms=ecdh-sha2-nistp256,diffie-hellman-group14-sha256',
        'Ciphers=aes256-gcm@openssh.com,aes256-ctr',
        'MACs=hmac-sha2-256,hmac-sha2-512-etm@openssh.com',
        'HostKeyAlgorithms=rsa-sha2-512,ecdsa-sha2-nistp256',
      ),
    )
    expect(outcome).toMatchObject({ verdict: 'pass' })
  })
})

describe('dropbear', () => {
  it('with its defaults fails', async () => {
    const { facts, outcome } = await probe((port) =>
      spawn('dropbear', ['-F', '-E', '-r', join(folder, 'dropbear'), '-p', `127.0.0.1:${port}`], { stdio: 'ignore' }),
    )
    expect(facts).toMatchObject({ identification: expect.stringContaining('dropbear') })
    expect(outcome.reason).toContain('curve25519-sha256')
  })
})
