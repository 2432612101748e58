import { describe, expect, it } from 'vitest'
import { groupName, schemeName, suiteName } from './code-points.ts'
import { cnsa2Ssh, cnsaSsh, cnsaSshSizes, type SshField } from './profile-ssh.ts'
import type { TlsProfile } from './profiles.ts'
import { cnsa1Tls, cnsa2Tls } from './profiles-strict.ts'

// Each profile beside what two other readers made of the same documents. Where they differ, the difference stands here with its reason.

const words = (text: string): string[] => text.trim().split(/\s+/)
const sorted = (list: readonly string[]): string[] => list.toSorted()

/** A profile by names, as its sources write them. */
const named = ({ versions, suites, groups, schemes }: TlsProfile) => ({
  versions: sorted(versions.map(({ code }) => code)),
  suites: sorted(suites.map(({ code }) => suiteName(code))),
  groups: sorted(groups.map(({ code }) => groupName(code).toLowerCase())),
  schemes: sorted(schemes.map(({ code }) => schemeName(code))),
})

/** RFC 9151 of April 2022: sections 6 and 7 (suites), 5.1 and 5.3 (groups), 6.2 and 7.1 (signature_algorithms), 5 (versions). */
const rfc9151 = {
  versions: ['0303', '0304'],
  suites: words(`
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 TLS_RSA_WITH_AES_256_GCM_SHA384
    TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 TLS_AES_256_GCM_SHA384`),
  groups: words('secp384r1 ffdhe3072 ffdhe4096'),
  schemes: words('ecdsa_secp384r1_sha384 rsa_pkcs1_sha384 rsa_pss_pss_sha384 rsa_pss_rsae_sha384'),
}

/** s2n-tls of 2026-08-07: security policy 20250429, «derived from» RFC 9151 (tls/s2n_security_policies.c and the lists that it names). It has no FFDHE groups by name. */
const s2nRfc9151 = {
  suites: words(`
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 TLS_RSA_WITH_AES_256_GCM_SHA384
    TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 TLS_AES_256_GCM_SHA384`),
  groups: words('secp384r1'),
  schemes: words('ecdsa_secp384r1_sha384 rsa_pss_pss_sha384 rsa_pss_rsae_sha384 rsa_pkcs1_sha384'),
}

/** The same library's policy cnsa_1 (20251013): RFC 9151 less RSA key transport, «to allow for perfect forward secrecy», and less DHE, whose parameters may be badly set. */
const s2nCnsa1 = {
  suites: words('TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 TLS_AES_256_GCM_SHA384'),
  groups: words('secp384r1'),
}

/** BoringSSL of 2026-08-21: policy cnsa1_202603, which «approximates» RFC 9151 (ssl/ssl_lib.cc; for TLS 1.3 ssl/s3_both.cc). */
const boringsslCnsa1 = {
  suites: words(`
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 TLS_RSA_WITH_AES_256_GCM_SHA384 TLS_AES_256_GCM_SHA384`),
  groups: words('mlkem1024 secp384r1'),
  schemes: words('ecdsa_secp384r1_sha384 rsa_pss_rsae_sha384 rsa_pkcs1_sha384'),
}

/** s2n-tls of 2026-08-07: security policy cnsa_2 (20260219), «strict CNSA 2.0», of draft-becker-cnsa2-tls-profile. */
const s2nCnsa2 = { versions: ['0304'], suites: words('TLS_AES_256_GCM_SHA384'), groups: words('mlkem1024'), schemes: words('mldsa87') }

/** IronCrypto's registry of profiles, CNSA_2_0: read on 2026-10-08 from revision 05 of the draft, section 4, and from draft-jenkins-cnsa2-pkix-profile-05, section 3. */
const ironCryptoCnsa2 = { keyEstablishment: 'ML-KEM-1024', signature: 'ML-DSA-87', encryption: 'AES-256-GCM', hash: 'SHA-384' }

/** BoringSSL of 2026-08-21: policy cnsa2_202603, which «approximates» the same draft. */
const boringsslCnsa2 = {
  versions: ['0304'],
  suites: words('TLS_AES_256_GCM_SHA384'),
  groups: words('mlkem1024'),
  schemes: words('ecdsa_secp384r1_sha384 rsa_pss_rsae_sha384 rsa_pkcs1_sha384'),
}

const keyTransport = 'TLS_RSA_WITH_AES_256_GCM_SHA384'
const without = (list: readonly string[], ...names: string[]): string[] => sorted(list.filter((name) => !names.includes(name)))

