import { constants, type KeyObject, sign } from 'node:crypto'
import { Cursor, ShortRead } from '../analyse/bytes.ts'

/**
 * What a prober shows to a listener that wants a client certificate. It lives in memory only: of it nothing but the SHA-256 of the first certificate
 * is ever stored.
 */
export type ClientCertificate = {
  /** DER, the client's own first, then the chain. */
  certificates: readonly Uint8Array[]
  /** The private key of the first. */
  key: KeyObject
}

type Scheme = { code: string; keyType: string; curve?: string; hash: string | null; pss?: boolean }

/** What a client signs with, in its order of preference: approved schemes (FIPS 186-5), then Ed25519 for keys that have no other. */
const schemes: readonly Scheme[] = [
  { code: '0403', keyType: 'ec', curve: 'prime256v1', hash: 'sha256' },
  { code: '0503', keyType: 'ec', curve: 'secp384r1', hash: 'sha384' },
  { code: '0603', keyType: 'ec', curve: 'secp521r1', hash: 'sha512' },
  { code: '0804', keyType: 'rsa', hash: 'sha256', pss: true },
  { code: '0805', keyType: 'rsa', hash: 'sha384', pss: true },
  { code: '0806', keyType: 'rsa', hash: 'sha512', pss: true },
  { code: '0401', keyType: 'rsa', hash: 'sha256' },
  { code: '0501', keyType: 'rsa', hash: 'sha384' },
  { code: '0601', keyType: 'rsa', hash: 'sha512' },
  { code: '0807', keyType: 'ed25519', hash: null },
]

/** Schemes that a CertificateRequest of TLS 1.2 lists (RFC 5246, section 7.4.4); none for a body that cannot be read. */
export const schemesRequested = (body: Uint8Array): string[] => {
  try {
    const cursor = new Cursor(body)
    cursor.vector(1)
    return cursor.vector(2).list16()
  } catch (error) {
    if (error instanceof ShortRead) return []
    throw error
  }
}

/** `handshake` signed for CertificateVerify with a scheme that both sides know; undefined where there is none. PKCS #1 v1.5 is of TLS 1.2 alone. */
export const signHandshake = (
  { key }: ClientCertificate,
  requested: readonly string[],
  handshake: Uint8Array,
  version: '0303' | '0304',
): { scheme: string; signature: Uint8Array } | undefined => {
  const curve = key.asymmetricKeyDetails?.namedCurve
  const scheme = schemes.find(
    (one) =>
      one.keyType === key.asymmetricKeyType &&
      requested.includes(one.code) &&
      (one.curve === undefined || one.curve === curve) &&
      (version === '0303' || one.keyType !== 'rsa' || one.pss === true),
  )
  if (scheme === undefined) return undefined
  const padding = scheme.pss ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
  return { scheme: scheme.code, signature: new Uint8Array(sign(scheme.hash, handshake, { key, ...padding })) }
}
