import { Cursor, ShortRead, toText } from './bytes.ts'
import type { ExchangeData } from './exchange-data.ts'
import { foreignTo, readServerFlight } from './server-flight.ts'

export type Protocol = 'tls' | 'http' | 'ssh' | 'dns' | 'plaintext-other' | 'silent' | 'unreachable' | 'unasked'

/** What a listener speaks, and what that was seen from. */
export type ProtocolFacts = { protocol: Protocol; seenFrom: string }

/** Opcode STATUS: a server answers at once that it does not implement it, without asking any other server (RFC 1035, section 4.1.1). */
const dnsStatus = [0, 12, 0xf1, 0x95, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0]
/** The name servers of the root, for servers that pass over what they do not implement. */
const dnsRoot = [0, 17, 0xf1, 0x95, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1]

/** The two DNS queries that ask a listener whether it speaks DNS over TCP, one behind the other (RFC 1035, section 4.2.2; RFC 7766, section 6.2.1.1). */
export const dnsQuery: Uint8Array = Uint8Array.from([...dnsStatus, ...dnsRoot])

/** A request that any HTTP/1 server answers with a status line. */
export const httpRequest: Uint8Array = new TextEncoder().encode('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')

/** Servers of TLS say so themselves in the body of the 400 that they send to plain HTTP: Go, nginx, Apache. */
const tlsBehindHttp = /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL-enabled/i

/** A response to `dnsQuery`: its length, its id, the response bit (RFC 1035, section 4.1.1). */
export const isDnsResponse = (bytes: Uint8Array): boolean => {
  try {
    const cursor = new Cursor(bytes)
    const length = cursor.number(2)
    return length >= 12 && cursor.number(2) === 0xf195 && (cursor.number(1) & 0x80) !== 0
  } catch (error) {
    if (error instanceof ShortRead) return false
    throw error
  }
}

const first = (bytes: Uint8Array): string => JSON.stringify(toText(bytes.subarray(0, 40)))

/** What the answer to one probe shows; undefined when it shows nothing. */
const shows = (data: ExchangeData, received: Uint8Array): ProtocolFacts | undefined => {
  if (received.length === 0) return undefined
  if (data.ask === 'dns-query' && isDnsResponse(received)) return { protocol: 'dns', seenFrom: 'a DNS response to a DNS query over TCP' }
  const foreign = foreignTo(received)
  if (foreign === undefined) {
    const { records } = readServerFlight(received)
    return records.length > 0 ? { protocol: 'tls', seenFrom: `TLS records in answer to ${data.ask}` } : undefined
  }
  if (foreign === 'ssh') return { protocol: 'ssh', seenFrom: `the identification ${first(received)}` }
  if (foreign === 'http' && tlsBehindHttp.test(toText(received))) {
    return { protocol: 'tls', seenFrom: 'its answer to plain HTTP, which says that the port speaks TLS; no TLS record was seen' }
  }
  if (foreign === 'http') return { protocol: 'http', seenFrom: `the status line ${first(received)} in answer to ${data.ask}` }
  if (foreign === 'http2') return { protocol: 'http', seenFrom: `HTTP/2 settings without TLS in answer to ${data.ask}` }
  return { protocol: 'plaintext-other', seenFrom: `octets of no known protocol in answer to ${data.ask}: ${first(received)}` }
}

/** TLS outranks all: a port that answers a hello with TLS speaks it, whatever else it says. A known protocol outranks unknown octets. */
const rank: readonly Protocol[] = ['tls', 'ssh', 'dns', 'http', 'plaintext-other']

/** The protocol of a listener, from everything that was sent to it and came back. */
export const readProtocol = (connections: readonly { data: ExchangeData; received: Uint8Array }[]): ProtocolFacts => {
  if (connections.length === 0) return { protocol: 'unasked', seenFrom: 'nothing was asked' }
  const shown = connections.flatMap(({ data, received }) => shows(data, received) ?? [])
  const best = rank.flatMap((protocol) => shown.find((one) => one.protocol === protocol) ?? [])[0]
  if (best) return best
  const reached = connections.some(({ data }) => data.ended !== 'refused' && data.ended !== 'unreachable' && data.ended !== 'dial-failed')
  const endings = [...new Set(connections.map(({ data }) => `${data.ask}: ${data.ended}${data.detail ? ` (${data.detail})` : ''}`))].join(
    '; ',
  )
  return { protocol: reached ? 'silent' : 'unreachable', seenFrom: endings }
}
