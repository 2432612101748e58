import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import { fromText, join, u8, u16, vector8, vector16 } from './bytes.ts'

/** What a suite of TLS 1.3 needs for its keys (RFC 8446, section B.4). */
export type Suite13 = { hash: 'sha256' | 'sha384'; cipher: 'aes-128-gcm' | 'aes-256-gcm'; keyLength: 16 | 32; hashLength: 32 | 48 }

const suites: ReadonlyMap<string, Suite13> = new Map([
  ['1301', { hash: 'sha256', cipher: 'aes-128-gcm', keyLength: 16, hashLength: 32 }],
  ['1302', { hash: 'sha384', cipher: 'aes-256-gcm', keyLength: 32, hashLength: 48 }],
])

/** Undefined for suites without AES-GCM. */
export const suite13 = (code: string): Suite13 | undefined => suites.get(code)

const hmac13 = (hash: string, key: Uint8Array, data: Uint8Array): Uint8Array => new Uint8Array(createHmac(hash, key).update(data).digest())
export const digest13 = (hash: string, data: Uint8Array): Uint8Array => new Uint8Array(createHash(hash).update(data).digest())

/** HKDF-Expand-Label (RFC 8446, section 7.1; RFC 5869, section 2.3). */
export const expandLabel = ({ hash }: Suite13, secret: Uint8Array, label: string, context: Uint8Array, length: number): Uint8Array => {
  const info = join(u16(length), vector8(fromText(`tls13 ${label}`)), vector8(context))
  const blocks: Uint8Array[] = []
  let block: Uint8Array = new Uint8Array()
  for (let made = 0; made < length; made += block.length) {
    block = hmac13(hash, secret, join(block, info, u8(blocks.length + 1)))
    blocks.push(block)
  }
  return join(...blocks).subarray(0, length)
}

/** Traffic secrets of both sides (RFC 8446, section 7.1). */
export type HandshakeSecrets = { client: Uint8Array; server: Uint8Array; next: Uint8Array }

const derive = (suite: Suite13, secret: Uint8Array, label: string, messages: Uint8Array): Uint8Array =>
  expandLabel(suite, secret, label, digest13(suite.hash, messages), suite.hashLength)

/** Handshake traffic secrets from the shared secret and the messages from ClientHello to ServerHello. `next` is what the application secrets come from. */
export const handshakeSecrets = (suite: Suite13, shared: Uint8Array, messages: Uint8Array): HandshakeSecrets => {
  const zeros = new Uint8Array(suite.hashLength)
  const early = hmac13(suite.hash, zeros, zeros)
  const handshake = hmac13(suite.hash, derive(suite, early, 'derived', new Uint8Array()), shared)
  return {
    client: derive(suite, handshake, 'c hs traffic', messages),
    server: derive(suite, handshake, 's hs traffic', messages),
    next: hmac13(suite.hash, derive(suite, handshake, 'derived', new Uint8Array()), zeros),
  }
}

/** Application traffic secrets, from the messages up to the server's Finished. */
export const applicationSecrets = (suite: Suite13, next: Uint8Array, messages: Uint8Array): { client: Uint8Array; server: Uint8Array } => ({
  client: derive(suite, next, 'c ap traffic', messages),
  server: derive(suite, next, 's ap traffic', messages),
})

/** The Finished message of the side whose traffic secret this is (RFC 8446, section 4.4.4). */
export const finished13 = (suite: Suite13, secret: Uint8Array, messages: Uint8Array): Uint8Array => {
  const key = expandLabel(suite, secret, 'finished', new Uint8Array(), suite.hashLength)
  const data = hmac13(suite.hash, key, digest13(suite.hash, messages))
  return join(Uint8Array.of(20, 0, 0, data.length), data)
}

const keysOf = (suite: Suite13, secret: Uint8Array, sequence: number): { key: Uint8Array; nonce: Uint8Array } => {
  const key = expandLabel(suite, secret, 'key', new Uint8Array(), suite.keyLength)
  const nonce = expandLabel(suite, secret, 'iv', new Uint8Array(), 12).slice()
  const last = nonce.length - 1
  nonce[last] = (nonce[last] ?? 0) ^ (sequence & 0xff)
  nonce[last - 1] = (nonce[last - 1] ?? 0) ^ (sequence >> 8)
  return { key, nonce }
}

/** An encrypted record; `type` is the one inside (RFC 8446, section 5.2). Sequence numbers below 65,536. */
export const protect13 = (suite: Suite13, secret: Uint8Array, sequence: number, type: number, content: Uint8Array): Uint8Array => {
  const { key, nonce } = keysOf(suite, secret, sequence)
  const cipher = createCipheriv(suite.cipher, key, nonce)
  const header = join(Uint8Array.of(23, 3, 3), u16(content.length + 17))
  cipher.setAAD(header)
  const body = join(new Uint8Array(cipher.update(join(content, u8(type)))), new Uint8Array(cipher.final()))
  return join(Uint8Array.of(23, 3, 3), vector16(body, new Uint8Array(cipher.getAuthTag())))
}

/** What is in an encrypted record; undefined where the tag does not fit. */
export const unprotect13 = (
  suite: Suite13,
  secret: Uint8Array,
  sequence: number,
  body: Uint8Array,
): { type: number; content: Uint8Array } | undefined => {
  if (body.length < 17) return undefined
  const { key, nonce } = keysOf(suite, secret, sequence)
  const decipher = createDecipheriv(suite.cipher, key, nonce)
  decipher.setAAD(join(Uint8Array.of(23, 3, 3), u16(body.length)))
  decipher.setAuthTag(body.subarray(body.length - 16))
  const plain = new Uint8Array(decipher.update(body.subarray(0, body.length - 16)))
  try {
    decipher.final()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
  const end = plain.findLastIndex((octet) => octet !== 0)
  return end < 0 ? undefined : { type: plain[end] ?? 0, content: plain.subarray(0, end) }
}
