import { Cursor, join, ShortRead, toText } from './bytes.ts'
import { readServerHello, type ServerHello } from './server-hello.ts'

/** How far the handshake had come when something arrived. */
export type Position =
  | 'before-server-hello'
  | 'after-hello-retry-request'
  | 'after-server-hello'
  | 'after-certificate-request'
  | 'after-server-hello-done'

export type Alert = { level: number; description: number; position: Position }

/** What a server says that does not speak TLS, as far as its first octets tell. */
export type Foreign = 'http' | 'http2' | 'ssh' | 'other'

/** What a server sent in answer to a ClientHello, up to where it can be read without keys. */
export type ServerFlight = {
  /** Whole records, in order. */
  records: readonly { type: number; version: string; length: number }[]
  /** Types of whole handshake messages in the clear, in order (RFC 8446, section 4; RFC 5246, section 7.4). */
  messages: readonly number[]
  alerts: readonly Alert[]
  serverHello: ServerHello | undefined
  /** The ServerHello message with its header, for the record. */
  serverHelloBytes: Uint8Array | undefined
  helloRetryRequest: ServerHello | undefined
  /** DER, the server's own first. */
  certificates: readonly Uint8Array[]
  /** Body of ServerKeyExchange. */
  serverKeyExchange: Uint8Array | undefined
  certificateRequested: boolean
  /** Body of CertificateRequest. */
  certificateRequest: Uint8Array | undefined
  /** ServerHelloDone was seen (up to TLS 1.2). */
  done: boolean
  /** Lengths of encrypted records (TLS 1.3). */
  encrypted: readonly number[]
  /** Octets at the end that are no whole record, or a whole record that holds part of a message only. */
  unfinished: boolean
  foreign: Foreign | undefined
  /** Why reading stopped, where the bytes break the protocol. */
  malformed: string | undefined
}

/** 2^14 octets of content, 2,048 of expansion (RFC 5246, section 6.2.3). */
const largestRecord = 16_384 + 2_048
const recordTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 }

const looksLikeTls = (bytes: Uint8Array): boolean => {
  const [type, major, , high, low] = bytes
  if (type === undefined) return true
  if (type < 20 || type > 23) return false
  if (major !== undefined && major !== 3) return false
  return high === undefined || low === undefined || high * 256 + low <= largestRecord
}

/** An HTTP/2 server opens with SETTINGS on stream 0 (RFC 9113, section 3.4). */
const looksLikeSettings = (bytes: Uint8Array): boolean =>
  bytes.length >= 9 && bytes[0] === 0 && bytes[3] === 4 && bytes.subarray(5, 9).every((octet) => octet === 0)

/** Which protocol the first octets belong to, if it is not TLS; undefined while they can still be TLS. */
export const foreignTo = (bytes: Uint8Array): Foreign | undefined => {
  if (looksLikeTls(bytes)) return undefined
  const text = toText(bytes.subarray(0, 16))
  if (text.startsWith('HTTP/')) return 'http'
  if (text.startsWith('SSH-')) return 'ssh'
  return looksLikeSettings(bytes) ? 'http2' : 'other'
}

type Reading = { -readonly [key in keyof ServerFlight]: ServerFlight[key] } & {
  records: { type: number; version: string; length: number }[]
  messages: number[]
  alerts: Alert[]
  certificates: Uint8Array[]
  encrypted: number[]
}

const positionOf = (flight: Reading): Position => {
  if (flight.done) return 'after-server-hello-done'
  if (flight.certificateRequested) return 'after-certificate-request'
  if (flight.serverHello) return 'after-server-hello'
  return flight.helloRetryRequest ? 'after-hello-retry-request' : 'before-server-hello'
}

const readCertificates = (body: Uint8Array): Uint8Array[] => {
  const list = new Cursor(body).vector(3)
  const certificates: Uint8Array[] = []
  while (list.left > 0) certificates.push(list.vector(3).bytes)
  return certificates
}

