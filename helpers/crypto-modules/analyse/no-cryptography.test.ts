import { describe, expect, it } from 'vitest'
import { selfCheckPackages } from '../../policy/modules-cryptography.ts'
import { emptyModules } from './fips-info.ts'
import { wholeImage } from './image.ts'
import { analyseImage } from './image-facts.ts'
import { type MadeGoProgram, madeGoProgram } from './made-go-program.ts'
import { cryptographyOf } from './no-cryptography.ts'
import { type Found, searchFile } from './search.ts'

const textBytes = (value: string): Uint8Array => new TextEncoder().encode(value)

const facts = (made: MadeGoProgram = {}, change: (found: Found) => Found = (found) => found) => {
  const { bytes } = madeGoProgram(made)
  const result = analyseImage(wholeImage(bytes), { path: '/bin/x', size: bytes.length, sha256: '00' }, change(searchFile(bytes, [])), [])
  if (result.state !== 'inspected') throw new Error(result.reason)
  return result
}

const objections = (made: MadeGoProgram, change?: (found: Found) => Found): string => {
  const { cryptography } = facts(made, change)
  if (cryptography.state === 'none') throw new Error('it was proven')
  return cryptography.objections.join('; ')
}

const selfCheck = ['crypto/internal/fips140/check.init.0', 'crypto/internal/fips140/sha256.New']
const fipsonly = { module: selfCheck, before: ['main.main', 'runtime.godebugNotify', 'crypto/tls/fipsonly.init.0'] }

