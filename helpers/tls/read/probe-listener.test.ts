import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { refusesOldVersions, refusesUnapprovedGroups, refusesUnapprovedSuites } from '../../rules/refusal.ts'
import { isDnsResponse } from '../analyse/protocol.ts'
import { readClientHello } from '../analyse/read-client-hello.ts'
import { type ControlServerOptions, chooseFor, startRawServer } from './control-server.ts'
import { dialTcp } from './dial-tcp.ts'
import { selfSigned } from './self-signed.ts'
import { alertRecord, serverFlight } from './server-messages.ts'
import { acceptedOf, outcomeOf, type Probed, probePort, verdictsOf } from './test-helpers.ts'

const identities = { ec: selfSigned('ec'), rsa: selfSigned('rsa') }
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

const nodeServer = (type: 'ec' | 'rsa', options: TlsOptions = {}): Promise<number> =>
  listening(createTlsServer({ key: identities[type].keyPem, cert: identities[type].certificatePem, ...options }))

const approvedOnly: TlsOptions = {
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE+AESGCM',
  ecdhCurve: 'P-256:P-384:P-521',
}

const raw = async (answer: (socket: Socket, received: Uint8Array, connection: number) => void): Promise<number> => {
  const server = await startRawServer(answer)
  closing.push(server.close)
  return server.port
}

/** Answers as a control server does, from its own certificate. */
const answerAs =
  (options: ControlServerOptions, type: 'ec' | 'rsa' = 'ec') =>
  (socket: Socket, received: Uint8Array): void => {
    const offer = readClientHello(received)
    if (offer === undefined) return
    const choice = chooseFor(offer, options)
    if (choice) socket.write(serverFlight(offer, choice, identities[type]))
    else socket.end(alertRecord(40))
  }
const sound: ControlServerOptions = { accept: {}, mode: 'chooser' }

const refusedStates = ['refused', 'refused-atypical']
const refusedCodes = ({ facts }: Probed): string[] =>
  facts.questions.flatMap(({ points }) => points.filter(({ state }) => refusedStates.includes(state)).map(({ code }) => code))

