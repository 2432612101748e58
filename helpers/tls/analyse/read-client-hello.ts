import { Cursor, join, ShortRead, toText } from './bytes.ts'

/** What a client offers, as a server sees it. */
export type ClientOffer = {
  legacyVersion: string
  random: Uint8Array
  sessionId: Uint8Array
  suites: readonly string[]
  /** Versions in the order offered; the version field alone where supported_versions is absent. */
  versions: readonly string[]
  groups: readonly string[]
  /** Signature schemes; empty where the hello leaves them to the server. */
  schemes: readonly string[]
  shares: ReadonlyMap<string, Uint8Array>
  sni: string | undefined
}

/** The handshake messages in the records of `bytes`, as far as they have come. */
const handshakeIn = (bytes: Uint8Array): Uint8Array => {
  const cursor = new Cursor(bytes)
  const parts: Uint8Array[] = []
  while (cursor.left > 0) {
    if (cursor.number(1) !== 22) throw new ShortRead('no handshake record')
    cursor.take(2)
    parts.push(cursor.vector(2).bytes)
  }
  return join(...parts)
}

const readExtension = (offer: { -readonly [key in keyof ClientOffer]: ClientOffer[key] }, type: number, body: Cursor): void => {
  if (type === 0 && body.left > 0) {
    const names = body.vector(2)
    names.number(1)
    offer.sni = toText(names.vector(2).bytes)
  }
  if (type === 10) offer.groups = body.vector(2).list16()
  if (type === 13) offer.schemes = body.vector(2).list16()
  if (type === 43) offer.versions = body.vector(1).list16()
  if (type === 51) {
    const shares = body.vector(2)
    const found = new Map<string, Uint8Array>()
    while (shares.left > 0) found.set(shares.hex4(), shares.vector(2).bytes)
    offer.shares = found
  }
}

/** Whether a client has gone on to ChangeCipherSpec: its hello was answered. */
export const hasChangedCipher = (bytes: Uint8Array): boolean => {
  const cursor = new Cursor(bytes)
  while (cursor.left >= 5) {
    if (cursor.number(1) === 20) return true
    cursor.take(2)
    const length = cursor.number(2)
    if (length > cursor.left) return false
    cursor.take(length)
  }
  return false
}

/**
 * Reads a ClientHello with its records (RFC 8446, section 4.1.2), the second where one answered a HelloRetryRequest; undefined while it is not whole, if it is
 * none, and once anything else follows it.
 */
export const readClientHello = (bytes: Uint8Array): ClientOffer | undefined => {
  try {
    const messages = new Cursor(handshakeIn(bytes))
    let last: Cursor | undefined
    while (last === undefined || messages.left > 0) {
      if (messages.number(1) !== 1) return undefined
      last = messages.vector(3)
    }
    const body = last
    const legacyVersion = body.hex4()
    const offer = {
      legacyVersion,
      random: body.take(32),
      sessionId: body.vector(1).bytes,
      suites: body.vector(2).list16(),
      versions: [legacyVersion],
      groups: [] as readonly string[],
      schemes: [] as readonly string[],
      shares: new Map<string, Uint8Array>(),
      sni: undefined,
    }
    body.vector(1)
    const extensions = body.left > 0 ? body.vector(2) : new Cursor(new Uint8Array())
    while (extensions.left > 0) readExtension(offer, extensions.number(2), extensions.vector(2))
    return offer
  } catch (error) {
    if (error instanceof ShortRead) return undefined
    throw error
  }
}
