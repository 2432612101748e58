import { describe, expect, it } from 'vitest'
import { namedCodePoints, schemeName, suiteName } from './code-points.ts'
import { approves, fips1403Tls, onDay, type TlsProfile } from './profiles.ts'
import { cnsa1Tls, cnsa2Tls, rhelFipsTls, sp80052Tls, tlsProfiles } from './profiles-strict.ts'
import { controls } from './tls-questions.ts'

const words = (text: string): string[] => text.trim().split(/\s+/)
const codes = (rows: readonly { code: string }[]): string[] => rows.map(({ code }) => code).toSorted()
const today = new Date('2026-11-22T00:00:00Z')

/** Suites of SP 800-52 Rev. 2 as TLS-Scanner carries them (guideline/nist.xml, 2025-07): 70 names. */
const tlsScanner = words(`
  RSA_WITH_AES_128_CCM RSA_WITH_AES_256_CCM RSA_WITH_AES_128_CCM_8 RSA_WITH_AES_256_CCM_8
  RSA_WITH_AES_128_CBC_SHA RSA_WITH_AES_256_CBC_SHA RSA_WITH_AES_128_CBC_SHA256 RSA_WITH_AES_256_CBC_SHA256
  RSA_WITH_AES_128_GCM_SHA256 RSA_WITH_AES_256_GCM_SHA384 ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
  ECDHE_ECDSA_WITH_AES_128_CCM ECDHE_ECDSA_WITH_AES_256_CCM ECDHE_ECDSA_WITH_AES_128_CCM_8 ECDHE_ECDSA_WITH_AES_256_CCM_8
  ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 ECDHE_ECDSA_WITH_AES_256_CBC_SHA384 ECDHE_ECDSA_WITH_AES_128_CBC_SHA ECDHE_ECDSA_WITH_AES_256_CBC_SHA
  ECDHE_RSA_WITH_AES_128_GCM_SHA256 ECDHE_RSA_WITH_AES_256_GCM_SHA384 DHE_RSA_WITH_AES_128_GCM_SHA256 DHE_RSA_WITH_AES_256_GCM_SHA384
  DHE_RSA_WITH_AES_128_CCM DHE_RSA_WITH_AES_256_CCM DHE_RSA_WITH_AES_128_CCM_8 DHE_RSA_WITH_AES_256_CCM_8
  ECDHE_RSA_WITH_AES_128_CBC_SHA256 ECDHE_RSA_WITH_AES_256_CBC_SHA384 DHE_RSA_WITH_AES_128_CBC_SHA256 DHE_RSA_WITH_AES_256_CBC_SHA256
  ECDHE_RSA_WITH_AES_128_CBC_SHA ECDHE_RSA_WITH_AES_256_CBC_SHA DHE_RSA_WITH_AES_128_CBC_SHA DHE_RSA_WITH_AES_256_CBC_SHA
  DHE_DSS_WITH_AES_128_GCM_SHA256 DHE_DSS_WITH_AES_256_GCM_SHA384 DHE_DSS_WITH_AES_128_CBC_SHA256 DHE_DSS_WITH_AES_256_CBC_SHA256
  DHE_DSS_WITH_AES_128_CBC_SHA DHE_DSS_WITH_AES_256_CBC_SHA DH_DSS_WITH_AES_128_GCM_SHA256 DH_DSS_WITH_AES_256_GCM_SHA384
  DH_DSS_WITH_AES_128_CBC_SHA256 DH_DSS_WITH_AES_256_CBC_SHA256 DH_DSS_WITH_AES_128_CBC_SHA DH_DSS_WITH_AES_256_CBC_SHA
  DH_RSA_WITH_AES_128_GCM_SHA256 DH_RSA_WITH_AES_256_GCM_SHA384 DH_RSA_WITH_AES_128_CBC_SHA256 DH_RSA_WITH_AES_256_CBC_SHA256
  DH_RSA_WITH_AES_128_CBC_SHA DH_RSA_WITH_AES_256_CBC_SHA ECDH_ECDSA_WITH_AES_128_GCM_SHA256 ECDH_ECDSA_WITH_AES_256_GCM_SHA384
  ECDH_ECDSA_WITH_AES_128_CBC_SHA256 ECDH_ECDSA_WITH_AES_256_CBC_SHA384 ECDH_ECDSA_WITH_AES_128_CBC_SHA ECDH_ECDSA_WITH_AES_256_CBC_SHA
  ECDH_RSA_WITH_AES_128_GCM_SHA256 ECDH_RSA_WITH_AES_256_GCM_SHA384 ECDH_RSA_WITH_AES_128_CBC_SHA256 ECDH_RSA_WITH_AES_256_CBC_SHA384
  ECDH_RSA_WITH_AES_128_CBC_SHA ECDH_RSA_WITH_AES_256_CBC_SHA AES_128_GCM_SHA256 AES_256_GCM_SHA384
  AES_128_CCM_SHA256 AES_128_CCM_8_SHA256`)

