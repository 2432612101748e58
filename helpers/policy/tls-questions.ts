import type { CodePoint } from './code-points.ts'

/**
 * One thing that a TLS listener is asked by itself, and not in a sweep of a number space: whether it speaks a version. `asks` is the kind of its
 * code points. A question judges nothing: the profile does.
 */
export type TlsQuestion = {
  id: string
  title: string
  asks: 'version'
  version: CodePoint
  codePoints: readonly CodePoint[]
}

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
]
