import { createHash, X509Certificate } from 'node:crypto'
import { toHex } from './bytes.ts'

/** The key of a server's certificate (TLS 1.2 shows it in the clear). */
export type CertificateFacts = { sha256: string; keyType: string; bits: number | undefined; curve: string | undefined }

/** Supported groups by the names that OpenSSL gives to curves. */
const groupOfCurve: ReadonlyMap<string, string> = new Map([
  ['prime256v1', '0017'],
  ['secp384r1', '0018'],
  ['secp521r1', '0019'],
  ['secp224r1', '0015'],
  ['secp256k1', '0016'],
])

/** Code point of the curve of an EC certificate, where it has one. */
export const certificateGroup = (facts: CertificateFacts | undefined): string | undefined =>
  facts?.curve === undefined ? undefined : groupOfCurve.get(facts.curve)

/** Type and size of the key in a DER certificate; `keyType` is `unreadable` for bytes that are none. */
export const readCertificate = (der: Uint8Array): CertificateFacts => {
  const sha256 = toHex(createHash('sha256').update(der).digest())
  try {
    const key = new X509Certificate(der).publicKey
    const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {}
    return { sha256, keyType: key.asymmetricKeyType ?? 'unknown', bits: modulusLength, curve: namedCurve }
  } catch (error) {
    return { sha256, keyType: `unreadable: ${error instanceof Error ? error.message : String(error)}`, bits: undefined, curve: undefined }
  }
}
