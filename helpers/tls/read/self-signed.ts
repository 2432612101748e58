import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { fromHex, fromText, join, u8 } from '../analyse/bytes.ts'

/** DER: tag, length, content (X.690, section 8.1). */
const der = (tag: number, ...parts: readonly Uint8Array[]): Uint8Array => {
  const content = join(...parts)
  if (content.length < 0x80) return join(Uint8Array.of(tag, content.length), content)
  const length = content.length.toString(16)
  const octets = fromHex(length.padStart(length.length + (length.length % 2), '0'))
  return join(Uint8Array.of(tag, 0x80 | octets.length), octets, content)
}

const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts)
const objectId = (hex: string): Uint8Array => der(0x06, fromHex(hex))
const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'))
const rsaWithSha256 = sequence(objectId('2a864886f70d01010b'), der(0x05))
const commonName = (name: string): Uint8Array => sequence(der(0x31, sequence(objectId('550403'), der(0x0c, fromText(name)))))
/** UTCTime of a day, at midnight. */
const utcTime = (date: Date): Uint8Array => der(0x17, fromText(`${date.toISOString().slice(2, 10).replaceAll('-', '')}000000Z`))

export type SelfSigned = { certificate: Uint8Array; certificatePem: string; keyPem: string; key: KeyObject }

const pem = (certificate: Uint8Array): string => {
  const lines = Buffer.from(certificate)
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n')
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`
}

/** A self-signed certificate for `localhost` and its key, for servers of our own on 127.0.0.1 (RFC 5280, section 4.1). It lives in memory only. */
export const selfSigned = (type: 'ec' | 'rsa', now = new Date()): SelfSigned => {
  const pair = type === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' }) : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = pair.privateKey
  const day = 24 * 60 * 60 * 1000
  const algorithm = type === 'ec' ? ecdsaWithSha256 : rsaWithSha256
  const body = sequence(
    der(0xa0, der(0x02, u8(2))),
    der(0x02, u8(0x10), new Uint8Array(randomBytes(15))),
    algorithm,
    commonName('localhost'),
    sequence(utcTime(new Date(now.getTime() - day)), utcTime(new Date(now.getTime() + 7 * day))),
    commonName('localhost'),
    new Uint8Array(pair.publicKey.export({ type: 'spki', format: 'der' })),
    // subjectAltName: dNSName localhost (RFC 5280, section 4.2.1.6).
    der(0xa3, sequence(sequence(objectId('551d11'), der(0x04, sequence(der(0x82, fromText('localhost'))))))),
  )
  const certificate = sequence(body, algorithm, der(0x03, u8(0), new Uint8Array(sign('sha256', body, key))))
  return { certificate, certificatePem: pem(certificate), keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(), key }
}