/** BoringSSL's policy fips_202205 (ssl/ssl_lib.cc): its reading of SP 800-52 Rev. 2, drawn narrowly. */
const boringssl = {
  suites: words('c02b c02f c02c c030'),
  groups: words('0017 0018'),
  schemes: words('0401 0501 0601 0403 0503 0804 0805 0806'),
}

/** Fedora crypto-policies, tests/outputs/FIPS-opensslcnf.txt of 2026-02-17, its cipher string expanded by OpenSSL 3.0.19, pre-shared keys left out. */
const fedoraOpenssl = {
  suites: words('c02c c030 c0ad c02b c02f c0ac c023 c027 c00a c014 c009 c013 009f c09f 009e c09e 006b 0067 0039 0033 1301 1302 1304'),
  groups: words('11eb 11ec 11ed 0017 0019 0018 0100 0101 0102 0103 0104'),
  schemes: words('0904 0905 0906 0403 0503 0603 0809 080a 080b 0804 0805 0806 0401 0501 0601 0303 0301'),
}

/** The same policy for GnuTLS (FIPS-gnutls.txt of 2026-02-17): key exchanges, ciphers, and groups. Its MACs leave CBC with SHA-256 out. */
const fedoraGnutls = {
  kx: words('ECDHE_RSA ECDHE_ECDSA DHE_RSA'),
  cipher: words('AES_128_GCM_SHA256 AES_256_GCM_SHA384 AES_128_CCM AES_256_CCM AES_128_CBC_SHA AES_256_CBC_SHA'),
  groups: words('11ec 11eb 11ed 0017 0019 0018 0100 0101 0102 0103 0104'),
}

/** BoringSSL's policy wpa3_192_202304, whose strength is that of CNSA 1.0. */
const wpa3 = { suites: words('c02c c030'), groups: words('0018') }

describe('profiles', () => {
  it('are there by name, dated, and say why for each row', () => {
    expect([...tlsProfiles.keys()]).toEqual(['fips-140-3', 'sp800-52r2', 'rhel-fips', 'cnsa-1', 'cnsa-2'])
    for (const profile of tlsProfiles.values()) {
      expect(profile.dated).toMatch(/^2026-\d\d-\d\d$/)
      const rows = [profile.versions, profile.suites, profile.groups, profile.schemes, profile.conditional]
      for (const row of rows.flat()) expect([row.code, row.reason.length > 2, row.source.length > 5]).toEqual([row.code, true, true])
      for (const list of rows) expect(new Set(codes(list)).size).toBe(list.length)
      for (const row of Object.values(profile.ssh).flat())
        expect([row.name, row.reason.length > 2, row.source.length > 5]).toEqual([row.name, true, true])
    }
  })

  it('approve nothing without a name, and nothing of a forbidden family', () => {
    const named = new Set(namedCodePoints.suite)
    for (const { suites, schemes, name } of tlsProfiles.values()) {
      expect([name, suites.filter(({ code }) => !named.has(code))]).toEqual([name, []])
      expect(
        suites.filter(({ code }) =>
          /NULL|EXPORT|anon|RC4|RC2|DES|IDEA|SEED|CAMELLIA|ARIA|CHACHA|GOST|KRB5|SM4|PSK|DSS|TLS_RSA_/.test(suiteName(code)),
        ),
      ).toEqual([])
      expect(schemes.filter(({ code }) => /sha1|md5|dsa_sha\d+$|brainpool|sm2/.test(schemeName(code).replace('ecdsa', 'ec')))).toEqual([])
      expect(['001d', '001e', '6399'].some((code) => approves(tlsProfiles.get(name) ?? fips1403Tls, 'group', code))).toBe(false)
    }
  })

  it('sp800-52r2 is the list of SP 800-52 Rev. 2 less RSA key transport and DSA', () => {
    expect(tlsScanner).toHaveLength(70)
    const left = tlsScanner.filter((name) => !name.startsWith('RSA_') && !name.includes('_DSS_'))
    expect(codes(sp80052Tls.suites).map(suiteName).toSorted()).toEqual(left.map((name) => `TLS_${name}`).toSorted())
    expect(sp80052Tls.mustSupport.map(({ code }) => code)).toEqual(['0303', '0304'])
  })

  it.each([fips1403Tls, sp80052Tls] as const)('$name takes all that BoringSSL takes for FIPS', (profile) => {
    expect(boringssl.suites.every((code) => approves(profile, 'suite', code, today))).toBe(true)
    expect(boringssl.groups.every((code) => approves(profile, 'group', code, today))).toBe(true)
    expect(boringssl.schemes.every((code) => approves(profile, 'scheme', code, today))).toBe(true)
  })

  it('fips-140-3 takes nothing that neither SP 800-52 Rev. 2 nor RHEL lists', () => {
    const either = new Set([...codes(sp80052Tls.suites), ...fedoraOpenssl.suites])
    expect(codes(fips1403Tls.suites).filter((code) => !either.has(code))).toEqual([])
    expect(codes(fips1403Tls.groups).every((code) => fedoraOpenssl.groups.includes(code) && approves(sp80052Tls, 'group', code))).toBe(true)
    expect(codes(fips1403Tls.schemes).every((code) => fedoraOpenssl.schemes.includes(code))).toBe(true)
  })

  it('rhel-fips is what both libraries of RHEL are told', () => {
    expect(codes(rhelFipsTls.suites)).toEqual(fedoraOpenssl.suites.toSorted())
    expect(codes(rhelFipsTls.groups)).toEqual(fedoraOpenssl.groups.toSorted())
    expect(codes(rhelFipsTls.groups)).toEqual(fedoraGnutls.groups.toSorted())
    expect(codes(rhelFipsTls.schemes)).toEqual(fedoraOpenssl.schemes.toSorted())
    const gnutls = fedoraGnutls.kx.flatMap((kx) => fedoraGnutls.cipher.map((cipher) => `TLS_${kx}_WITH_${cipher}`))
    const approvedNames = new Set(codes(rhelFipsTls.suites).map(suiteName))
    // There is no ECDHE_RSA with AES-CCM.
    expect(gnutls.filter((name) => !approvedNames.has(name))).toEqual(['TLS_ECDHE_RSA_WITH_AES_128_CCM', 'TLS_ECDHE_RSA_WITH_AES_256_CCM'])
  })

  it('cnsa-1 takes what has 192 bits, and cnsa-2 the one combination of TLS 1.3', () => {
    expect(wpa3.suites.every((code) => approves(cnsa1Tls, 'suite', code))).toBe(true)
    expect(wpa3.groups.every((code) => approves(cnsa1Tls, 'group', code))).toBe(true)
    expect(codes(cnsa1Tls.suites).every((code) => suiteName(code).endsWith('AES_256_GCM_SHA384'))).toBe(true)
    expect(approves(cnsa1Tls, 'group', '0017')).toBe(false)
    expect([cnsa2Tls.versions, cnsa2Tls.suites, cnsa2Tls.groups, cnsa2Tls.schemes].map(codes)).toEqual([
      ['0304'],
      ['1302'],
      ['0202'],
      ['0906'],
    ])
  })

  it('share the controls of the questions, but for CNSA', () => {
    for (const profile of [fips1403Tls, sp80052Tls, rhelFipsTls]) {
      expect([...controls.tls12Suites, ...controls.tls13Suites].every((code) => approves(profile, 'suite', code, today))).toBe(true)
      expect(controls.groups.every((code) => approves(profile, 'group', code, today))).toBe(true)
    }
  })

  it('end when they say so: SHA-1 in HMAC after 2030', () => {
    const later = new Date('2031-01-01T00:00:00Z')
    expect(approves(rhelFipsTls, 'suite', 'c013', new Date('2030-12-31T23:59:59Z'))).toBe(true)
    expect(approves(rhelFipsTls, 'suite', 'c013', later)).toBe(false)
    expect(onDay(fips1403Tls.ssh.mac, later).some(({ name }) => name.startsWith('hmac-sha1'))).toBe(false)
  })
})

