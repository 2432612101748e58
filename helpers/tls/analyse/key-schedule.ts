import { createCipheriv, createHash, createHmac } from 'node:crypto'
import { fromText, join, u8, u16, vector16 } from './bytes.ts'

/** What the two suites need that a key exchange is completed with (RFC 5289, section 3.2). */
export type SuiteKeys = { hash: 'sha256' | 'sha384'; cipher: 'aes-128-gcm' | 'aes-256-gcm'; keyLength: number }

const aes128: SuiteKeys = { hash: 'sha256', cipher: 'aes-128-gcm', keyLength: 16 }
const aes256: SuiteKeys = { hash: 'sha384', cipher: 'aes-256-gcm', keyLength: 32 }
const suiteKeys: ReadonlyMap<string, SuiteKeys> = new Map([
  ['c02b', aes128],
  ['c02f', aes128],
  ['c02c', aes256],
  ['c030', aes256],
])

export const keysOfSuite = (suite: string): SuiteKeys | undefined => suiteKeys.get(suite)

const hmac = (hash: string, key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(
    createHmac(hash, key)
      .update(join(...data))
      .digest(),
  )

/** The pseudorandom function of TLS 1.2 (RFC 5246, section 5). */
export const prf = (hash: SuiteKeys['hash'], secret: Uint8Array, label: string, seed: Uint8Array, length: number): Uint8Array => {
  const labelled = join(fromText(label), seed)
  const blocks: Uint8Array[] = []
  let a = labelled
  for (let made = 0; made < length; made += hash === 'sha256' ? 32 : 48) {
    a = hmac(hash, secret, a)
    blocks.push(hmac(hash, secret, a, labelled))
  }
  return join(...blocks).subarray(0, length)
}

const digestOf = (hash: SuiteKeys['hash'], bytes: Uint8Array): Uint8Array => new Uint8Array(createHash(hash).update(bytes).digest())

export type Secrets = { premaster: Uint8Array; clientRandom: Uint8Array; serverRandom: Uint8Array }

/** Bound to the whole handshake up to ClientKeyExchange where the extension was agreed on (RFC 7627, section 4), else to the randoms alone (RFC 5246, section 8.1). */
export const masterSecret = (keys: SuiteKeys, secrets: Secrets, handshake: Uint8Array, extended: boolean): Uint8Array =>
  extended
    ? prf(keys.hash, secrets.premaster, 'extended master secret', digestOf(keys.hash, handshake), 48)
    : prf(keys.hash, secrets.premaster, 'master secret', join(secrets.clientRandom, secrets.serverRandom), 48)

/** The client's Finished message, in the clear (RFC 5246, section 7.4.9). */
export const clientFinished = (keys: SuiteKeys, master: Uint8Array, handshake: Uint8Array): Uint8Array =>
  join(Uint8Array.of(20, 0, 0, 12), prf(keys.hash, master, 'client finished', digestOf(keys.hash, handshake), 12))

/** The first encrypted record of the client (RFC 5288, section 3; RFC 5246, section 6.3). `explicitNonce` is 8 octets. */
export const encryptFirst = (
  keys: SuiteKeys,
  master: Uint8Array,
  { clientRandom, serverRandom }: Secrets,
  { content, explicitNonce }: { content: Uint8Array; explicitNonce: Uint8Array },
): Uint8Array => {
  const block = prf(keys.hash, master, 'key expansion', join(serverRandom, clientRandom), keys.keyLength * 2 + 8)
  const key = block.subarray(0, keys.keyLength)
  const salt = block.subarray(keys.keyLength * 2, keys.keyLength * 2 + 4)
  const cipher = createCipheriv(keys.cipher, key, join(salt, explicitNonce))
  cipher.setAAD(join(new Uint8Array(8), u8(22), u16(0x0303), u16(content.length)))
  const encrypted = join(new Uint8Array(cipher.update(content)), new Uint8Array(cipher.final()))
  return join(u8(22), u16(0x0303), vector16(explicitNonce, encrypted, new Uint8Array(cipher.getAuthTag())))
}
