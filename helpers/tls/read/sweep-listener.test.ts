import { randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { askable } from '../../policy/code-point-space.ts'
import { suiteNames } from '../../policy/code-points-suites.ts'
import { refusesOldVersions, refusesUnapprovedSuites } from '../../rules/refusal.ts'
import { code4, countOf } from '../analyse/ranges.ts'
import { type ClientOffer, hasChangedCipher, readClientHello } from '../analyse/read-client-hello.ts'
import { chooseFor, type Defect, startControlServer, startRawServer } from './control-server.ts'
import { selfSigned } from './self-signed.ts'
import { alertRecord, type Choice, serverFlight } from './server-messages.ts'
import { account, closes, outcomeOf, refused, sweepPort, sweptVerdicts } from './test-helpers.ts'

const identity = selfSigned('ec')
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

type Deny = (socket: Socket, offer: ClientOffer) => void
const alert40: Deny = (socket) => socket.end(alertRecord(40))

/** A server that answers what `choose` picks and does `deny` for the rest. */
const server = async (choose: (offer: ClientOffer, connection: number) => Choice | undefined, deny: Deny = alert40): Promise<number> => {
  const { port, close } = await startRawServer((socket, received, connection) => {
    const offer = readClientHello(received)
    if (offer === undefined) {
      if ((received[0] ?? 22) !== 22) socket.end(alertRecord(70))
      else if (hasChangedCipher(received)) socket.end(alertRecord(80))
      return
    }
    const choice = choose(offer, connection)
    if (choice) socket.write(serverFlight(offer, choice, identity))
    else deny(socket, offer)
  })
  closing.push(close)
  return port
}
const sound = (offer: ClientOffer): Choice | undefined => chooseFor(offer, { accept: {}, mode: 'chooser' })
const withDefect =
  (accept: Defect) =>
  (offer: ClientOffer): Choice | undefined =>
    chooseFor(offer, { accept, mode: 'reluctant' })

describe('any one code point is found', () => {
  const drawn = (kind: 'suite' | 'group' | 'scheme'): string => code4(askable(kind)[randomInt(askable(kind).length)] ?? 0)
  const approved = ['c02b', 'c02c', 'c02f', 'c030', '1301', '1302', '0017', '0018', '0019', '0403']
  const some = (kind: 'suite' | 'group' | 'scheme'): string[] =>
    [drawn(kind), drawn(kind), '0000', 'ffff'].filter((code) => !approved.includes(code))
  const cases: Defect[] = [
    // A number that has a name belongs to one version; any other may belong to both.
    ...some('suite')
      .filter((suite) => !suite.startsWith('13'))
      .map((suite) => ({ version: '0303', suite })),
    ...some('suite')
      .filter((suite) => !suiteNames.has(suite))
      .map((suite) => ({ version: '0304', suite })),
    ...some('group').map((group) => ({ version: '0304', group })),
    ...some('scheme').map((scheme) => ({ version: '0303', scheme })),
  ]
  it.each(cases)('%o', async (accept) => {
    const control = await startControlServer({ accept, mode: randomInt(2) === 0 ? 'chooser' : 'reluctant' })
    closing.push(control.close)
    const probed = await sweepPort(control.port)
    const kind = accept.suite !== undefined ? 'suite' : accept.group !== undefined ? 'group' : 'scheme'
    const found = account(probed, kind, accept.version ?? '')
    expect([...found.accepted, ...found.notServable]).toContain(accept[kind])
    expect(closes(found)).toBe(true)
  })
})

describe('a server that is not sound', () => {
  it('sound control: passes', async () => {
    const probed = await sweepPort(await server(sound))
    expect(sweptVerdicts(probed)).toEqual(['pass', 'pass', 'pass'])
    expect(probed.facts.sweep?.accounts.every(closes)).toBe(true)
  })

  it.each([
    ['RST', (socket: Socket) => socket.resetAndDestroy(), 'silent'],
    ['FIN', (socket: Socket) => socket.end(), 'silent'],
  ] as const)('that closes with %s: silent, so nothing passes', async (_name, deny, state) => {
    const probed = await sweepPort(await server(sound, deny))
    expect(countOf(account(probed, 'suite', '0304')[state])).toBe(65_516)
    expect(account(probed, 'suite', '0304').refused).toEqual([])
    expect(outcomeOf(probed, 'version-0301')).toBe('silent')
    expect([...sweptVerdicts(probed), probed.judge(refusesOldVersions).verdict]).toEqual(Array.from({ length: 4 }, () => 'inconclusive'))
  })

  it('that says nothing to what it refuses: nothing passes, and it is over in time', async () => {
    const started = performance.now()
    const probed = await sweepPort(await server(sound, () => undefined), { timeoutMs: 60, withinMs: 1_500 })
    expect(probed.facts.sweep?.accounts.every((one) => refused(one) === 0 && closes(one))).toBe(true)
    expect(sweptVerdicts(probed)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it.each([
    [80, 'pass'],
    [112, 'inconclusive'],
    [120, 'inconclusive'],
    [86, 'inconclusive'],
    [10, 'inconclusive'],
  ] as const)('that refuses with alert %i: %s', async (description, verdict) => {
    const probed = await sweepPort(await server(sound, (socket) => socket.end(alertRecord(description))), { budget: 200 })
    expect(probed.judge(refusesUnapprovedSuites).verdict).toBe(verdict)
    expect(countOf(account(probed, 'suite', '0304').refused)).toBe(0)
  })

  it.each([9_000, 1_500] as const)(
    'that takes no hello with more than %i code points is asked with fewer',
    async (most) => {
      const counts: number[] = []
      const port = await server((offer) => {
        const longest = Math.max(offer.suites.length, offer.groups.length, offer.schemes.length)
        counts.push(longest)
        return longest > most ? undefined : sound(offer)
      })
      const probed = await sweepPort(port, { budget: 3_000 })
      expect(sweptVerdicts(probed)).toEqual(['pass', 'pass', 'pass'])
      const proven = account(probed, 'suite', '0304').proofs.map(({ codes }) => countOf(codes))
      expect(Math.max(...proven)).toBeLessThanOrEqual(most)
      expect(Math.max(...counts)).toBeGreaterThan(most)
    },
    30_000,
  )

  it('that takes 100 code points at most keeps to its budget, and what was not asked is said', async () => {
    const probed = await sweepPort(
      await server((offer) =>
        offer.suites.length > 100 || offer.groups.length > 100 || offer.schemes.length > 100 ? undefined : sound(offer),
      ),
      { budget: 150 },
    )
    expect(probed.facts.connections).toBeLessThanOrEqual(156)
    expect(probed.facts.sweep?.accounts.every(closes)).toBe(true)
    expect(probed.judge(refusesUnapprovedSuites).verdict).toBe('inconclusive')
  })

  it('that chokes on one number: only that number stays open', async () => {
    const probed = await sweepPort(
      await server(
        (offer) => (offer.suites.includes('1234') ? undefined : sound(offer)),
        (socket, offer) => socket.end(alertRecord(offer.suites.includes('1234') ? 10 : 40)),
      ),
    )
    const suites = account(probed, 'suite', '0304')
    expect(suites.inconclusive.flatMap(({ codes }) => codes)).toEqual(['1234'])
    expect(probed.judge(refusesUnapprovedSuites).verdict).toBe('inconclusive')
  })

  it.each([1, 3, 5, 15, 30, 45])('that stops answering after %i connections passes nothing that was not framed', async (many) => {
    const { port, close } = await startRawServer((socket, received, connection) => {
      const offer = readClientHello(received)
      if (offer === undefined || connection >= many) return
      const choice = sound(offer)
      if (choice) socket.write(serverFlight(offer, choice, identity))
      else socket.end(alertRecord(40))
    })
    closing.push(close)
    const probed = await sweepPort(port, { timeoutMs: 60, withinMs: 3_000 })
    expect(sweptVerdicts(probed)).toContain('inconclusive')
    expect(sweptVerdicts(probed)).not.toContain('fail')
    const order = (id = ''): number => Number(probed.readings[Number(id.slice(1))]?.data.order)
    for (const { state, controls, exchanges } of probed.facts.questions.flatMap(({ points }) => points)) {
      const isFramed = exchanges.map(order).some((place) => order(controls[0]) < place && place < order(controls[1]))
      expect([state, isFramed]).toEqual([state, state === 'refused'])
    }
    for (const { proofs } of probed.facts.sweep?.accounts ?? []) {
      for (const { exchange, before, after } of proofs) expect(order(before) < order(exchange) && order(exchange) < order(after)).toBe(true)
    }
  })

  it('that chooses what nobody offered fails for it', async () => {
    const port = await server((offer) => {
      const version = offer.versions[0] ?? '0303'
      return sound(offer) ?? { version, suite: version === '0304' ? '1301' : 'c02b', group: '0017' }
    })
    const probed = await sweepPort(port, { budget: 150 })
    expect(probed.judge(refusesUnapprovedSuites)).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('protocol violation') })
    expect(outcomeOf(probed, 'version-0303')).toBe('protocol-violation')
    expect(probed.judge(refusesOldVersions).verdict).toBe('fail')
  })

  it('that chooses and gives up is held to its choice', async () => {
    const started = await startRawServer((socket, received) => {
      const offer = readClientHello(received)
      if (offer === undefined) return void (hasChangedCipher(received) && socket.end(alertRecord(80)))
      const choice = withDefect({ version: '0304', suite: '1303' })(offer)
      if (choice === undefined) return void socket.end(alertRecord(40))
      const flight = serverFlight(offer, choice, identity)
      if (choice.suite !== '1303') return void socket.write(flight)
      socket.write(flight.subarray(0, 5 + ((flight[3] ?? 0) << 8) + (flight[4] ?? 0)), () => socket.end(alertRecord(40)))
    })
    closing.push(started.close)
    const probed = await sweepPort(started.port, { timeoutMs: 400 })
    expect(account(probed, 'suite', '0304').notServable).toEqual(['1303'])
    expect(probed.judge(refusesUnapprovedSuites)).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('could not go through'),
    })
  })
})