describe('cnsa-1', () => {
  const profile = named(cnsa1Tls)

  it('is the list of RFC 9151 less RSA key transport', () => {
    expect(rfc9151.suites).toContain(keyTransport)
    expect(profile.suites).toEqual(without(rfc9151.suites, keyTransport))
    expect(profile.versions).toEqual(rfc9151.versions)
    expect(profile.groups).toEqual(sorted(rfc9151.groups))
    expect(profile.schemes).toEqual(sorted(rfc9151.schemes))
  })

  it('is what s2n-tls made of the same document', () => {
    expect(sorted(s2nRfc9151.suites)).toEqual(sorted([...profile.suites, keyTransport]))
    expect(sorted(s2nRfc9151.schemes)).toEqual(profile.schemes)
    expect(without(profile.groups, 'ffdhe3072', 'ffdhe4096')).toEqual(s2nRfc9151.groups)
    expect(sorted(s2nCnsa1.suites)).toEqual(without(profile.suites, 'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384'))
    expect(s2nCnsa1.groups.filter((name) => !profile.groups.includes(name))).toEqual([])
  })

  it('takes what BoringSSL takes, but for RSA key transport and for ML-KEM-1024, which RFC 9151 does not name', () => {
    expect(boringsslCnsa1.suites.filter((name) => !profile.suites.includes(name))).toEqual([keyTransport])
    expect(boringsslCnsa1.groups.filter((name) => !profile.groups.includes(name))).toEqual(['mlkem1024'])
    expect(boringsslCnsa1.schemes.filter((name) => !profile.schemes.includes(name))).toEqual([])
    expect(rfc9151.groups).not.toContain('mlkem1024')
  })
})

describe('cnsa-2', () => {
  const profile = named(cnsa2Tls)

  it('is what s2n-tls made of the draft', () => {
    expect(profile).toEqual(s2nCnsa2)
  })

  it('is what others read in the draft', () => {
    const plain = (name: string): string => name.toUpperCase().replaceAll(/[-_]/g, '')
    const { keyEstablishment, signature, encryption, hash } = ironCryptoCnsa2
    expect(profile.groups.map(plain)).toEqual([plain(keyEstablishment)])
    expect(profile.schemes.map(plain)).toEqual([plain(signature)])
    expect(profile.suites.map(plain)).toEqual([plain(`TLS_${encryption}_${hash}`)])
  })

  it('is what BoringSSL made of the draft, but for signatures: its policy keeps those of CNSA 1.0, of which the draft names none', () => {
    expect({ ...boringsslCnsa2, schemes: profile.schemes }).toEqual(profile)
    expect(sorted(boringsslCnsa2.schemes)).toEqual(sorted(boringsslCnsa1.schemes))
    expect(boringsslCnsa2.schemes.filter((name) => profile.schemes.includes(name))).toEqual([])
  })

  it('has nothing in common with cnsa-1 but AES-256-GCM in TLS 1.3', () => {
    const first = named(cnsa1Tls)
    const shared = (['versions', 'suites', 'groups', 'schemes'] as const).map((field) =>
      profile[field].filter((name) => first[field].includes(name)),
    )
    expect(shared).toEqual([['0304'], ['TLS_AES_256_GCM_SHA384'], [], []])
  })
})

describe('cnsa in SSH', () => {
  const names = (list: typeof cnsaSsh): Record<SshField, string[]> => ({
    kex: sorted(list.kex.map(({ name }) => name)),
    hostkey: sorted(list.hostkey.map(({ name }) => name)),
    cipher: sorted(list.cipher.map(({ name }) => name)),
    mac: sorted(list.mac.map(({ name }) => name)),
  })

  /** RFC 9212 of March 2022, sections 4, 5 and 7.1. With aes256-gcm@openssh.com there is no MAC. */
  const rfc9212 = {
    kex: words('diffie-hellman-group15-sha512 diffie-hellman-group16-sha512 ecdh-sha2-nistp384'),
    hostkey: words('ecdsa-sha2-nistp384 rsa-sha2-512'),
    cipher: words('AEAD_AES_256_GCM aes256-gcm@openssh.com'),
    mac: words('AEAD_AES_256_GCM'),
    rsaBits: [3072, 4096],
  }

  it('cnsa-1 is the list of RFC 9212', () => {
    const { rsaBits, ...lists } = rfc9212
    expect(names(cnsaSsh)).toEqual(lists)
    expect(cnsaSshSizes.rsaBits).toBe(Math.min(...rsaBits))
  })

  it('cnsa-2 takes the largest of ML-KEM and ML-DSA alone, by the names of their drafts', () => {
    // draft-harrison-sshm-mlkem-01 of 2025-05-21, section 3.2; draft-sfluhrer-ssh-mldsa of 2026-04-30, Public Key Algorithms.
    const drafts = {
      kex: words('mlkem512-sha256 mlkem768-sha256 mlkem1024-sha384'),
      hostkey: words('ssh-mldsa-44 ssh-mldsa-65 ssh-mldsa-87'),
    }
    const { kex, hostkey, cipher, mac } = names(cnsa2Ssh)
    expect([kex, hostkey]).toEqual([drafts.kex.slice(-1), drafts.hostkey.slice(-1)])
    expect([cipher, mac]).toEqual([rfc9212.cipher, rfc9212.mac])
  })
})
