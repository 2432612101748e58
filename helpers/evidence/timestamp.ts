import { createHash, randomBytes } from 'node:crypto'
import { FipsConformanceError } from '../errors/error.ts'

/** One DER value (ITU-T X.690): its tag byte, its content, and the whole with its header. */
type Der = { tag: number; content: Uint8Array; whole: Uint8Array }

const concat = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

const lengthBytes = (length: number): number[] => {
  if (length < 0x80) return [length]
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return [0x80 + digits.length, ...digits]
}

const der = (tag: number, ...parts: Uint8Array[]): Uint8Array => {
  const content = concat(parts)
  return concat([Uint8Array.of(tag, ...lengthBytes(content.length)), content])
}

const broken = (why: string): FipsConformanceError =>
  new FipsConformanceError({ code: 'TIMESTAMP_INVALID', what: 'this is no time stamp response (RFC 3161)', why, exit: 3 })

const readDer = (bytes: Uint8Array, at = 0): Der => {
  const [tag, first] = [bytes[at], bytes[at + 1]]
  if (tag === undefined || first === undefined) throw broken('it ends too early')
  const count = first < 0x80 ? 0 : first - 0x80
  if (first === 0x80 || count > 4) throw broken('a length that DER does not have')
  const length = count === 0 ? first : bytes.subarray(at + 2, at + 2 + count).reduce((sum, byte) => sum * 256 + byte, 0)
  const start = at + 2 + count
  if (start + length > bytes.length) throw broken('it ends too early')
  return { tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) }
}

const children = ({ content }: Der): Der[] => {
  const found: Der[] = []
  for (let at = 0; at < content.length; at += found.at(-1)?.whole.length ?? 1) found.push(readDer(content, at))
  return found
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const sha256Oid = Uint8Array.of(0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01)
/** 1.2.840.113549.1.9.16.1.4, id-ct-TSTInfo. */
const tstInfoOid = '060b2a864886f70d0109100104'
/** 1.2.840.113549.1.7.2, id-signedData. */
const signedDataOid = '06092a864886f70d010702'

/** A TimeStampReq (RFC 3161, section 2.4.1): SHA-256 of the data, a nonce of 8 bytes, and the wish for the certificate. */
const timestampRequest = (data: Uint8Array, nonce: Uint8Array = randomBytes(8)): Uint8Array => {
  const algorithm = der(0x30, sha256Oid, Uint8Array.of(0x05, 0x00))
  const imprint = der(0x30, algorithm, der(0x04, createHash('sha256').update(data).digest()))
  // The first bit is cleared, and the next one set, so that the nonce is positive and as short as DER wants it.
  const number = Uint8Array.from(nonce, (byte, at) => (at === 0 ? (byte & 0x7f) | 0x40 : byte))
  return der(0x30, Uint8Array.of(0x02, 0x01, 0x01), imprint, der(0x02, number), Uint8Array.of(0x01, 0x01, 0xff))
}

/** What a time stamp says: when, by whose serial number, and over which SHA-256. Times are RFC 3339, UTC. */
export type TimestampSays = { at: string; serial: string; sha256: string; nonce?: string }

const timeOf = (text: string): string => {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)((?:\.\d+)?)Z$/.exec(text)
  if (!parts) throw broken(`a time that is none: ${JSON.stringify(text)}`)
  const [, year, month, day, hour, minute, second, fraction] = parts
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}Z`
}

const readTstInfo = (info: Der): TimestampSays => {
  const [version, policy, imprint, serial, time, ...rest] = children(info)
  if (!version || !policy || !imprint || !serial || !time || time.tag !== 0x18) throw broken('its TSTInfo lacks something')
  const [algorithm, digest] = children(imprint)
  if (!algorithm || !digest || hex(algorithm.content.subarray(0, sha256Oid.length)) !== hex(sha256Oid))
    throw broken('its digest is not SHA-256')
  const nonce = rest.find(({ tag }) => tag === 0x02)
  return {
    at: timeOf(new TextDecoder().decode(time.content)),
    serial: hex(serial.content),
    sha256: hex(digest.content),
    ...(nonce && { nonce: hex(nonce.content) }),
  }
}

/**
 * What a TimeStampResp (RFC 3161, section 2.4.2) says. Only its structure is read: the authority's own signature and certificate are for `openssl ts -verify`,
 * which needs the authority's root. @throws FipsConformanceError `TIMESTAMP_INVALID`
 */
export const readTimestamp = (response: Uint8Array): TimestampSays => {
  const [status, token] = children(readDer(response))
  const granted = status && children(status)[0]
  if (granted?.content.length !== 1 || (granted.content[0] ?? 9) > 1) throw broken('the authority did not grant it')
  if (!token) throw broken('it has no token')
  const [type, wrapped] = children(token)
  if (!type || hex(type.whole) !== signedDataOid || !wrapped) throw broken('its token is no signed data')
  const [signed] = children(wrapped)
  const content = signed && children(signed)[2]
  const [contentType, explicit] = content ? children(content) : []
  if (!contentType || hex(contentType.whole) !== tstInfoOid || !explicit) throw broken('its token holds no TSTInfo')
  const [octets] = children(explicit)
  if (!octets) throw broken('its token is empty')
  return readTstInfo(readDer(octets.content))
}

const patience = 30_000
const largest = 1024 * 1024

/**
 * Asks an authority for a time stamp over data (HTTP, RFC 3161, section 3.4) and checks that it speaks of these data and answers this request.
 * @throws FipsConformanceError `TIMESTAMP_FAILED`, `TIMESTAMP_INVALID`
 */
export const requestTimestamp = async (url: string, data: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> => {
  const failed = (why: string, cause?: unknown): FipsConformanceError =>
    new FipsConformanceError({
      code: 'TIMESTAMP_FAILED',
      what: 'the authority gave no time stamp',
      where: url,
      why,
      remedy: 'leave out --timestamp, or name another authority',
      exit: 3,
      cause,
    })
  const request = timestampRequest(data)
  const timeout = AbortSignal.timeout(patience)
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query' },
    body: Uint8Array.from(request),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  }).catch((error: unknown) => {
    throw failed(error instanceof Error ? String(error.cause ?? error.message) : String(error), error)
  })
  if (!response.ok) throw failed(`HTTP ${response.status}`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (bytes.length > largest) throw failed(`its answer has ${bytes.length} bytes`)
  const says = readTimestamp(bytes)
  const nonce = children(readDer(request))[2]
  if (says.sha256 !== createHash('sha256').update(data).digest('hex')) throw failed('its time stamp speaks of other data')
  if (nonce && says.nonce !== hex(nonce.content)) throw failed('its time stamp answers another request')
  return bytes
}
