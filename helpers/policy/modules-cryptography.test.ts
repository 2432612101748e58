import { describe, expect, it } from 'vitest'
import { cryptographyTraces, cryptographyWords, emptyCryptoPackages, plainLibraries, selfCheckPackages } from './modules-cryptography.ts'

describe('the signs of cryptography', () => {
  it('are traces of at least four bytes, each with a name of its own', () => {
    expect(new Set(cryptographyTraces.map(({ id }) => id)).size).toBe(cryptographyTraces.length)
    for (const { hex } of cryptographyTraces) expect(hex).toMatch(/^(?:[0-9a-f]{2}){4,}$/)
  })

  it('let packages through one by one, with a reason, and no package of hashes or ciphers among them', () => {
    for (const { path, why } of emptyCryptoPackages) {
      expect(why).not.toBe('')
      expect(path).not.toMatch(/fips140\/|sha|aes|hmac|rsa|tls/)
      expect(selfCheckPackages).toContain(path)
    }
  })

  it.each([
    'aes',
    'golang.org/x/crypto/ssh',
    'github.com/ProtonMail/go-crypto',
    'gitlab.com/yawning/chacha20',
    'lukechampine.com/blake3',
    'SHA256_Init',
    'rsa_public',
    'libsodium',
    'github.com/x/tls13',
  ])('are words: %s', (path) => expect(cryptographyWords.test(path)).toBe(true))

  it.each([
    'main',
    'net/http',
    'github.com/containernetworking/plugins/pkg/ns',
    'encoding/hex',
    'hash/crc32',
    'unicode/utf8',
    'runtime/cgo',
    'github.com/pkg/errors',
    'unsafe',
    'os/signal',
  ])('are not: %s', (path) => expect(cryptographyWords.test(path)).toBe(false))

  it.each([
    ['libc.so.6', true],
    ['ld-linux-x86-64.so.2', true],
    ['libpthread.so.0', true],
    ['libc.musl-x86_64.so.1', true],
    ['libcrypto.so.3', false],
    ['libcrypt.so.1', false],
    ['libseccomp.so.2', false],
    ['xlibc.so.6', false],
  ])('%s is a plain library: %s', (name, plain) => expect(plainLibraries.test(name)).toBe(plain))
})
