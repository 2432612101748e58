import { describe, expect, it } from 'vitest'
import { opensslFipsKey } from '../../policy/modules-openssl.ts'
import { macOf, madeProvider, madeSealedProvider } from './made-provider.ts'
import { analyseProvider, installMacOf } from './openssl-provider.ts'

const provider = (bytes: Uint8Array, configuration = {}) => {
  const result = analyseProvider(bytes, configuration)
  if (result.state !== 'provider') throw new Error(result.reason)
  return result.provider
}
const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

describe('a FIPS provider of OpenSSL', () => {
  const bytes = madeProvider()
  const moduleMac = macOf(bytes)

  it('is intact by the MAC of its configuration, and named by itself', () => {
    expect(provider(bytes, { moduleMac })).toMatchObject({
      name: 'OpenSSL FIPS Provider',
      vendor: 'openssl',
      version: '3.1.2',
      certificate: 4985,
      integrity: 'intact',
      mac: { style: 'configuration', key: opensslFipsKey, computed: moduleMac, expected: moduleMac },
      remarks: [],
    })
  })

  it('is modified when any byte of the file is another', () => {
    for (let at = 192; at < bytes.length - 100; at += 41) expect(provider(flipped(bytes, at), { moduleMac }).integrity).not.toBe('intact')
    expect(provider(flipped(bytes, 400), { moduleMac }).integrity).toBe('modified')
  })

  it('is intact by a MAC in its own section, which counts as zeros', () => {
    const sealed = madeSealedProvider({ name: 'Red Hat Enterprise Linux 9 - OpenSSL FIPS Provider', version: '3.0.7-395c1a240fbfffd8' })
    expect(provider(sealed.bytes)).toMatchObject({
      vendor: 'red-hat-9',
      certificate: 4857,
      integrity: 'intact',
      mac: { style: 'embedded', offset: sealed.offset },
    })
    expect(provider(flipped(sealed.bytes, 400)).integrity).toBe('modified')
    expect(provider(flipped(sealed.bytes, sealed.offset)).integrity).toBe('modified')
  })

  it('is of unknown integrity without a MAC to compare with, and where another key may have been used', () => {
    expect(provider(bytes)).toMatchObject({ integrity: 'unknown', mac: { style: 'none' }, remarks: [expect.stringContaining('no MAC')] })
    const other = madeProvider({ key: '00'.repeat(32) })
    expect(provider(other, { moduleMac })).toMatchObject({ integrity: 'unknown', remarks: [expect.stringContaining('another')] })
  })

  it.each([
    [{ version: '3.6.5' }, 'openssl', '3.6.5'],
    [
      { name: 'Red Hat Enterprise Linux 9 - OpenSSL FIPS Provider', version: '3.0.7-cda111b5812c30d4' },
      'red-hat-9',
      '3.0.7-cda111b5812c30d4',
    ],
    [{ name: "Somebody's OpenSSL FIPS Provider" }, undefined, undefined],
  ] as const)('has no certificate in a version or of a vendor that is on none: %o', (made, vendor, version) => {
    const seen = provider(madeProvider(made))
    expect([seen.vendor, seen.version, seen.certificate]).toEqual([vendor, version, undefined])
  })

  it('says where its self-tests were not run on installation', () => {
    expect(
      provider(bytes, { moduleMac, installMac: installMacOf(opensslFipsKey), installStatus: 'INSTALL_SELF_TEST_KATS_RUN' }).remarks,
    ).toEqual([])
    expect(provider(bytes, { moduleMac, installMac: '00', installStatus: 'later' }).remarks).toHaveLength(2)
  })

  it('is none where the file is cut or no library', () => {
    expect(analyseProvider(bytes.subarray(0, 300)).state).toBe('none')
    expect(analyseProvider(new Uint8Array(10)).state).toBe('none')
  })
})

it('computes install-mac as OpenSSL writes it', () => {
  expect(installMacOf(opensslFipsKey)).toBe('419c38c28f5909432caa2f58362dd904f96c568b09e0183a2ed6cc690504e111')
})
