import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { writeClientHello } from '../analyse/client-hello.ts'
import { tls12Hello, tls13Hello } from '../analyse/hello-forms.ts'
import { readClientHello } from '../analyse/read-client-hello.ts'
import { type ControlServer, startRawServer } from './control-server.ts'
import { dialTcp } from './dial-tcp.ts'
import { type Exchanged, exchange } from './exchange.ts'
import { keyShares } from './key-shares.ts'
import { selfSigned } from './self-signed.ts'
import { alertRecord, serverFlight } from './server-messages.ts'

const identity = selfSigned('ec')
const seed = { random: '22'.repeat(32), sessionId: '33'.repeat(32), sni: null, shares: keyShares() }
const hello = writeClientHello(tls12Hello(seed))
const hello13 = writeClientHello(tls13Hello(seed))
const open: ControlServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const flightFor = (received: Uint8Array): Uint8Array | undefined => {
  const offer = readClientHello(received)
  if (offer === undefined) return undefined
  const choice = offer.versions.includes('0304')
    ? { version: '0304', suite: '1301', group: '0017' }
    : { version: '0303', suite: 'c02b', group: '0017' }
  return serverFlight(offer, choice, identity)
}

const ask = async (answer: (socket: Socket, received: Uint8Array) => void, sent = hello, timeoutMs = 400): Promise<Exchanged> => {
  const server = await startRawServer(answer)
  open.push(server)
  return exchange(dialTcp('127.0.0.1', server.port), sent, { timeoutMs, signal: AbortSignal.timeout(10_000) })
}

describe('exchange', () => {
  it('reads to ServerHelloDone and no further', async () => {
    const { ended, received, sent, ms } = await ask((socket, bytes) => socket.write(flightFor(bytes) ?? ''))
    expect([ended, sent]).toEqual(['complete', hello])
    expect(received.length).toBeGreaterThan(300)
    expect(ms).toBeLessThan(400)
  })

  it('reads a flight that drips one octet at a time', async () => {
    const drip = async (socket: Socket, bytes: Uint8Array): Promise<void> => {
      for (const octet of bytes) {
        socket.write(Uint8Array.of(octet))
        await sleep(0)
      }
    }
    const { ended, received } = await ask(
      (socket, bytes) => void drip(socket.setNoDelay(), flightFor(bytes) ?? new Uint8Array()),
      hello,
      5_000,
    )
    expect([ended, received.at(-4)]).toEqual(['complete', 14])
  })

  it('sees an alert right after a ServerHello of TLS 1.3', async () => {
    const { ended } = await ask((socket, bytes) => {
      const flight = flightFor(bytes)
      if (flight === undefined) return
      socket.write(flight.subarray(0, 5 + ((flight[3] ?? 0) << 8) + (flight[4] ?? 0)))
      setTimeout(() => socket.write(alertRecord(40)), 15)
    }, hello13)
    expect(ended).toBe('alert')
  })

  it.each([
    ['alert', 'alert', (socket: Socket) => socket.end(alertRecord(40))],
    ['FIN', 'fin', (socket: Socket) => socket.end()],
    ['RST', 'rst', (socket: Socket) => socket.resetAndDestroy()],
    ['nothing', 'timeout', () => undefined],
    ['half a record', 'timeout', (socket: Socket) => socket.write(Uint8Array.of(22, 3, 3, 0))],
    ['a warning only', 'timeout', (socket: Socket) => socket.write(alertRecord(112, 1))],
    ['HTTP', 'complete', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['an SSH banner', 'complete', (socket: Socket) => socket.write('SSH-2.0-x\r\n')],
  ] as const)('tells %s as %s', async (_name, expected, answer) => {
    expect((await ask((socket) => void answer(socket))).ended).toBe(expected)
  })

  it('stops listening to a peer that never ends', async () => {
    // One handshake message of 16 MB in sound records: never whole, never wrong.
    const record = new Uint8Array(5 + 16_384)
    record.set([22, 3, 3, 0x40, 0])
    const first = record.slice()
    first.set([2, 0xff, 0xff, 0xff], 5)
    const { ended, detail, received } = await ask(
      (socket) => {
        socket.write(first)
        for (let times = 0; times < 100; times++) socket.write(record)
      },
      hello,
      5_000,
    )
    expect([ended, detail]).toEqual(['complete', 'stopped reading after 262144 octets'])
    expect(received.length).toBeLessThan(600_000)
  })

  it('keeps a closed port, a failing dial and a dial that hangs apart', async () => {
    const server = await startRawServer(() => undefined)
    await server.close()
    const options = { timeoutMs: 100, signal: AbortSignal.timeout(10_000) }
    expect(await exchange(dialTcp('127.0.0.1', server.port), hello, options)).toMatchObject({ ended: 'refused', detail: 'ECONNREFUSED' })
    expect(await exchange(() => Promise.reject(new Error('the tunnel broke')), hello, options)).toMatchObject({
      ended: 'dial-failed',
      detail: 'the tunnel broke',
    })
    let late: Duplex | undefined
    const slow = async (): Promise<Duplex> => {
      await sleep(200)
      late = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
      return late
    }
    expect(await exchange(slow, hello, options)).toMatchObject({ ended: 'unreachable', detail: 'no connection within 100 ms' })
    await sleep(200)
    expect(late?.destroyed).toBe(true)
  })

  it('throws what aborted it', async () => {
    const stop = new AbortController()
    const server = await startRawServer(() => stop.abort(new Error('enough')))
    open.push(server)
    await expect(exchange(dialTcp('127.0.0.1', server.port), hello, { timeoutMs: 5_000, signal: stop.signal })).rejects.toThrow('enough')
  })
})
