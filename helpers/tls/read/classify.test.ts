import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { isDnsResponse } from '../analyse/protocol.ts'
import { startRawServer } from './control-server.ts'
import { sweepPort, verdictsOf } from './test-helpers.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    closing.push(() => server.close())
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })

const raw = async (answer: (socket: Socket, received: Uint8Array, connection: number) => void): Promise<number> => {
  const server = await startRawServer(answer)
  closing.push(server.close)
  return server.port
}

const allInconclusive = Array.from({ length: 5 }, () => 'inconclusive')

describe('a listener without TLS', () => {
  it('that speaks HTTP', async () => {
    const probed = await sweepPort(await listening(createHttpServer((_request, response) => response.end('ok'))))
    expect([probed.facts.protocol, probed.facts.sweep]).toEqual(['http', undefined])
    expect(verdictsOf(probed)).toEqual(['not-applicable', 'not-applicable', 'not-applicable', 'fail', 'pass'])
  })

  it('that speaks HTTP/2 only', async () => {
    const probed = await sweepPort(await listening(createHttp2Server()), { timeoutMs: 600 })
    expect(probed.facts.protocol).toBe('http')
  })

  it('that speaks SSH', async () => {
    const probed = await sweepPort(
      await listening(createServer((socket) => void socket.on('error', () => socket.destroy()).write('SSH-2.0-OpenSSH_9.2\r\n'))),
    )
    expect([probed.facts.protocol, probed.facts.connections]).toEqual(['ssh', 1])
    expect(verdictsOf(probed)).toEqual(['not-applicable', 'not-applicable', 'not-applicable', 'pass', 'pass'])
  })

  it('that speaks DNS: a hello does not have to time out first', async () => {
    const port = await raw((socket, received) => {
      const length = ((received[0] ?? 0) << 8) + (received[1] ?? 0)
      if (received.length < length + 2) return
      const reply = received.slice()
      reply[4] = 0x81
      expect(isDnsResponse(reply)).toBe(true)
      socket.write(reply)
    })
    const started = performance.now()
    const probed = await sweepPort(port, { timeoutMs: 5_000 })
    expect(probed.facts.protocol).toBe('dns')
    expect(performance.now() - started).toBeLessThan(4_000)
    expect(verdictsOf(probed)).toEqual(['not-applicable', 'not-applicable', 'not-applicable', 'fail', 'pass'])
  })

  it('that never answers, or answers nonsense', async () => {
    const silent = await sweepPort(await raw(() => undefined), { timeoutMs: 600 })
    expect([silent.facts.protocol, ...verdictsOf(silent)]).toEqual(['silent', ...allInconclusive])
    const other = await sweepPort(await raw((socket) => void socket.write('220 ready\r\n')), { timeoutMs: 600 })
    expect([other.facts.protocol, ...verdictsOf(other)]).toEqual(['plaintext-other', ...allInconclusive])
  })

  it('that is not there', async () => {
    const server = await startRawServer(() => undefined)
    await server.close()
    const probed = await sweepPort(server.port)
    expect([probed.facts.protocol, ...verdictsOf(probed)]).toEqual(['unreachable', ...allInconclusive])
  })
})

it('calls a TLS server that complains about plain HTTP no plaintext, by its own word only', async () => {
  const port = await raw((socket, received) => {
    if (received[0] === 0x47) socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n')
  })
  const probed = await sweepPort(port, { timeoutMs: 600 })
  expect(probed.facts.protocol).toBe('tls')
  expect(verdictsOf(probed)).toEqual(['inconclusive', 'inconclusive', 'inconclusive', 'pass', 'pass'])
})
