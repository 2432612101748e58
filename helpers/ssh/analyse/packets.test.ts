import { describe, expect, it } from 'vitest'
import { bitsOf, mpint, packet, payloadsIn, sshString, stringsIn } from './packets.ts'

describe('packets', () => {
  it('are whole multiples of eight octets with at least four of padding, and read back', () => {
    for (let length = 1; length < 40; length++) {
      const payload = new Uint8Array(length).fill(7)
      const whole = packet(payload)
      expect([whole.length % 8, (whole[4] ?? 0) >= 4]).toEqual([0, true])
      expect(payloadsIn(whole, 0)).toEqual([payload])
      expect(payloadsIn(whole.subarray(0, -1), 0)).toEqual([])
    }
  })

  it('stop at what is no packet', () => {
    expect(payloadsIn(Uint8Array.of(255, 255, 255, 255, 4, 1), 0)).toEqual([])
    expect(payloadsIn(Uint8Array.of(0, 0, 0, 1, 9, 1), 0)).toEqual([])
  })

  it('hold numbers and strings as RFC 4251 writes them', () => {
    expect([...mpint(Uint8Array.of(0, 0x80))]).toEqual([0, 0, 0, 2, 0, 0x80])
    expect([...mpint(Uint8Array.of(0))]).toEqual([0, 0, 0, 0])
    expect(bitsOf(Uint8Array.of(0, 1, 0))).toBe(9)
    expect(stringsIn(sshString(Uint8Array.of(1, 2)), 0, 1)).toEqual([Uint8Array.of(1, 2)])
    expect(stringsIn(sshString(Uint8Array.of(1, 2)).subarray(0, 5), 0, 1)).toBeUndefined()
  })
})
