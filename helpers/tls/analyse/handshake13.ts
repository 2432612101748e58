import { Cursor, fromHex, join, ShortRead } from './bytes.ts'
import type { ExchangeData } from './exchange-data.ts'
import { type Suite13, suite13, unprotect13 } from './key-schedule13.ts'

/** A handshake message with its header. */
export type Message = { type: number; whole: Uint8Array }

/** What a server said behind its ServerHello, in the clear again. */
export type Opened = {
  /** EncryptedExtensions to Finished, as far as they came. */
  handshake: readonly Message[]
  /** Finished was there: `handshake` is the whole flight. */
  finished: boolean
  /** NewSessionTicket and other messages behind the handshake. */
  afterwards: readonly Message[]
  /** Descriptions of encrypted alerts. */
  alerts: readonly number[]
}

const encryptedRecords = (received: Uint8Array): Uint8Array[] => {
  const cursor = new Cursor(received)
  const bodies: Uint8Array[] = []
  while (cursor.left >= 5) {
    const type = cursor.number(1)
    cursor.take(2)
    const length = cursor.number(2)
    if (length > cursor.left) break
    const body = cursor.take(length)
    if (type === 23) bodies.push(body)
  }
  return bodies
}

const messagesIn = (bytes: Uint8Array): Message[] => {
  const cursor = new Cursor(bytes)
  const messages: Message[] = []
  while (cursor.left >= 4) {
    const start = cursor.at
    const type = cursor.number(1)
    const length = cursor.number(3)
    if (length > cursor.left) break
    cursor.take(length)
    messages.push({ type, whole: bytes.subarray(start, cursor.at) })
  }
  return messages
}

const finishedType = 20

/**
 * Opens the encrypted records of a server with its traffic secrets: those of the handshake, and behind its Finished those of the application (RFC 8446,
 * section 4). Reading stops at the first record that they do not fit.
 */
export const openServer = (suite: Suite13, received: Uint8Array, secrets: { handshake: Uint8Array; application?: Uint8Array }): Opened => {
  const alerts: number[] = []
  let flight: Uint8Array = new Uint8Array()
  let behind: Uint8Array = new Uint8Array()
  let finished = false
  let sequence = 0
  for (const body of encryptedRecords(received)) {
    const secret = finished ? secrets.application : secrets.handshake
    const opened = secret && unprotect13(suite, secret, sequence, body)
    if (opened === undefined) break
    sequence++
    if (opened.type === 21 && opened.content[1] !== undefined) alerts.push(opened.content[1])
    if (opened.type !== 22) continue
    if (finished) behind = join(behind, opened.content)
    else flight = join(flight, opened.content)
    if (!finished && messagesIn(flight).some(({ type }) => type === finishedType)) {
      finished = true
      sequence = 0
    }
  }
  return { handshake: messagesIn(flight), finished, afterwards: messagesIn(behind), alerts }
}

/** Whether a server would take data before its handshake is over (RFC 8446, section 2.3). */
export type EarlyDataFacts = {
  /** `no-ticket`: the handshake was gone through with and no ticket came, so there is nothing that early data could be sent with. */
  state: 'offered' | 'not-offered' | 'no-ticket' | 'unknown'
  why: string
  /** Most octets of early data that a ticket allows. */
  most: number
  exchange: string
}

/** max_early_data_size of a NewSessionTicket; 0 where the extension is absent (RFC 8446, section 4.6.1). */
const earlyDataOf = ({ whole }: Message): number => {
  const body = new Cursor(whole, 4)
  body.take(8)
  body.vector(1)
  body.vector(2)
  const extensions = body.vector(2)
  while (extensions.left > 0) {
    const type = extensions.number(2)
    const content = extensions.vector(2)
    if (type === 42) return content.number(1) * 2 ** 24 + content.number(3)
  }
  return 0
}

/** Reads the handshake of TLS 1.3 that was gone through with; undefined where there is none. */
export const readEarlyData = (
  connections: readonly { id: string; data: ExchangeData; received: Uint8Array }[],
): EarlyDataFacts | undefined => {
  const found = connections.find(({ data }) => data.ask === 'tls13-handshake')
  if (found === undefined) return undefined
  const { id, data, received } = found
  const say = (state: EarlyDataFacts['state'], why: string, most = 0): EarlyDataFacts => ({ state, why, most, exchange: id })
  const suite = data.secrets && suite13(data.secrets.suite)
  if (data.secrets === undefined || suite === undefined)
    return say('unknown', `no handshake of TLS 1.3 was gone through with: ${data.ended}`)
  const { handshake, application } = data.secrets
  const opened = openServer(suite, received, {
    handshake: fromHex(handshake),
    ...(application !== undefined && { application: fromHex(application) }),
  })
  if (!opened.finished) return say('unknown', 'the server did not finish its part of the handshake')
  const refusal = opened.alerts.find((description) => description !== 0)
  if (refusal !== undefined) return say('unknown', `the handshake ended with alert ${refusal}`)
  try {
    const tickets = opened.afterwards.filter(({ type }) => type === 4).map(earlyDataOf)
    const most = Math.max(0, ...tickets)
    if (tickets.length === 0) return say('no-ticket', 'no session ticket came')
    if (most > 0) return say('offered', `a session ticket allows ${most} octets of early data`, most)
    return say('not-offered', 'a session ticket came, and it allows no early data')
  } catch (error) {
    if (error instanceof ShortRead) return say('unknown', 'a session ticket cannot be read')
    throw error
  }
}