describe('a TLS server of Node', () => {
  it.each(['ec', 'rsa'] as const)('with defaults and a certificate of type %s: what it accepts is named', async (type) => {
    const probed = await probePort(await nodeServer(type))
    expect(probed.facts.varies).toBeUndefined()
    expect(acceptedOf(probed, 'tls13-chacha20')).toEqual(['1303'])
    expect(acceptedOf(probed, 'tls12-chacha20')).toEqual([type === 'ec' ? 'cca9' : 'cca8'])
    expect(acceptedOf(probed, 'tls12-x25519')).toEqual(['001d'])
    expect(acceptedOf(probed, 'tls13-x25519')).toEqual(['001d'])
    expect(acceptedOf(probed, 'tls13-hybrids')).toContain('11ec')
    expect(acceptedOf(probed, 'tls13-groups')).toEqual(['0017', '0018', '0019'])
    expect(verdictsOf(probed)).toEqual(['pass', 'fail', 'fail', 'pass', 'pass'])
    expect(probed.judge(refusesUnapprovedSuites).reason).toContain('TLS_CHACHA20_POLY1305_SHA256 (1303) accepted in TLS 1.3')
    expect(probed.judge(refusesUnapprovedGroups).reason).toContain('x25519 (001d) accepted in TLS 1.3')
  })

  it.each(['ec', 'rsa'] as const)(
    'with approved cryptography only and a certificate of type %s: passes in about 25 connections',
    async (type) => {
      const probed = await probePort(await nodeServer(type, approvedOnly))
      expect(verdictsOf(probed)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass'])
      expect(probed.facts.connections).toBeLessThanOrEqual(27)
      expect(probed.facts.certificates[0]?.keyType).toBe(type)
      for (const { points } of probed.facts.questions) {
        for (const point of points.filter(({ state }) => state === 'refused')) {
          expect(point.controls).toHaveLength(2)
          expect(point.alert?.position ?? 'before-server-hello').toBe('before-server-hello')
        }
      }
    },
  )

  it('that wants a client certificate is measured all the same', async () => {
    const certificate = { requestCert: true, rejectUnauthorized: true, ca: [identities.rsa.certificatePem] }
    const strict = await probePort(await nodeServer('rsa', { ...approvedOnly, ...certificate }))
    expect(strict.facts.clientCertificateRequested).toBe(true)
    expect(verdictsOf(strict).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
    const loose = await probePort(await nodeServer('rsa', certificate))
    expect(verdictsOf(loose).slice(0, 3)).toEqual(['pass', 'fail', 'fail'])
  })

  it.each([
    ['TLSv1.2', '0304'],
    ['TLSv1.3', '0303'],
  ] as const)('that speaks %s only: what needs the other version is refused with it', async (version, other) => {
    const probed = await probePort(await nodeServer('rsa', { ...approvedOnly, minVersion: version, maxVersion: version }))
    expect(outcomeOf(probed, `version-${other}`)).toBe('refused')
    expect(outcomeOf(probed, other === '0304' ? 'tls13-chacha20' : 'tls12-chacha20')).toBe('refused')
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
  })

  it('that speaks TLS 1.0 fails for it', async () => {
    const probed = await probePort(await nodeServer('rsa', { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }))
    expect(probed.judge(refusesOldVersions)).toMatchObject({ verdict: 'fail', reason: 'TLS 1.0 (0301) accepted, TLS 1.1 (0302) accepted' })
  })

  it('that knows x25519 only fails, although no control was accepted', async () => {
    const probed = await probePort(await nodeServer('rsa', { ecdhCurve: 'X25519' }))
    expect(probed.judge(refusesUnapprovedGroups).verdict).toBe('fail')
    expect(outcomeOf(probed, 'tls13-hybrids')).toBe('inconclusive')
  })

  it('is asked the same through every number of connections at a time', async () => {
    const port = await nodeServer('ec', approvedOnly)
    for (const concurrency of [1, 4])
      expect(verdictsOf(await probePort(port, { concurrency })).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
  })
})

describe('a server that is not sound', () => {
  it.each([
    ['RST', (socket: Socket) => socket.resetAndDestroy()],
    ['FIN', (socket: Socket) => socket.end()],
  ] as const)('that answers everything forbidden with %s refuses nothing by that', async (_name, deny) => {
    const port = await raw((socket, received) => {
      const offer = readClientHello(received)
      const choice = offer && chooseFor(offer, sound)
      if (offer && choice) socket.write(serverFlight(offer, choice, identities.ec))
      else if (offer) deny(socket)
    })
    const probed = await probePort(port)
    expect(outcomeOf(probed, 'tls13-chacha20')).toBe('silent')
    expect(refusedCodes(probed)).toEqual([])
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
  })

  it('that is mute to everything forbidden refuses nothing by that', async () => {
    const port = await raw((socket, received) => {
      const offer = readClientHello(received)
      const choice = offer && chooseFor(offer, sound)
      if (offer && choice) socket.write(serverFlight(offer, choice, identities.ec))
    })
    const probed = await probePort(port, { timeoutMs: 150 })
    expect(refusedCodes(probed)).toEqual([])
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
  })

  it.each([40, 70, 47, 80, 112, 120, 10])('that answers everything with alert %i refuses nothing by that', async (description) => {
    const probed = await probePort(
      await raw((socket, received) => void (readClientHello(received) && socket.end(alertRecord(description)))),
    )
    expect(probed.facts.protocol).toBe('tls')
    expect(refusedCodes(probed)).toEqual([])
    expect(verdictsOf(probed)).toEqual(['inconclusive', 'inconclusive', 'inconclusive', 'pass', 'pass'])
  })

  it.each([
    [80, 'refused-atypical', 'pass'],
    [112, 'inconclusive', 'inconclusive'],
  ] as const)('that refuses with alert %i between accepted controls: %s', async (description, outcome, verdict) => {
    const port = await raw((socket, received) => {
      const offer = readClientHello(received)
      if (offer === undefined) return
      const choice = chooseFor(offer, sound)
      if (choice) socket.write(serverFlight(offer, choice, identities.ec))
      else socket.end(alertRecord(description))
    })
    const probed = await probePort(port)
    expect(outcomeOf(probed, 'tls13-chacha20')).toBe(outcome)
    expect(probed.judge(refusesUnapprovedSuites).verdict).toBe(verdict)
  })

  it.each([1, 3, 8, 15, 20])('that stops answering after %i connections passes nothing that was not framed', async (many) => {
    const port = await raw((socket, received, connection) => connection < many && answerAs(sound)(socket, received))
    const probed = await probePort(port, { timeoutMs: 150, concurrency: 1 })
    for (const { points } of probed.facts.questions) {
      for (const point of points.filter(({ state }) => state === 'refused')) {
        const order = (id: string): number => Number(id.slice(1))
        expect(point.controls.map(order).every((place) => place < many)).toBe(true)
      }
    }
    expect(verdictsOf(probed).slice(1, 3)).toContain('inconclusive')
    expect(probed.facts.connections).toBeLessThan(30)
  })

  it('that chooses a suite that nobody offered breaks the protocol', async () => {
    const port = await raw((socket, received) => {
      const offer = readClientHello(received)
      if (offer === undefined) return
      const choice = chooseFor(offer, sound)
      const version = offer.versions[0] ?? '0303'
      socket.write(serverFlight(offer, choice ?? { version, suite: version === '0304' ? '1301' : 'c02b', group: '0017' }, identities.ec))
    })
    const probed = await probePort(port)
    expect(outcomeOf(probed, 'tls13-chacha20')).toBe('protocol-violation')
    expect(probed.judge(refusesUnapprovedSuites).reason).toContain('protocol violation')
    expect(probed.judge(refusesUnapprovedSuites).verdict).toBe('inconclusive')
  })

  it('that chooses and then gives up is neither accepting nor refusing', async () => {
    const port = await raw((socket, received) => {
      const offer = readClientHello(received)
      if (offer === undefined) return
      const choice = chooseFor(offer, { accept: { version: '0304', suite: '1303' }, mode: 'reluctant' })
      if (choice === undefined) return void socket.end(alertRecord(40))
      const flight = serverFlight(offer, choice, identities.ec)
      if (choice.suite !== '1303') socket.write(flight)
      else socket.write(flight.subarray(0, 5 + ((flight[3] ?? 0) << 8) + (flight[4] ?? 0)), () => socket.end(alertRecord(40)))
    })
    const probed = await probePort(port)
    expect(outcomeOf(probed, 'tls13-chacha20')).toBe('not-servable')
    expect(probed.judge(refusesUnapprovedSuites).verdict).toBe('inconclusive')
  })
})

describe('two servers behind one address', () => {
  const bad: ControlServerOptions[] = [
    { accept: { version: '0304', suite: '1303' }, mode: 'chooser' },
    { accept: { version: '0303', suite: 'cca9' }, mode: 'chooser' },
    { accept: { version: '0304', group: '001d' }, mode: 'chooser' },
    { accept: { version: '0303', group: '001d' }, mode: 'chooser' },
  ]
  it.each(bad.flatMap((options) => [0, 1].map((parity) => ({ options, parity }))))(
    'never pass: $options.accept, turn $parity',
    async ({ options, parity }) => {
      const port = await raw((socket, received, connection) => answerAs(connection % 2 === parity ? options : sound)(socket, received))
      const probed = await probePort(port, { concurrency: 1 })
      const rule = options.accept.suite ? refusesUnapprovedSuites : refusesUnapprovedGroups
      expect(probed.judge(rule).verdict).not.toBe('pass')
    },
  )

  it('never pass when asked twice, though the bad one prefers what is approved', async () => {
    for (const accept of [...bad.map((options) => options.accept), { version: '0301' }]) {
      for (const parity of [0, 1]) {
        const port = await raw((socket, received, connection) =>
          answerAs(connection % 2 === parity ? { accept, mode: 'reluctant' } : sound)(socket, received),
        )
        const probed = await probePort(port, { concurrency: 1, rounds: 2 })
        expect(verdictsOf(probed).slice(0, 3)).not.toEqual(['pass', 'pass', 'pass'])
      }
    }
  })

  it('are seen by their certificates', async () => {
    const port = await raw((socket, received, connection) => answerAs(sound, connection % 2 === 0 ? 'ec' : 'rsa')(socket, received))
    const probed = await probePort(port, { concurrency: 1 })
    expect(probed.facts.varies).toContain('certificate')
    expect(refusedCodes(probed)).toEqual([])
  })
})

describe('a listener without TLS', () => {
  it('that speaks HTTP', async () => {
    const probed = await probePort(await listening(createHttpServer((_request, response) => response.end('ok'))))
    expect(probed.facts.protocol).toBe('http')
    expect(verdictsOf(probed)).toEqual(['not-applicable', 'not-applicable', 'not-applicable', 'fail', 'pass'])
  })

  it('that speaks HTTP/2 only', async () => {
    const probed = await probePort(await listening(createHttp2Server()), { timeoutMs: 600 })
    expect(probed.facts.protocol).toBe('http')
  })

  it('that speaks SSH', async () => {
    const probed = await probePort(
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
    const probed = await probePort(port, { timeoutMs: 5_000 })
    expect(probed.facts.protocol).toBe('dns')
    expect(performance.now() - started).toBeLessThan(4_000)
    expect(verdictsOf(probed)).toEqual(['not-applicable', 'not-applicable', 'not-applicable', 'fail', 'pass'])
  })

  it('that never answers, or answers nonsense', async () => {
    const silent = await probePort(await raw(() => undefined), { timeoutMs: 600 })
    expect([silent.facts.protocol, ...verdictsOf(silent)]).toEqual(['silent', ...Array.from({ length: 5 }, () => 'inconclusive')])
    const other = await probePort(await raw((socket) => void socket.write('220 ready\r\n')), { timeoutMs: 600 })
    expect([other.facts.protocol, ...verdictsOf(other)]).toEqual(['plaintext-other', ...Array.from({ length: 5 }, () => 'inconclusive')])
  })

  it('that is not there', async () => {
    const server = await startRawServer(() => undefined)
    await server.close()
    const probed = await probePort(server.port)
    expect([probed.facts.protocol, ...verdictsOf(probed)]).toEqual(['unreachable', ...Array.from({ length: 5 }, () => 'inconclusive')])
  })

  it('only by its own word: a TLS server that complains about plain HTTP is not called plaintext', async () => {
    const port = await raw((socket, received) => {
      if (received[0] === 0x47) socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n')
    })
    const probed = await probePort(port, { timeoutMs: 600 })
    expect(probed.facts.protocol).toBe('tls')
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
  })
})

describe('probeListener', () => {
  it('tries a dial that failed once more', async () => {
    const port = await nodeServer('ec', approvedOnly)
    let dials = 0
    const shaky = (signal: AbortSignal) =>
      dials++ % 5 === 0 ? Promise.reject(new Error('exec failed')) : dialTcp('127.0.0.1', port)(signal)
    const probed = await probePort(port, { dial: shaky })
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
  })

  it('stays within its budget against a server that accepts everything', async () => {
    const probed = await probePort(await nodeServer('rsa', { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }), { budget: 40 })
    expect(probed.facts.connections).toBeLessThanOrEqual(42)
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['fail', 'fail', 'fail'])
  })

  it('throws what aborted it', async () => {
    const port = await raw(() => undefined)
    await expect(probePort(port, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/i)
  })
})
