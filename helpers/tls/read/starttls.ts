import type { Duplex } from 'node:stream'
import { Cursor, fromHex, join, ShortRead, toText, u8 } from '../analyse/bytes.ts'
import type { Dial } from './exchange.ts'

/** Protocols that go over to TLS on a connection that begins without it. */
export const starttlsProtocols = ['smtp', 'imap', 'pop3', 'postgres', 'mysql', 'ldap'] as const
export type StarttlsProtocol = (typeof starttlsProtocols)[number]

/** What is done with all that came so far: wait, send, go over to TLS with what is left, or give up. */
type Step = { kind: 'wait' } | { kind: 'send'; octets: Uint8Array } | { kind: 'tls'; used: number } | { kind: 'refused'; why: string }

/** A conversation up to the point at which TLS begins. It is asked again with everything that came since the last thing sent. */
type Script = { first: Uint8Array; step: (received: Uint8Array, sent: number) => Step }

const wait: Step = { kind: 'wait' }
const text = (line: string): Uint8Array => new TextEncoder().encode(line)
const shown = (received: Uint8Array): string => JSON.stringify(toText(received.subarray(0, 80)))
const refused = (received: Uint8Array): Step => ({ kind: 'refused', why: shown(received) })

/** End of the first whole line that `ends` matches; undefined while there is none. */
const endOf = (received: Uint8Array, ends: RegExp): { used: number; line: string } | undefined => {
  let at = 0
  for (const line of toText(received).split(/(?<=\n)/)) {
    at += line.length
    if (line.endsWith('\n') && ends.test(line)) return { used: at, line: line.trimEnd() }
  }
  return undefined
}

/** Lines of a protocol: what is sent after each answer, and what an answer that lets go on looks like. The last answer is followed by TLS. */
const lines = (steps: readonly { ends: RegExp; good: RegExp; say?: string }[]): Script => ({
  first: new Uint8Array(),
  step: (received, sent) => {
    const step = steps[sent]
    if (step === undefined) return refused(received)
    const found = endOf(received, step.ends)
    if (found === undefined) return wait
    if (!step.good.test(found.line)) return { kind: 'refused', why: JSON.stringify(found.line.slice(0, 80)) }
    return step.say === undefined ? { kind: 'tls', used: found.used } : { kind: 'send', octets: text(step.say) }
  },
})

/** RFC 3207, section 4. A reply ends with the line whose code is followed by a space (RFC 5321, section 4.2.1). */
const reply = /^\d{3}( |\r|\n)/
const smtp = lines([
  { ends: reply, good: /^220/, say: 'EHLO fips-conformance.invalid\r\n' },
  { ends: reply, good: /^250/, say: 'STARTTLS\r\n' },
  { ends: reply, good: /^220/ },
])

/** RFC 3501, section 6.2.1. */
const imap = lines([
  { ends: /^\* /, good: /^\* (OK|PREAUTH)/i, say: 'a1 STARTTLS\r\n' },
  { ends: /^a1 /i, good: /^a1 OK/i },
])

/** RFC 2595, section 4. */
const pop3 = lines([
  { ends: /^/, good: /^\+OK/i, say: 'STLS\r\n' },
  { ends: /^/, good: /^\+OK/i },
])

/** SSLRequest; the answer is one octet (PostgreSQL documentation, Frontend/Backend Protocol, SSL Session Encryption). */
const postgres: Script = {
  first: fromHex('0000000804d2162f'),
  step: (received) => (received.length === 0 ? wait : received[0] === 0x53 ? { kind: 'tls', used: 1 } : refused(received)),
}

/** ExtendedRequest 1.3.6.1.4.1.1466.20037, message 1 (RFC 4511, sections 4.12 and 4.14.1). */
const ldapRequest = join(fromHex('301d02010177188016'), text('1.3.6.1.4.1.1466.20037'))

/** A length of BER (X.690, section 8.1.3). */
const berLength = (cursor: Cursor): number => {
  const first = cursor.number(1)
  if (first < 0x80) return first
  let length = 0
  for (let octets = first & 0x7f; octets > 0; octets--) length = length * 256 + cursor.number(1)
  return length
}