describe('a hostile server', () => {
  const pour = (socket: Socket): void => {
    const timer = setInterval(() => socket.write(new Uint8Array(60_000).fill(22)), 5)
    socket.once('close', () => clearInterval(timer))
  }
  const head = (length: number): Uint8Array => Uint8Array.of(22, 3, 3, length >> 8, length & 0xff)
  const send =
    (...parts: readonly Uint8Array[]) =>
    (socket: Socket): void => {
      for (const part of parts) socket.write(part)
    }
  const hostile: [string, (socket: Socket) => void][] = [
    ['endless records', pour],
    ['a handshake of 16 MB', send(head(16_384), Uint8Array.of(2, 255, 255, 255), new Uint8Array(16_380))],
    ['garbage', send(Uint8Array.from({ length: 4_000 }, () => randomInt(256)))],
    ['half a record', send(head(100))],
  ]
  it.each(hostile)('with %s is left in bounded time', async (_name, answer) => {
    const { port, close } = await startRawServer((socket) => answer(socket))
    closing.push(close)
    const started = performance.now()
    const probed = await sweepPort(port, { timeoutMs: 200, withinMs: 2_000 })
    expect(sweptVerdicts(probed)).not.toContain('pass')
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('what is stored', () => {
  it('is small, and a changed range is seen', async () => {
    const probed = await sweepPort(await server(sound))
    expect(JSON.stringify(probed.readings.map(({ data }) => data)).length).toBeLessThan(200_000)
    const hellos = probed.readings.filter(({ data }) => data.ask === 'client-hello')
    expect(hellos.every(({ blobs, data }) => blobs.sent === undefined && typeof data.sentSha256 === 'string')).toBe(true)
  })
})
