import { namedCodePoints, suiteName } from '../../policy/code-points.ts'
import { controls, everyGroup, everySuite } from '../../policy/tls-questions.ts'
import { fromHex, u16, vector16 } from './bytes.ts'
import type { ClientHelloSpec } from './client-hello.ts'
import { type HelloSeed, tls12Hello, tls13Hello, versionHello } from './hello-forms.ts'

/** Which certificate a TLS 1.2 hello lets the server choose, by the signature schemes that it lists. */
export type CertificateType = 'any' | 'rsa' | 'ecdsa'

/** RSA, and DSA with it: a server has either. */
const rsaSchemes = '0804 0805 0806 0809 080a 080b 0401 0501 0601 0301 0201 0101 0402 0502 0602 0302 0202'.split(' ')
/** ECDSA, and EdDSA with it: they serve the same suites (RFC 8422, section 5.10). */
const ecdsaSchemes = '0403 0503 0603 0303 0203 0103 0807 0808 081a 081b 081c 0708'.split(' ')
const schemesOf: Readonly<Record<CertificateType, readonly string[]>> = {
  any: [...ecdsaSchemes, ...rsaSchemes],
  rsa: rsaSchemes,
  ecdsa: ecdsaSchemes,
}

/** The certificate type that the schemes of a hello stand for. */
export const certificateTypeOf = (schemes: readonly string[]): CertificateType => {
  const within = (type: CertificateType): boolean => schemes.length > 0 && schemes.every((scheme) => schemesOf[type].includes(scheme))
  return within('rsa') ? 'rsa' : within('ecdsa') ? 'ecdsa' : 'any'
}

/** Whether a hello of a sweep over suites leaves the choice of the certificate to the server: it lists the schemes of every type. */
export const leavesChoice = (schemes: readonly string[]): boolean =>
  schemes.length === schemesOf.any.length && schemesOf.any.every((scheme) => schemes.includes(scheme))

/** The certificate type of a key as node names it. */
export const typeOfKey = (keyType: string): CertificateType =>
  keyType.startsWith('rsa') || keyType === 'dsa' ? 'rsa' : ['ec', 'ed25519', 'ed448'].includes(keyType) ? 'ecdsa' : 'any'

const beyondFixedGroups = (groups: readonly string[]): string[] => [...new Set([...everyGroup, ...groups])]

/** Suites whose key exchange the server signs, so that it names group and scheme: the common ones first, then all that have a name. */
const signedSuites = [
  ...new Set([...everySuite, ...namedCodePoints.suite].filter((code) => /^TLS_(EC)?DHE_(RSA|ECDSA|DSS)_WITH_/.test(suiteName(code)))),
]
/** Those of them with an elliptic curve: a server without a common group cannot fall back on another exchange. */
const curveSuites = signedSuites.filter((code) => suiteName(code).startsWith('TLS_ECDHE_'))

/** The type of certificate that serves a suite whose key exchange is signed. */
export const suiteType = (code: string): CertificateType => (suiteName(code).includes('_ECDSA_') ? 'ecdsa' : 'rsa')

const atVersion = (spec: ClientHelloSpec, version: string): ClientHelloSpec => {
  const { recordVersion, legacyVersion, supportedVersions } = versionHello(version, {
    random: '',
    sessionId: '',
    sni: null,
    shares: new Map(),
  })
  return { ...spec, recordVersion, legacyVersion, supportedVersions }
}

/** Hellos of the sweeps; `list` is code points and ranges. All fields but the one asked about stay the same from hello to hello. */
export const sweepForms = (seed: HelloSeed) => ({
  /** Suites of TLS 1.2 or older, for one certificate type. */
  suites: (version: string, type: CertificateType, groups: readonly string[], list: readonly string[]): ClientHelloSpec => ({
    ...atVersion(tls12Hello(seed, { groups: beyondFixedGroups(groups) }), version),
    signatureSchemes: [...schemesOf[type]],
    suites: [...list],
  }),
  /** Suites of TLS 1.3 with one group and its share. */
  suites13: (group: string, list: readonly string[]): ClientHelloSpec => ({ ...tls13Hello(seed, { groups: [group] }), suites: [...list] }),
  /** Groups of TLS 1.3 without a share: the server names one in a HelloRetryRequest, and gets its share then. */
  groups13: (suites: readonly string[], list: readonly string[]): ClientHelloSpec => ({
    ...tls13Hello(seed, { suites: [...new Set([...controls.tls13Suites, ...suites])], shared: [] }),
    groups: [...list],
  }),
  /** Groups of TLS 1.2, with ECDHE suites only, for one certificate type: RSA depends on no curve of its own. */
  groups12: (type: CertificateType, list: readonly string[]): ClientHelloSpec => ({
    ...tls12Hello(seed, { suites: curveSuites }),
    signatureSchemes: [...schemesOf[type]],
    groups: [...list],
  }),
  /** Signature schemes of TLS 1.2, which ServerKeyExchange names; with suites that one type of certificate serves, or with all. */
  schemes: (type: CertificateType, groups: readonly string[], list: readonly string[]): ClientHelloSpec => ({
    ...tls12Hello(seed, {
      suites: signedSuites.filter((code) => type === 'any' || suiteType(code) === type),
      groups: beyondFixedGroups(groups),
    }),
    signatureSchemes: [...list],
  }),
  /** A client that says that it fell back to TLS 1.2 (RFC 7507). */
  fallback: (): ClientHelloSpec => ({ ...tls12Hello(seed), suites: [...everySuite.filter((code) => !code.startsWith('13')), '5600'] }),
  /** TLS 1.2 for a whole key exchange, with or without the extended master secret; deflate stands before null, for a server that compresses (RFC 3749). */
  keyExchange: (extendedMasterSecret: boolean): ClientHelloSpec => ({ ...tls12Hello(seed), extendedMasterSecret, compressions: '0100' }),
})

/** Cipher kinds of SSL 2.0 (draft-hickman-netscape-ssl-00, section C.4). */
const sslv2Kinds = '010080 020080 030080 040080 050080 060040 0700c0 080080'.split(' ')

/** A CLIENT-HELLO in the format of SSL 2.0 that offers SSL 2.0 and its cipher kinds (draft-hickman-netscape-ssl-00, section 5.5.1). */
export const sslv2Hello = (challenge: string): Uint8Array => {
  const kinds = fromHex(sslv2Kinds.join(''))
  const octets = fromHex(challenge).subarray(0, 16)
  const framed = vector16(Uint8Array.of(1, 0, 2), u16(kinds.length), u16(0), u16(octets.length), kinds, octets)
  framed[0] = (framed[0] ?? 0) | 0x80
  return framed
}

/** How a listener answered the SSL 2.0 hello: a SERVER-HELLO of SSL 2.0 (draft-hickman-netscape-ssl-00, section 5.6.1) is its acceptance. */
export const readsSslv2 = (received: Uint8Array): boolean => received.length >= 11 && ((received[0] ?? 0) & 0x80) !== 0 && received[2] === 4
