import { describe, expect, it } from 'vitest'
import { refusesUnapprovedSsh } from '../../rules/ssh.ts'
import { readSsh } from './kexinit.ts'

const text = (line: string): Uint8Array => new TextEncoder().encode(line)
const approved = {
  kex: 'ecdh-sha2-nistp256,kex-strict-s-v00@openssh.com',
  hostkey: 'rsa-sha2-512',
  cipher: 'aes256-gcm@openssh.com',
  mac: 'hmac-sha2-256',
}

/** Identification and KEXINIT of a server with these lists. */
const kexinit = (lists: Partial<typeof approved> = {}, before = ''): Uint8Array => {
  const { kex, hostkey, cipher, mac } = { ...approved, ...lists }
  const parts = [kex, hostkey, cipher, cipher, mac, mac, 'none', 'none', '', ''].flatMap((list) => {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(list.length)
    return [head, Buffer.from(list)]
  })
  const payload = Buffer.concat([Uint8Array.of(20), new Uint8Array(16), ...parts, new Uint8Array(5)])
  const packet = Buffer.alloc(5)
  packet.writeUInt32BE(payload.length + 1 + 8)
  packet[4] = 8
  return new Uint8Array(Buffer.concat([text(`${before}SSH-2.0-test\r\n`), packet, payload, new Uint8Array(8)]))
}
const verdict = (bytes: Uint8Array) => refusesUnapprovedSsh({ ssh: readSsh(bytes) }, { asOf: new Date('2026-11-22') })

describe('readSsh', () => {
  it('reads the lists, also behind other lines', () => {
    expect(readSsh(kexinit({}, 'welcome\r\n'))).toMatchObject({
      state: 'offered',
      identification: 'SSH-2.0-test',
      offer: { hostkey: ['rsa-sha2-512'], cipher: ['aes256-gcm@openssh.com'] },
    })
  })

  it('never says offered of a part of it', () => {
    const whole = kexinit()
    for (let length = 0; length < whole.length; length++) expect(readSsh(whole.subarray(0, length)).state).not.toBe('offered')
  })

  it.each([
    ['nothing', new Uint8Array()],
    ['other', text('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['unfinished', text('SSH-2.0-x\r\n')],
    ['unfinished', Uint8Array.from([...text('SSH-2.0-x\r\n'), 255, 255, 255, 255, 4, 20])],
    ['unfinished', Uint8Array.from([...text('SSH-2.0-x\r\n'), 0, 0, 0, 12, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])],
  ])('%s', (state, bytes) => {
    expect(readSsh(bytes).state).toBe(state)
    expect(verdict(bytes).verdict).toBe(state === 'other' ? 'not-applicable' : 'inconclusive')
  })

  it('survives any octets', () => {
    const whole = kexinit()
    for (let at = 14; at < whole.length; at++) {
      for (const octet of [0, 255]) expect(['offered', 'unfinished']).toContain(readSsh(whole.with(at, octet)).state)
    }
  })
})

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
})
