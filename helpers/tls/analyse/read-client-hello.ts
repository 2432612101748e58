import { Cursor, ShortRead, toText } from './bytes.ts'

/** What a client offers, as a server sees it. */
export type ClientOffer = {
  legacyVersion: string
  random: Uint8Array
  sessionId: Uint8Array
  suites: readonly string[]
  /** Versions in the order offered; the version field alone where supported_versions is absent. */
  versions: readonly string[]
  groups: readonly string[]
  shares: ReadonlyMap<string, Uint8Array>
  sni: string | undefined
}

/** The handshake messages in the records of `bytes`, as far as they have come. */
const handshakeIn = (bytes: Uint8Array): Uint8Array => {
  const cursor = new Cursor(bytes)
  const parts: number[] = []
  while (cursor.left > 0) {
    if (cursor.number(1) !== 22) throw new ShortRead('no handshake record')
    cursor.take(2)
    parts.push(...cursor.vector(2).bytes)
  }
  return Uint8Array.from(parts)
}

const readExtension = (offer: { -readonly [key in keyof ClientOffer]: ClientOffer[key] }, type: number, body: Cursor): void => {
  if (type === 0 && body.left > 0) {
    const names = body.vector(2)
    names.number(1)
    offer.sni = toText(names.vector(2).bytes)
  }
  if (type === 10) offer.groups = body.vector(2).list16()
  if (type === 43) offer.versions = body.vector(1).list16()
  if (type === 51) {
    const shares = body.vector(2)
    const found = new Map<string, Uint8Array>()
    while (shares.left > 0) found.set(shares.hex4(), shares.vector(2).bytes)
    offer.shares = found
  }
}

/** Reads a ClientHello with its records (RFC 8446, section 4.1.2); undefined while it is not whole, or if it is none. */
export const readClientHello = (bytes: Uint8Array): ClientOffer | undefined => {
  try {
    const message = new Cursor(handshakeIn(bytes))
    if (message.number(1) !== 1) return undefined
    const body = message.vector(3)
    const legacyVersion = body.hex4()
    const offer = {
      legacyVersion,
      random: body.take(32),
      sessionId: body.vector(1).bytes,
      suites: body.vector(2).list16(),
      versions: [legacyVersion],
      groups: [] as readonly string[],
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