const takeMessage = (flight: Reading, type: number, whole: Uint8Array): void => {
  const body = whole.subarray(4)
  flight.messages.push(type)
  if (type === 2) {
    const hello = readServerHello(body)
    if (hello.retry) {
      flight.helloRetryRequest = hello
      return
    }
    if (flight.serverHello) flight.malformed = 'a second ServerHello'
    flight.serverHello = hello
    flight.serverHelloBytes = whole
    return
  }
  if (type !== 0 && !flight.serverHello) flight.malformed = `handshake message ${type} before ServerHello`
  if (type === 11) flight.certificates = readCertificates(body)
  if (type === 12) flight.serverKeyExchange = body
  if (type === 13) {
    flight.certificateRequested = true
    flight.certificateRequest = body
  }
  if (type === 14) flight.done = true
}

/** Takes whole messages off the front of `pending` and gives back the rest. */
const takeMessages = (flight: Reading, pending: Uint8Array): Uint8Array => {
  const cursor = new Cursor(pending)
  while (cursor.left >= 4 && flight.malformed === undefined) {
    const start = cursor.at
    const type = cursor.number(1)
    const length = cursor.number(3)
    if (length > cursor.left) {
      cursor.at = start
      break
    }
    cursor.take(length)
    takeMessage(flight, type, pending.subarray(start, cursor.at))
  }
  return pending.subarray(cursor.at)
}

const emptyFlight = (foreign: Foreign | undefined): Reading => ({
  records: [],
  messages: [],
  alerts: [],
  serverHello: undefined,
  serverHelloBytes: undefined,
  helloRetryRequest: undefined,
  certificates: [],
  serverKeyExchange: undefined,
  certificateRequested: false,
  certificateRequest: undefined,
  done: false,
  encrypted: [],
  unfinished: false,
  foreign,
  malformed: undefined,
})

const takeAlert = (flight: Reading, content: Uint8Array): void => {
  const [level, description] = content
  if (content.length !== 2 || level === undefined || description === undefined) {
    // In TLS 1.3 an alert after ServerHello travels encrypted, as application data; any other length in the clear is no alert.
    flight.malformed = `an alert record of ${content.length} octets`
    return
  }
  flight.alerts.push({ level, description, position: positionOf(flight) })
}

const takeRecords = (flight: Reading, bytes: Uint8Array): void => {
  const cursor = new Cursor(bytes)
  let pending: Uint8Array = new Uint8Array()
  while (cursor.left >= 5 && flight.malformed === undefined) {
    const start = cursor.at
    if (!looksLikeTls(bytes.subarray(start, start + 5))) {
      flight.malformed = `no TLS record at octet ${start}`
      break
    }
    const type = cursor.number(1)
    const version = cursor.hex4()
    const length = cursor.number(2)
    if (length > cursor.left) {
      cursor.at = start
      break
    }
    const content = cursor.take(length)
    flight.records.push({ type, version, length })
    if (type === recordTypes.alert) takeAlert(flight, content)
    if (type === recordTypes.applicationData) flight.encrypted.push(length)
    if (type === recordTypes.handshake) pending = takeMessages(flight, join(pending, content))
  }
  flight.unfinished = cursor.left > 0 || pending.length > 0
}

/** Reads all that a server sent on one connection. Never throws: bytes that break the protocol are named in `malformed`. */
export const readServerFlight = (bytes: Uint8Array): ServerFlight => {
  const foreign = foreignTo(bytes)
  const flight = emptyFlight(foreign)
  if (foreign !== undefined) return flight
  try {
    takeRecords(flight, bytes)
  } catch (error) {
    if (!(error instanceof ShortRead)) throw error
    flight.malformed = `a message ends too early: ${error.message}`
  }
  return flight
}

/** A fatal alert ends the handshake (RFC 8446, section 6). In TLS 1.3 an alert in the clear is fatal whatever its level, but for the two closure alerts. */
export const fatalAlert = (flight: ServerFlight): Alert | undefined => flight.alerts.find((alert) => alert.level === 2)

/** An encrypted alert is 2 octets, the content type and a 16-octet tag; no handshake message fits into that (RFC 8446, section 5.2). */
export const encryptedAlertFirst = (flight: ServerFlight): boolean => flight.serverHello?.version === '0304' && flight.encrypted[0] === 19
