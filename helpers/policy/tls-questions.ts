import type { CodePoint } from './code-points.ts'

/**
 * One thing that a TLS listener is asked. `codePoints` travel together in one hello; what the server picks is removed and the rest is asked again.
 * `asks` names the field of the hello in which question and twin control differ; `version` is the protocol version in which the question is put
 * (for a version question the version itself). A question judges nothing: the profile does.
 */
export type TlsQuestion = {
  id: string
  title: string
  block: TlsBlock
  asks: 'version' | 'suite' | 'group'
  version: CodePoint
  codePoints: readonly CodePoint[]
}

/** Questions of a block share their controls. */
export type TlsBlock = 'versions' | 'tls12' | 'tls13'

/** What a control offers: approved under every profile, and served by every implementation in FIPS mode (SP 800-52 Rev. 2; Go's crypto/tls/fipsonly). */
export const controls = {
  version: ['0304', '0303'],
  tls12Suites: ['c02b', 'c02c', 'c02f', 'c030'],
  tls13Suites: ['1301', '1302'],
  groups: ['0017', '0018', '0019'],
} as const

const codes = (text: string): CodePoint[] => text.trim().split(/\s+/)

const chaCha20Tls12 = codes('cca8 cca9 ccaa')

/** AES-CBC with an ephemeral key exchange: what servers of the last twenty years have on by default. */
const cbc = codes('c009 c00a c013 c014 c023 c024 c027 c028 0033 0039 0067 006b 0032 0038 0040 006a')

/** RSA key transport with AES (GCM, CBC, CCM), disallowed after 2023-12-31 (SP 800-131A Rev. 2). */
const rsaKeyTransport = codes('009c 009d 002f 0035 003c 003d c09c c09d c0a0 c0a1')

/** Families without strength: NULL, export, anonymous, RC4, RC2, DES, 3DES. */
const weak = codes(`
  0001 0002 003b c001 c006 c00b c010 c015
  0003 0006 0008 000b 000e 0011 0014 0017 0019 0060 0061 0062 0063 0064 0065
  0018 001a 001b 0034 003a 006c 006d 00a6 00a7 c016 c017 c018 c019
  0004 0005 0066 c002 c007 c00c c011 0007 0009 000c 000f 0012 0015
  000a 000d 0010 0013 0016 c003 c008 c00d c012`)

/** What the hellos of the version questions offer: everything that some server of that version may want, unapproved first. */
export const everySuite: readonly CodePoint[] = [
  ...codes('1303 1301 1302'),
  ...chaCha20Tls12,
  ...controls.tls12Suites,
  ...codes('009e 009f c0ac c0ad'),
  ...cbc,
  ...rsaKeyTransport,
  ...codes('c012 c008 0016 000a c011 c007 0005 0004'),
]
export const everyGroup: readonly CodePoint[] = ['001d', ...controls.groups]

const versionQuestion = (version: CodePoint, title: string): TlsQuestion => ({
  id: `version-${version}`,
  title,
  block: 'versions',
  asks: 'version',
  version,
  codePoints: [version],
})

/** In the order in which they are put. TLS 1.3 comes first: it is also the hello that tells whether a listener speaks TLS at all. */
export const tlsQuestions: readonly TlsQuestion[] = [
  versionQuestion('0304', 'TLS 1.3'),
  versionQuestion('0303', 'TLS 1.2'),
  versionQuestion('0300', 'SSL 3.0'),
  versionQuestion('0301', 'TLS 1.0'),
  versionQuestion('0302', 'TLS 1.1'),
  {
    id: 'tls12-approved',
    title: 'ECDHE with AES-GCM in TLS 1.2',
    block: 'tls12',
    asks: 'suite',
    version: '0303',
    codePoints: controls.tls12Suites,
  },
  {
    id: 'tls12-chacha20',
    title: 'ChaCha20-Poly1305 in TLS 1.2',
    block: 'tls12',
    asks: 'suite',
    version: '0303',
    codePoints: chaCha20Tls12,
  },
  {
    id: 'tls12-cbc',
    title: 'ephemeral key exchange with AES-CBC in TLS 1.2',
    block: 'tls12',
    asks: 'suite',
    version: '0303',
    codePoints: cbc,
  },
  { id: 'tls12-rsa', title: 'RSA key transport in TLS 1.2', block: 'tls12', asks: 'suite', version: '0303', codePoints: rsaKeyTransport },
  {
    id: 'tls12-weak',
    title: 'NULL, export, anonymous, RC4, DES and 3DES suites',
    block: 'tls12',
    asks: 'suite',
    version: '0303',
    codePoints: weak,
  },
  { id: 'tls12-x25519', title: 'x25519 in TLS 1.2', block: 'tls12', asks: 'group', version: '0303', codePoints: ['001d'] },
  { id: 'tls13-approved', title: 'AES-GCM in TLS 1.3', block: 'tls13', asks: 'suite', version: '0304', codePoints: controls.tls13Suites },
  { id: 'tls13-chacha20', title: 'ChaCha20-Poly1305 in TLS 1.3', block: 'tls13', asks: 'suite', version: '0304', codePoints: ['1303'] },
  { id: 'tls13-ccm', title: 'AES-CCM in TLS 1.3', block: 'tls13', asks: 'suite', version: '0304', codePoints: ['1304', '1305'] },
  { id: 'tls13-x25519', title: 'x25519 in TLS 1.3', block: 'tls13', asks: 'group', version: '0304', codePoints: ['001d'] },
  {
    id: 'tls13-hybrids',
    title: 'post-quantum groups in TLS 1.3',
    block: 'tls13',
    asks: 'group',
    version: '0304',
    codePoints: ['6399', '11ec', '11eb', '11ed', '0201', '0202'],
  },
  {
    id: 'tls13-groups',
    title: 'P-256, P-384 and P-521 in TLS 1.3',
    block: 'tls13',
    asks: 'group',
    version: '0304',
    codePoints: controls.groups,
  },
]