describe('the proof that a program is without cryptography', () => {
  it('holds where record, table of functions, code and traces agree', () => {
    const { module, cryptography, contradictions } = facts()
    expect({ module, contradictions }).toEqual({ module: 'none', contradictions: [] })
    expect(cryptography).toMatchObject({
      state: 'none',
      proof: { fipsInfo: { mac: emptyModules.amd64?.mac }, functions: 5, uncovered: 0, libraries: [] },
    })
  })

  it.each([
    ['a function of crypto/', { before: ['crypto/sha256.New'] }, 'crypto/sha256'],
    [
      'a function that the compiler made for a type of crypto/',
      { before: ['type:.eq.crypto/internal/fips140/sha256.Digest'] },
      'crypto/internal/fips140/sha256',
    ],
    ['a function of golang.org/x/crypto', { before: ['golang.org/x/crypto/blake2b.New'] }, 'golang.org/x/crypto/blake2b'],
    ['its copy in the standard library', { before: ['vendor/golang.org/x/crypto/chacha20.newUnauthenticatedCipher'] }, 'chacha20'],
    ['a function of C', { before: ['AES_encrypt'] }, 'AES_encrypt'],
    ['a package of cryptography of somebody else', { before: ['github.com/cloudflare/circl/kem.Generate'] }, 'circl'],
    ['a function inside the empty module', { module: ['main.x', 'main.y'], forged: {} }, 'bytes of code of the module'],
    ['the HMAC of another program', { forged: { mac: 'ab'.repeat(32) } }, 'not that of the bytes'],
    ['a record that stands elsewhere', { forged: { self: 0x1000 } }, 'another address'],
    [
      'ranges that are not where the module is',
      { forged: { lengths: [16, 1, 1, 1] as const } },
      'not where the table of functions has the module',
    ],
    ['code that the table does not know', { foreignCode: 100_000 }, 'code of another linker'],
    ['a little of it', { foreignCode: 80 }, 'code of another linker'],
    ['the name of a library', { data: textBytes('/usr/lib/libcrypto.so.3') }, 'a library of OpenSSL'],
    [
      'an S-box',
      { data: Uint8Array.from([0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76]) },
      'the S-box of AES',
    ],
    ['another architecture than is measured', { machine: 22 }, 'not that of a program without'],
  ] as const)('is refused for %s', (_, made, said) => expect(objections(made)).toContain(said))

  it('names what a record hides that was taken from a program without cryptography', () => {
    const empty = emptyModules.amd64?.mac ?? ''
    const { contradictions, cryptography } = facts({ module: selfCheck, forged: { mac: empty, lengths: [32, 1, 1, 1] } })
    expect(cryptography).toMatchObject({
      state: 'present',
      contradicted: true,
      objections: [expect.stringContaining('not that of the bytes'), expect.anything(), expect.anything()],
    })
    expect(contradictions).toMatchObject([{ id: 'empty-module-with-cryptography' }])
  })

  it('is refused where the file was not searched for traces, or has no table of functions, or two', () => {
    expect(objections({}, (found) => ({ ...found, needles: found.needles.filter(({ id }) => id !== 'trace:aes-sbox') }))).toContain(
      'was not searched for the S-box',
    )
    expect(objections({}, (found) => ({ ...found, functionTables: [] }))).toContain('no table of functions')
    expect(objections({}, (found) => ({ ...found, functionTables: [...found.functionTables, ...found.functionTables] }))).toContain(
      '2 tables',
    )
  })

  it('is refused without the record, which Go writes from 1.24 on', () => {
    expect(objections({}, (found) => ({ ...found, needles: found.needles.filter(({ id }) => id !== 'go-fips-info') }))).toContain(
      'no .go.fipsinfo',
    )
  })

  it("tells the self-test of Go's own module apart, and does not take it for nothing", () => {
    expect(facts(fipsonly).cryptography).toMatchObject({
      state: 'self-check-only',
      packages: ['crypto/internal/fips140/check', 'crypto/internal/fips140/sha256', 'crypto/tls/fipsonly'],
    })
    expect(facts({ ...fipsonly, after: ['crypto/sha256.New'] }).cryptography.state).toBe('present')
    expect(facts({ ...fipsonly, data: textBytes('libcrypto.so') }).cryptography.state).toBe('present')
    expect(facts({ module: selfCheck }).cryptography.state).toBe('present')
  })

  it('never holds for a program with a byte changed in module, record or table', () => {
    const { bytes, record, module } = madeGoProgram()
    const proven = (changed: Uint8Array): boolean => {
      const result = analyseImage(wholeImage(changed), { path: '', size: changed.length, sha256: '' }, searchFile(changed, []), [])
      return result.state === 'inspected' && result.cryptography.state === 'none'
    }
    expect(proven(bytes)).toBe(true)
    for (const at of [module, module + 31, ...Array.from({ length: 120 }, (_, step) => record + step)]) {
      const changed = bytes.slice()
      changed[at]! ^= 0xff
      expect(proven(changed), `byte ${at - record} of the record`).toBe(false)
    }
  })
})

it.each([
  ['internal/chacha8rand.block', undefined],
  ['type:.eq.internal/chacha8rand.State', undefined],
  ['aeshashbody', undefined],
  ['crypto/internal/boring/sig.FIPSOnly', undefined],
  ['crypto/internal/boring/sigx.F', 'crypto/internal/boring/sigx'],
  ['crypto.RegisterHash', 'crypto'],
  ['net/netip.Addr.String', undefined],
  ['encoding/json.(*decodeState).unmarshal', undefined],
  ['github.com/minio/sha256-simd.New', 'github.com/minio/sha256-simd'],
  ['filippo.io/edwards25519.(*Point).Add', 'filippo.io/edwards25519'],
  ['github.com/golang-jwt/jwt/v5.Parse', 'github.com/golang-jwt/jwt/v5'],
  ['EVP_DigestInit_ex', 'EVP_DigestInit_ex'],
  ['sha256_block_data_order', 'sha256_block_data_order'],
  ['x_cgo_init', undefined],
  ['github.com/vishvananda/netlink.(*Handle).LinkAdd', undefined],
  ['github.com/example/storage.Open', undefined],
])('%s speaks of %s', (name, path) => expect(cryptographyOf(name)).toBe(path))

it('knows the packages of the self-test by their whole paths', () => {
  for (const path of selfCheckPackages) expect(path.startsWith('crypto/')).toBe(true)
})
