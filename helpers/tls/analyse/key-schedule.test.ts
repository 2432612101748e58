import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from './bytes.ts'
import { keysOfSuite, masterSecret, prf } from './key-schedule.ts'

describe('the pseudorandom function of TLS 1.2', () => {
  // The test vectors for P_SHA256 and P_SHA384 that the TLS working group's list published (2009) for RFC 5246.
  it.each([
    [
      'sha256',
      '9bbe436ba940f017b17652849a71db35',
      'a0ba9f936cda311827a6f796ffd5198c',
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
    ],
    [
      'sha384',
      'b80b733d6ceefcdc71566ea48e5567df',
      'cd665cf6a8447dd6ff8b27555edb7465',
      '7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f',
    ],
  ] as const)('%s', (hash, secret, seed, output) => {
    expect(toHex(prf(hash, fromHex(secret), 'test label', fromHex(seed), output.length / 2))).toBe(output)
  })

  it('the extended master secret hangs on the handshake, the other one does not', () => {
    const keys = keysOfSuite('c02f')
    if (keys === undefined) throw new Error('no keys')
    const secrets = { premaster: new Uint8Array(32), clientRandom: new Uint8Array(32), serverRandom: new Uint8Array(32) }
    const of = (handshake: number, extended: boolean): string => toHex(masterSecret(keys, secrets, Uint8Array.of(handshake), extended))
    expect(of(1, true)).not.toBe(of(2, true))
    expect(of(1, false)).toBe(of(2, false))
    expect(keysOfSuite('1301')).toBeUndefined()
  })
})
