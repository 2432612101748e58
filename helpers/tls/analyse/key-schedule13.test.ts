import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from './bytes.ts'
import { expandLabel, protect13, suite13, unprotect13 } from './key-schedule13.ts'

const suite = suite13('1301')
if (suite === undefined) throw new Error('no suite')
const large = suite13('1302')
if (large === undefined) throw new Error('no suite')

describe('the key schedule of TLS 1.3', () => {
  it('expands as RFC 8448, section 3 shows: key and iv of the server’s handshake traffic', () => {
    const secret = fromHex('b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38')
    expect(toHex(expandLabel(suite, secret, 'key', new Uint8Array(), 16))).toBe('3fce516009c21727d0f2e4e86ee403bc')
    expect(toHex(expandLabel(suite, secret, 'iv', new Uint8Array(), 12))).toBe('5d313eb2671276ee13000b30')
  })

  it.each([
    ['1301', suite],
    ['1302', large],
  ] as const)('opens what it protects (%s), and nothing that was changed', (_code, own) => {
    const secret = new Uint8Array(own.hashLength).fill(7)
    for (const sequence of [0, 1, 255, 256]) {
      const record = protect13(own, secret, sequence, 22, fromHex('0102030000'))
      const body = record.subarray(5)
      expect(unprotect13(own, secret, sequence, body)).toEqual({ type: 22, content: fromHex('0102030000') })
      expect(unprotect13(own, secret, sequence + 1, body)).toBeUndefined()
      expect(unprotect13(own, secret, sequence, body.with(3, (body[3] ?? 0) ^ 1))).toBeUndefined()
    }
    expect(unprotect13(own, secret, 0, new Uint8Array(5))).toBeUndefined()
  })

  it('knows no suite without AES-GCM', () => {
    expect([suite13('1303'), suite13('1304')]).toEqual([undefined, undefined])
  })
})
