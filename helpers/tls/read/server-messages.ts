import { createECDH, randomBytes, sign } from 'node:crypto'
import { fromHex, join, u8, u16, vector8, vector16, vector24 } from '../analyse/bytes.ts'
import type { ClientOffer } from '../analyse/read-client-hello.ts'
import { retryRandom } from '../analyse/server-hello.ts'
import { keyShares } from './key-shares.ts'
import type { SelfSigned } from './self-signed.ts'

/** What a server of our own answers with. `group` is empty where the suite has no key exchange of its own. */
export type Choice = { version: string; suite: string; group: string | undefined; scheme?: string }

const number16 = (code: string): Uint8Array => u16(Number.parseInt(code, 16))
const record = (type: number, content: Uint8Array): Uint8Array => join(u8(type), number16('0303'), vector16(content))
const message = (type: number, ...body: readonly Uint8Array[]): Uint8Array => join(u8(type), vector24(...body))
const extension = (type: number, body: Uint8Array): Uint8Array => join(u16(type), vector16(body))

/** An alert record (RFC 8446, section 6). */
export const alertRecord = (description: number, level = 2): Uint8Array => record(21, Uint8Array.of(level, description))

/** Octets that a server sends as its share: a point for the curves, as many octets as it takes for the rest. */
const serverShare = (group: string): Uint8Array => {
  const ciphertexts: Readonly<Record<string, number>> = {
    '11ec': 1088 + 32,
    '11eb': 65 + 1088,
    '11ed': 97 + 1568,
    '6399': 32 + 1088,
    '0201': 1088,
    '0202': 1568,
  }
  const length = ciphertexts[group]
  if (length !== undefined) return new Uint8Array(randomBytes(length))
  const share = keyShares().get(group)
  return share === undefined ? new Uint8Array(createECDH('prime256v1').generateKeys()) : fromHex(share)
}

const serverHello = (offer: ClientOffer, choice: Choice, random: Uint8Array, extensions: readonly Uint8Array[]): Uint8Array =>
  message(
    2,
    number16(choice.version === '0304' ? '0303' : choice.version),
    random,
    vector8(choice.version === '0304' ? offer.sessionId : new Uint8Array()),
    number16(choice.suite),
    u8(0),
    // SSL 3.0 knows no extensions (RFC 6101, section 5.6.1.3).
    choice.version === '0300' ? new Uint8Array() : vector16(...extensions),
  )

/** Asks for a share of the group (RFC 8446, section 4.1.4). */
const helloRetryRequest = (offer: ClientOffer, choice: Choice, group: string): Uint8Array =>
  record(22, serverHello(offer, choice, fromHex(retryRandom), [extension(43, number16('0304')), extension(51, number16(group))]))

/** ServerHello of TLS 1.3, and a record in place of the encrypted flight, which nobody here can read (RFC 8446, section 4.1.3). */
const flightOfTls13 = (offer: ClientOffer, choice: Choice): Uint8Array => {
  const group = choice.group ?? '0017'
  if (!offer.shares.has(group)) return helloRetryRequest(offer, choice, group)
  const extensions = [extension(43, number16('0304')), extension(51, join(number16(group), vector16(serverShare(group))))]
  return join(
    record(22, serverHello(offer, choice, new Uint8Array(randomBytes(32)), extensions)),
    record(20, u8(1)),
    record(23, new Uint8Array(randomBytes(700))),
  )
}

/** ServerKeyExchange with a named curve, signed as TLS 1.2 wants it (RFC 8422, section 5.4). */
const serverKeyExchange = (
  offer: ClientOffer,
  random: Uint8Array,
  { group, scheme }: { group: string; scheme: string },
  identity: SelfSigned,
): Uint8Array => {
  const parameters = join(u8(3), number16(group), vector8(serverShare(group)))
  const signature = new Uint8Array(sign('sha256', join(offer.random, random, parameters), identity.key))
  return message(12, parameters, number16(scheme), vector16(signature))
}

/** ServerHello to ServerHelloDone (RFC 5246, section 7.4). */
const flightOfTls12 = (offer: ClientOffer, choice: Choice, identity: SelfSigned): Uint8Array => {
  const random = new Uint8Array(randomBytes(32))
  return record(
    22,
    join(
      serverHello(offer, choice, random, [extension(23, new Uint8Array()), extension(0xff01, vector8())]),
      message(11, vector24(vector24(identity.certificate))),
      choice.group === undefined
        ? new Uint8Array()
        : serverKeyExchange(offer, random, { group: choice.group, scheme: choice.scheme ?? '0403' }, identity),
      message(14),
    ),
  )
}

/** All that a server sends in answer to a hello when it has chosen. */
export const serverFlight = (offer: ClientOffer, choice: Choice, identity: SelfSigned): Uint8Array =>
  choice.version === '0304' ? flightOfTls13(offer, choice) : flightOfTls12(offer, choice, identity)
