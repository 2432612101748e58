import { describe, expect, it } from 'vitest'
import { readSsh } from './kexinit.ts'
import { kexinit } from './made-kexinit.ts'

const text = (line: string): Uint8Array => new TextEncoder().encode(line)

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
  })

  it('survives any octets', () => {
    const whole = kexinit()
    for (let at = 14; at < whole.length; at++) {
      for (const octet of [0, 255]) expect(['offered', 'unfinished']).toContain(readSsh(whole.with(at, octet)).state)
    }
  })
})
