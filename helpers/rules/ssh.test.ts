import { describe, expect, it } from 'vitest'
import { readSsh } from '../ssh/analyse/kexinit.ts'
import { approved, kexinit } from '../ssh/analyse/made-kexinit.ts'
import { refusesUnapprovedSsh, type SshListener } from './ssh.ts'

const verdict = (bytes: Uint8Array) => refusesUnapprovedSsh({ ssh: readSsh(bytes) }, { asOf: new Date('2026-11-22T00:00:00Z') })

describe('FIPS-SSH', () => {
  it('passes approved names, and takes pseudo names for none', () => {
    expect(verdict(kexinit())).toMatchObject({ verdict: 'pass', reason: 'all 4 algorithms that it offers are approved' })
  })

  it.each([
    ['kex', 'curve25519-sha256', 'key exchange curve25519-sha256'],
    ['kex', 'mlkem768x25519-sha256', 'key exchange mlkem768x25519-sha256'],
    ['hostkey', 'ssh-ed25519', 'host key ssh-ed25519'],
    ['hostkey', 'ssh-rsa', 'host key ssh-rsa'],
    ['cipher', 'chacha20-poly1305@openssh.com', 'cipher chacha20-poly1305@openssh.com'],
    ['mac', 'umac-64@openssh.com', 'MAC umac-64@openssh.com'],
    ['mac', 'never-heard-of', 'MAC never-heard-of'],
  ] as const)('fails %s %s', (field, name, reason) => {
    expect(verdict(kexinit({ [field]: `${approved[field]},${name}` }))).toMatchObject({ verdict: 'fail', reason: `offered: ${reason}` })
  })

  it('is inconclusive where a list is empty', () => {
    expect(verdict(kexinit({ kex: '' })).verdict).toBe('inconclusive')
  })

  it.each([
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'not-applicable'],
    ['SSH-2.0-x\r\n', 'inconclusive'],
    ['', 'inconclusive'],
  ])('of %j: %s', (text, expected) => {
    expect(verdict(new TextEncoder().encode(text)).verdict).toBe(expected)
  })

  const listener = { protocol: 'ssh', transport: 'tcp', address: '192.0.2.1', owner: 'sshd' } as const
  const on = (change: Partial<SshListener>, bytes: Uint8Array = new Uint8Array()) =>
    refusesUnapprovedSsh({ ssh: readSsh(bytes), listener: { ...listener, ...change } }, { asOf: new Date('2026-11-22T00:00:00Z') })

  it.each<[Partial<SshListener>, string, RegExp]>([
    [{ protocol: 'tls' }, 'not-applicable', /it speaks TLS/],
    [{ protocol: 'http' }, 'not-applicable', /it speaks plain HTTP/],
    [{ protocol: 'unasked', transport: 'udp' }, 'not-applicable', /UDP/],
    [{ protocol: 'silent', address: '127.0.0.11', owner: undefined }, 'not-applicable', /container engine/],
    [{ protocol: 'silent' }, 'inconclusive', /not known whether it speaks SSH/],
    [{ protocol: 'unreachable' }, 'inconclusive', /not known/],
    [{ protocol: 'plaintext-other' }, 'inconclusive', /not known/],
    [{ protocol: 'ssh' }, 'inconclusive', /its offer was not seen/],
  ])('of a listener %j: %s', (change, expected, reason) => {
    expect(on(change)).toMatchObject({ verdict: expected, reason: expect.stringMatching(reason) })
  })

  it('judges the offer of a listener that speaks SSH', () => {
    expect(on({}, kexinit()).verdict).toBe('pass')
    expect(on({}, kexinit({ mac: 'hmac-md5' })).verdict).toBe('fail')
  })
})