const ldap: Script = {
  first: ldapRequest,
  step: (received) => {
    try {
      const cursor = new Cursor(received)
      if (cursor.number(1) !== 0x30) return refused(received)
      const message = new Cursor(cursor.take(berLength(cursor)))
      message.number(1)
      message.take(berLength(message))
      const response = message.number(1)
      berLength(message)
      const code = message.number(1) === 0x0a && message.number(1) === 1 ? message.number(1) : undefined
      if (response === 0x78 && code === 0) return { kind: 'tls', used: cursor.at }
      return { kind: 'refused', why: `result code ${code ?? 'unknown'}` }
    } catch (error) {
      if (error instanceof ShortRead) return wait
      throw error
    }
  },
}

/** CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION (MySQL documentation, Capabilities Flags). */
const mysqlCapabilities = 0x00008a00
const clientSsl = 0x0800

/** SSLRequest answers the greeting, and TLS begins at once (MySQL documentation, Connection Phase, SSL Handshake). */
const mysql: Script = {
  first: new Uint8Array(),
  step: (received, sent) => {
    if (sent > 0) return { kind: 'tls', used: 0 }
    const [low = 0, middle = 0, high = 0] = received
    const length = low + middle * 256 + high * 65_536
    if (received.length < 4 || received.length < 4 + length) return wait
    const body = received.subarray(4, 4 + length)
    // 10 is the protocol version; behind the server's name: thread id, 8 octets of challenge, a zero, the lower capability flags.
    const end = body.indexOf(0, 1)
    const flags = (body[end + 14] ?? 0) + (body[end + 15] ?? 0) * 256
    if (body[0] !== 10 || end < 0) return refused(body)
    if ((flags & clientSsl) === 0) return { kind: 'refused', why: 'the greeting has no SSL capability' }
    const request = new Uint8Array(36)
    request.set([32, 0, 0, 1])
    new DataView(request.buffer).setUint32(4, mysqlCapabilities, true)
    new DataView(request.buffer).setUint32(8, 1 << 24, true)
    request.set(u8(45), 12)
    return { kind: 'send', octets: request }
  },
}

const scripts: Readonly<Record<StarttlsProtocol, Script>> = { smtp, imap, pop3, postgres, mysql, ldap }

/** No greeting is longer. Octets. */
const mostReceived = 16_384

const negotiate = (stream: Duplex, protocol: StarttlsProtocol, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const { first, step } = scripts[protocol]
    let received: Uint8Array = new Uint8Array()
    let sent = 0
    const done = (error?: Error): void => {
      stream.off('data', take)
      stream.off('end', ended)
      stream.off('close', ended)
      signal.removeEventListener('abort', aborted)
      if (error) {
        stream.destroy()
        reject(error)
      } else resolve()
    }
    const fail = (why: string): void => done(new Error(`no TLS by STARTTLS of ${protocol}: ${why}`))
    const ended = (): void => fail('closed before TLS began')
    const aborted = (): void => fail('no answer in time')
    const goOn = (next: Step): void => {
      if (next.kind === 'refused') fail(next.why)
      if (next.kind === 'send') {
        received = new Uint8Array()
        sent++
        stream.write(next.octets)
        // Some servers say nothing between what they are asked and TLS.
        goOn(step(received, sent))
      }
      if (next.kind === 'tls') {
        // Paused, so that nothing is lost before the next listener comes, who has to resume it.
        stream.pause()
        done()
        const rest = received.subarray(next.used)
        if (rest.length > 0) stream.unshift(Buffer.from(rest))
      }
    }
    const take = (chunk: Uint8Array): void => {
      received = join(received, chunk)
      if (received.length > mostReceived) fail(`more than ${mostReceived} octets before TLS`)
      else goOn(step(received, sent))
    }
    // Stays registered: whoever gets the stream has a listener of its own, and until then an error must not go unheard.
    stream.once('error', (error) => done(error))
    stream.on('data', take)
    stream.once('end', ended)
    stream.once('close', ended)
    signal.addEventListener('abort', aborted, { once: true })
    if (signal.aborted) aborted()
    else if (first.length > 0) stream.write(first)
  })

/**
 * Dials, and leads the plaintext protocol up to the point at which TLS begins, so that the prober sees a TLS listener. At most 16 KiB are read before.
 * The stream comes paused. Rejects when the server does not offer TLS, with what it said instead.
 */
export const dialStarttls =
  (protocol: StarttlsProtocol, dial: Dial): Dial =>
  async (signal) => {
    const stream = await dial(signal)
    await negotiate(stream, protocol, signal)
    return stream
  }
