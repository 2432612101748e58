import { describe, expect, it } from 'vitest'
import { fromHex, join, toHex, u16, vector8, vector16, vector24 } from './bytes.ts'
import type { ExchangeData } from './exchange-data.ts'
import { readEarlyData } from './handshake13.ts'
import { protect13, suite13 } from './key-schedule13.ts'

const suite = suite13('1301')
if (suite === undefined) throw new Error('no suite')
const secrets = { handshake: new Uint8Array(32).fill(1), application: new Uint8Array(32).fill(2) }

const message = (type: number, ...body: Uint8Array[]): Uint8Array => join(Uint8Array.of(type), vector24(...body))
const finished = message(20, new Uint8Array(32))
/** A NewSessionTicket, with max_early_data_size where it is given (RFC 8446, sections 4.6.1 and 4.2.10). */
const ticket = (most?: number): Uint8Array => {
  const extension = most === undefined ? new Uint8Array() : join(u16(42), vector16(u16(most >> 16), u16(most & 0xffff)))
  return message(4, new Uint8Array(8), vector8(new Uint8Array(2)), vector16(new Uint8Array(20)), vector16(extension))
}

const facts = (records: readonly Uint8Array[], known: { secrets?: boolean } = {}) => {
  const data: ExchangeData = {
    ask: 'tls13-handshake',
    order: 0,
    question: '',
    spec: null,
    ended: 'complete',
    detail: '',
    ms: 1,
    ...(known.secrets !== false && {
      secrets: { suite: '1301', handshake: toHex(secrets.handshake), application: toHex(secrets.application) },
    }),
  }
  return readEarlyData([{ id: 'o1', data, received: join(...records) }])
}
const handshake = protect13(suite, secrets.handshake, 0, 22, join(message(8, u16(0)), finished))
const application = (...messages: Uint8Array[]): Uint8Array[] =>
  messages.map((one, index) => protect13(suite, secrets.application, index, one.length === 2 ? 21 : 22, one))

describe('readEarlyData', () => {
  it.each([
    ['offered', application(ticket(), ticket(16_384)), 16_384],
    ['offered', application(ticket(0x7fffffff)), 0x7fffffff],
    ['not-offered', application(ticket(), ticket(0)), 0],
    ['no-ticket', application(fromHex('0100')), 0],
    ['unknown', application(fromHex('0274')), 0],
    ['unknown', application(message(4, new Uint8Array(9))), 0],
  ] as const)('%s', (state, records, most) => {
    expect(facts([handshake, ...records])).toMatchObject({ state, most, exchange: 'o1' })
  })

  it('knows nothing of a handshake that was not gone through with, or that its secrets do not open', () => {
    expect(facts([])?.state).toBe('unknown')
    expect(facts([handshake], { secrets: false })?.state).toBe('unknown')
    expect(facts([handshake.with(20, (handshake[20] ?? 0) ^ 1), ...application(ticket(1))])?.state).toBe('unknown')
    expect(readEarlyData([])).toBeUndefined()
  })
})
