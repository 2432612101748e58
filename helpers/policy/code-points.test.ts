import { describe, expect, it } from 'vitest'
import { groupName, namedCounts, schemeName, shown, shownAlert, suiteName } from './code-points.ts'

describe('names of code points', () => {
  // Ends and middles of every run: a run that slipped by one would be seen here.
  it.each([
    ['0000', 'TLS_NULL_WITH_NULL_NULL'],
    ['000a', 'TLS_RSA_WITH_3DES_EDE_CBC_SHA'],
    ['001b', 'TLS_DH_anon_WITH_3DES_EDE_CBC_SHA'],
    ['001e', 'TLS_KRB5_WITH_DES_CBC_SHA'],
    ['002e', 'TLS_RSA_PSK_WITH_NULL_SHA'],
    ['002f', 'TLS_RSA_WITH_AES_128_CBC_SHA'],
    ['0034', 'TLS_DH_anon_WITH_AES_128_CBC_SHA'],
    ['003a', 'TLS_DH_anon_WITH_AES_256_CBC_SHA'],
    ['003c', 'TLS_RSA_WITH_AES_128_CBC_SHA256'],
    ['0040', 'TLS_DHE_DSS_WITH_AES_128_CBC_SHA256'],
    ['0046', 'TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA'],
    ['0066', 'TLS_DHE_DSS_WITH_RC4_128_SHA'],
    ['0067', 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA256'],
    ['006b', 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA256'],
    ['006d', 'TLS_DH_anon_WITH_AES_256_CBC_SHA256'],
    ['0095', 'TLS_RSA_PSK_WITH_AES_256_CBC_SHA'],
    ['009b', 'TLS_DH_anon_WITH_SEED_CBC_SHA'],
    ['009f', 'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384'],
    ['00a7', 'TLS_DH_anon_WITH_AES_256_GCM_SHA384'],
    ['00b9', 'TLS_RSA_PSK_WITH_NULL_SHA384'],
    ['00c5', 'TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256'],
    ['1303', 'TLS_CHACHA20_POLY1305_SHA256'],
    ['c009', 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA'],
    ['c019', 'TLS_ECDH_anon_WITH_AES_256_CBC_SHA'],
    ['c022', 'TLS_SRP_SHA_DSS_WITH_AES_256_CBC_SHA'],
    ['c02f', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    ['c03b', 'TLS_ECDHE_PSK_WITH_NULL_SHA384'],
    ['c04f', 'TLS_ECDH_RSA_WITH_ARIA_256_CBC_SHA384'],
    ['c063', 'TLS_ECDH_RSA_WITH_ARIA_256_GCM_SHA384'],
    ['c071', 'TLS_ECDHE_PSK_WITH_ARIA_256_CBC_SHA384'],
    ['c093', 'TLS_RSA_PSK_WITH_CAMELLIA_256_GCM_SHA384'],
    ['c09b', 'TLS_ECDHE_PSK_WITH_CAMELLIA_256_CBC_SHA384'],
    ['c0a7', 'TLS_DHE_PSK_WITH_AES_256_CCM'],
    ['c0af', 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8'],
    ['ccae', 'TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256'],
    ['d005', 'TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256'],
  ])('%s is %s', (code, name) => {
    expect(suiteName(code)).toBe(name)
  })

  it('knows groups and schemes', () => {
    expect([groupName('0017'), groupName('001d'), groupName('0029'), groupName('0100'), groupName('11ec')]).toEqual([
      'secp256r1',
      'x25519',
      'curveSM2',
      'ffdhe2048',
      'X25519MLKEM768',
    ])
    expect(schemeName('0804')).toBe('rsa_pss_rsae_sha256')
  })

  it('has nearly all of the registry', () => {
    expect(namedCounts.suites).toBeGreaterThan(350)
    expect(namedCounts.groups).toBeGreaterThan(50)
  })

  it('prints a number that has no name', () => {
    expect(shown('suite', 'e001')).toBe('suite (e001)')
    expect(shown('group', '001d')).toBe('x25519 (001d)')
    expect(shownAlert(40)).toBe('alert 40 handshake_failure')
    expect(shownAlert(99)).toBe('alert 99 alert')
  })
})
