import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cnsa1Tls } from '../../helpers/policy/profiles-strict.ts'
import type { Outcome } from '../../helpers/rules/outcome.ts'
import { refusesUnapprovedSsh } from '../../helpers/rules/ssh.ts'
import { analyseSsh, type SshFacts } from '../../helpers/ssh/analyse/kexinit.ts'
import { probeSsh } from '../../helpers/ssh/read/probe-ssh.ts'
import { dialTcp } from '../../helpers/tls/read/dial-tcp.ts'
import { freePort, openBench } from './peer.ts'

const bench = openBench()
afterEach(bench.stop)
afterAll(bench.end)

const keys = {
  rsa1024: ['rsa', '1024'],
  rsa2048: ['rsa', '2048'],
  rsa3072: ['rsa', '3072'],
  ecdsa: ['ecdsa', '256'],
  ed25519: ['ed25519', '256'],
} as const
type Key = keyof typeof keys
const keyFile = (key: Key): string => join(bench.folder, key)

beforeAll(() => {
  for (const [name, [type, bits]] of Object.entries(keys))
    execFileSync('ssh-keygen', ['-q', '-t', type, '-b', bits, '-N', '', '-f', join(bench.folder, name)])
  execFileSync('dropbearkey', ['-t', 'rsa', '-s', '1024', '-f', join(bench.folder, 'dropbear1024')], { stdio: 'ignore' })
  execFileSync('dropbearkey', ['-t', 'rsa', '-s', '2048', '-f', join(bench.folder, 'dropbear2048')], { stdio: 'ignore' })
})

const ask = async (port: number): Promise<{ facts: SshFacts; outcome: Outcome }> => {
  const readings = await probeSsh(dialTcp('127.0.0.1', port), { signal: AbortSignal.timeout(20_000), timeoutMs: 5_000 })
  const facts = analyseSsh(readings.map(({ kind, data, blobs }) => ({ kind, data, bytes: (blob) => blobs[blob] ?? new Uint8Array() })))
  return { facts, outcome: refusesUnapprovedSsh({ ssh: facts }, { asOf: new Date('2026-11-22') }) }
}

const approved = [
  'KexAlgorithms=ecdh-sha2-nistp256,ecdh-sha2-nistp384,diffie-hellman-group14-sha256,diffie-hellman-group-exchange-sha256',
  'Ciphers=aes256-gcm@openssh.com,aes256-ctr',
  'MACs=hmac-sha2-256,hmac-sha2-512-etm@openssh.com',
  'HostKeyAlgorithms=rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256',
]

/** Fields that `sshd -T` prints, and ours. */
const fields = { kex: 'kexalgorithms', cipher: 'ciphers', mac: 'macs' } as const

describe('sshd', () => {
  const start = async (own: readonly Key[], options: readonly string[]): Promise<number> => {
    mkdirSync('/run/sshd', { recursive: true })
    const port = await freePort()
    const all = [...own.flatMap((key) => ['-h', keyFile(key)]), ...options.flatMap((one) => ['-o', one])]
    return bench.start(port, '/usr/sbin/sshd', ['-D', '-f', '/dev/null', '-p', String(port), '-o', 'ListenAddress=127.0.0.1', ...all])
  }
  const said = (own: readonly Key[], options: readonly string[]): string =>
    execFileSync(
      '/usr/sbin/sshd',
      ['-T', '-f', '/dev/null', ...own.flatMap((key) => ['-h', keyFile(key)]), ...options.flatMap((one) => ['-o', one])],
      {
        encoding: 'utf8',
      },
    )

  it.each([
    ['defaults', ['rsa3072', 'ecdsa', 'ed25519'], [], 'fail', 3072],
    ['approved alone', ['rsa2048', 'ecdsa'], approved, 'pass', 2048],
    ['approved, an RSA key of 1024 bits', ['rsa1024', 'ecdsa'], [...approved, 'RequiredRSASize=1024'], 'fail', 1024],
    ['approved, without RSA', ['ecdsa'], approved, 'pass', undefined],
    ['SHA-1 beside', ['rsa2048'], [...approved.slice(1), 'KexAlgorithms=+diffie-hellman-group14-sha1'], 'fail', 2048],
  ] as const)('%s', async (_name, own, options, verdict, bits) => {
    const { facts, outcome } = await ask(await start(own, options))
    expect(outcome.verdict).toBe(verdict)
    if (facts.state !== 'offered') throw new Error(facts.state)
    const configured = said(own, options)
    for (const [field, name] of Object.entries(fields)) {
      const list = new RegExp(`^${name} (.*)$`, 'm').exec(configured)?.[1]?.split(',') ?? []
      const offered = facts.offer[field as keyof typeof fields].filter(
        (one) => !one.startsWith('kex-strict') && one !== 'sntrup761x25519-sha512',
      )
      expect(offered).toEqual(list.filter((one) => one !== 'sntrup761x25519-sha512'))
    }
    const key = facts.sizes?.hostKey
    expect(key?.state === 'shown' ? key.bits : undefined).toBe(bits)
    if (facts.offer.kex.includes('diffie-hellman-group-exchange-sha256'))
      expect(facts.sizes?.groups.map(({ state }) => state)).toEqual(['refused', 'given'])
  })

  it('judges by the profile', async () => {
    const { facts } = await ask(await start(['rsa2048'], approved))
    expect(refusesUnapprovedSsh({ ssh: facts, profile: cnsa1Tls }, { asOf: new Date('2026-11-22') }).reason).toContain(
      'an RSA host key of 2048 bits',
    )
  })
})

describe('dropbear', () => {
  it.each([
    ['dropbear2048', 2048],
    ['dropbear1024', 1024],
  ])('with %s', async (key, bits) => {
    const port = await freePort()
    await bench.start(port, 'dropbear', ['-F', '-E', '-r', join(bench.folder, key), '-p', `127.0.0.1:${port}`])
    const { facts, outcome } = await ask(port)
    expect(facts).toMatchObject({ sizes: { hostKey: { state: 'shown', bits } } })
    expect(outcome.reason).toContain('curve25519-sha256')
    expect(outcome.reason.includes('an RSA host key of 1024 bits')).toBe(bits === 1024)
  })
})
