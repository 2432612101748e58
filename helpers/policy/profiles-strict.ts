import { cnsa2Ssh, cnsaSsh, cnsaSshSizes, fipsSsh, rhelSsh } from './profile-ssh.ts'
import { approve, approvedSchemes, fips1403Tls, type TlsProfile } from './profiles.ts'

const section = 'SP 800-52 Rev. 2, section 3.3.1'
const both = [...approve('0303 0304', 'required of government-only servers', 'SP 800-52 Rev. 2, section 3.1')]
const sha1Until = '2031-01-01'

/**
 * SP 800-52 Rev. 2 for government-only servers. Of its 70 suites those with RSA key transport (disallowed after 2023-12-31) and with DSA (withdrawn 2024-02-03)
 * are no longer approved; 44 are left. It alone says what a server must support.
 */
export const sp80052Tls: TlsProfile = {
  ...fips1403Tls,
  name: 'sp800-52r2',
  suites: [
    ...approve('1301 1302 1304 1305', 'suites of TLS 1.3 with AES', section),
    ...approve('c02b c02c c02f c030 009e 009f', 'ephemeral key exchange with AES-GCM', section),
    ...approve('c0ac c0ad c0ae c0af c09e c09f c0a2 c0a3', 'ephemeral key exchange with AES-CCM', section),
    ...approve(
      'c023 c024 c027 c028 0067 006b',
      'AES-CBC with SHA-2; encrypt-then-MAC must be supported with it',
      `${section}; section 3.4.2.10`,
    ),
    ...approve('c009 c00a c013 c014 0033 0039', 'AES-CBC with HMAC-SHA-1; encrypt-then-MAC must be supported with it', section, sha1Until),
    ...approve('00a0 00a1 003f 0069 c02d c02e c025 c026 c031 c032 c029 c02a', 'static DH or ECDH: listed, discouraged', section),
    ...approve('0031 0037 c004 c005 c00e c00f', 'static DH or ECDH with HMAC-SHA-1: listed, discouraged', section, sha1Until),
  ],
  groups: [
    ...fips1403Tls.groups,
    ...approve('0015', 'P-224, 112 bits', 'SP 800-56A Rev. 3, appendix D'),
    ...approve(
      '0006 0007 0009 000a 000b 000c 000d 000e',
      'binary curves of at least 233 bits, deprecated',
      'SP 800-56A Rev. 3, appendix D; SP 800-186',
    ),
  ],
  extendedMasterSecret: {
    required: false,
    reason: 'a server must support the extension; refusing clients without it is not asked for',
    source: 'SP 800-52 Rev. 2, section 3.4.1',
  },
  mustSupport: both,
  ssh: fipsSsh,
}

/** The FIPS policy of RHEL and Fedora for OpenSSL, read from crypto-policies of 2026-02-17; suites with a pre-shared key are left out. */
export const rhelFipsTls: TlsProfile = {
  ...fips1403Tls,
  name: 'rhel-fips',
  dated: '2026-02-17',
  suites: [
    ...approve('1301 1302 1304', 'Ciphersuites', 'crypto-policies FIPS, OpenSSL'),
    ...approve('c02b c02c c02f c030 009e 009f c0ac c0ad c09e c09f', 'AES-GCM and AES-CCM with a full tag', 'crypto-policies FIPS, OpenSSL'),
    ...approve('c023 c027 0067 006b', 'AES-CBC with SHA-256', 'crypto-policies FIPS, OpenSSL'),
    ...approve('c009 c00a c013 c014 0033 0039', 'AES-CBC with HMAC-SHA-1', 'crypto-policies FIPS, OpenSSL', sha1Until),
  ],
  groups: [...fips1403Tls.groups, ...approve('11ec 11eb 11ed', 'hybrids with ML-KEM', 'crypto-policies FIPS, Groups')],
  schemes: [...approvedSchemes, ...approve('0904 0905 0906', 'ML-DSA', 'crypto-policies FIPS, SignatureAlgorithms; FIPS 204')],
  conditional: [],
  extendedMasterSecret: { required: true, reason: '__ems is ENFORCE', source: 'crypto-policies FIPS; tls1-prf-ems-check = 1' },
  ssh: rhelSsh,
}

/**
 * CNSA Suite 1.0 for TLS (RFC 9151), without RSA key transport, which it lists and SP 800-131A has ended. The extended master secret, which it recommends,
 * is required as everywhere that a module of FIPS 140-3 is.
 */
export const cnsa1Tls: TlsProfile = {
  ...fips1403Tls,
  name: 'cnsa-1',
  dated: '2026-11-23',
  versions: approve('0303 0304', 'either, and nothing before', 'RFC 9151, section 5'),
  suites: [
    ...approve('1302', 'AES-256-GCM with SHA-384', 'RFC 9151, section 7'),
    ...approve('c02c c030 009f', 'ephemeral key exchange with AES-256-GCM and SHA-384', 'RFC 9151, section 6'),
  ],
  groups: [
    ...approve('0018', 'P-384', 'RFC 9151, section 5.1'),
    ...approve('0101 0102', 'ffdhe3072 and ffdhe4096', 'RFC 9151, section 5.3'),
  ],
  schemes: [
    ...approve('0503', 'ECDSA on P-384 with SHA-384', 'RFC 9151, sections 6.2 and 7.1'),
    ...approve('0805 080a', 'RSA-PSS with SHA-384; its key of 3072 or 4096 bits', 'RFC 9151, sections 5.2, 6.2 and 7.1'),
    ...approve('0501', 'RSA PKCS #1 v1.5 with SHA-384, in TLS 1.2; its key of 3072 or 4096 bits', 'RFC 9151, sections 5.2 and 6.2'),
  ],
  conditional: [],
  ssh: cnsaSsh,
  sshSizes: cnsaSshSizes,
}

/** CNSA Suite 2.0 for TLS 1.3 (draft-becker-cnsa2-tls-profile-03, 2026-04-01): ML-KEM-1024 alone, ML-DSA-87. */
export const cnsa2Tls: TlsProfile = {
  ...fips1403Tls,
  name: 'cnsa-2',
  dated: '2026-11-23',
  versions: approve('0304', 'the only version of the profile', 'draft-becker-cnsa2-tls-profile-03'),
  suites: approve('1302', 'AES-256-GCM with SHA-384', 'draft-becker-cnsa2-tls-profile-03'),
  groups: approve('0202', 'ML-KEM-1024', 'draft-becker-cnsa2-tls-profile-03; FIPS 203'),
  schemes: approve('0906', 'ML-DSA-87', 'draft-becker-cnsa2-tls-profile-03; FIPS 204'),
  conditional: [],
  ssh: cnsa2Ssh,
  sshSizes: cnsaSshSizes,
}

/** Every profile by its name; the default is `fips-140-3`. */
export const tlsProfiles: ReadonlyMap<string, TlsProfile> = new Map(
  [fips1403Tls, sp80052Tls, rhelFipsTls, cnsa1Tls, cnsa2Tls].map((profile) => [profile.name, profile] as const),
)