describe('ssh lists', () => {
  /** FIPS-opensshserver.txt of crypto-policies, 2026-02-17. */
  const sshd: Record<'kex' | 'cipher' | 'mac' | 'hostkey', string[]> = {
    cipher: 'aes256-gcm@openssh.com,aes256-ctr,aes128-gcm@openssh.com,aes128-ctr'.split(','),
    mac: 'hmac-sha2-256-etm@openssh.com,hmac-sha1-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha1,hmac-sha2-512'.split(
      ',',
    ),
    kex: 'mlkem768nistp256-sha256,mlkem1024nistp384-sha384,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512'.split(
      ',',
    ),
    hostkey: [256, 384, 521]
      .flatMap((size) => [`ecdsa-sha2-nistp${size}`, `ecdsa-sha2-nistp${size}-cert-v01@openssh.com`])
      .concat([256, 512].flatMap((size) => [`rsa-sha2-${size}`, `rsa-sha2-${size}-cert-v01@openssh.com`])),
  }
  const names = (profile: TlsProfile, field: keyof typeof sshd): string[] => profile.ssh[field].map(({ name }) => name)

  it.each(['kex', 'cipher', 'mac', 'hostkey'] as const)('%s: RHEL’s are its list, and the default has them all', (field) => {
    expect(names(rhelFipsTls, field).toSorted()).toEqual(sshd[field].toSorted())
    expect(sshd[field].filter((name) => !names(fips1403Tls, field).includes(name))).toEqual([])
  })

  it('have nothing that is forbidden anywhere', () => {
    for (const profile of tlsProfiles.values()) {
      const all = Object.values(profile.ssh).flatMap((rows) => rows.map(({ name }) => name))
      expect(
        all.filter((name) =>
          /25519|448|chacha|umac|md5|ripemd|3des|arcfour|blowfish|cast|dss|^ssh-rsa|group1-|-sha1$(?<!hmac-sha1)/.test(name),
        ),
      ).toEqual([])
    }
  })
})
