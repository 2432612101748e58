import { Cursor, toHex } from './bytes.ts'

/** ServerHello, or HelloRetryRequest, which has its shape (RFC 8446, section 4.1.3 and 4.1.4; RFC 5246, section 7.4.1.3). */
export type ServerHello = {
  /** What was chosen: supported_versions where it is there, else the version field. */
  version: string
  suite: string
  compression: number
  /** Group of the key_share extension (TLS 1.3). */
  group: string | undefined
  /** The server's public value, as it travels (TLS 1.3). */
  keyShare: Uint8Array | undefined
  retry: boolean
  extensions: readonly string[]
  extendedMasterSecret: boolean
  /** Hex of the cookie of a HelloRetryRequest that has one. */
  cookie?: string
}

/** SHA-256 of «HelloRetryRequest» (RFC 8446, section 4.1.3). */
export const retryRandom = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'

/** Reads the body of a handshake message of type 2. Throws `ShortRead` where the body ends too early. */
export const readServerHello = (body: Uint8Array): ServerHello => {
  const cursor = new Cursor(body)
  const legacyVersion = cursor.hex4()
  const random = cursor.take(32)
  cursor.vector(1)
  const suite = cursor.hex4()
  const compression = cursor.number(1)
  const extensions = cursor.left > 0 ? cursor.vector(2) : new Cursor(new Uint8Array())
  const seen: string[] = []
  let version = legacyVersion
  let group: string | undefined
  let keyShare: Uint8Array | undefined
  let cookie: string | undefined
  while (extensions.left > 0) {
    const type = extensions.hex4()
    const content = extensions.vector(2)
    seen.push(type)
    if (type === '002b') version = content.hex4()
    if (type === '0033') {
      group = content.hex4()
      keyShare = content.left > 0 ? content.vector(2).bytes : undefined
    }
    if (type === '002c') cookie = toHex(content.vector(2).bytes)
  }
  return {
    version,
    suite,
    compression,
    group,
    keyShare,
    retry: Buffer.from(random).toString('hex') === retryRandom,
    extensions: seen,
    extendedMasterSecret: seen.includes('0017'),
    ...(cookie !== undefined && { cookie }),
  }
}
