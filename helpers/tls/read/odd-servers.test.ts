import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { refusesOldVersions, refusesUnapprovedGroups, refusesUnapprovedSuites } from '../../rules/refusal.ts'
import { countOf } from '../analyse/ranges.ts'
import { type ClientOffer, hasChangedCipher, readClientHello } from '../analyse/read-client-hello.ts'
import { type ControlServerOptions, chooseFor, type Defect, startRawServer } from './control-server.ts'
import { selfSigned } from './self-signed.ts'
import { alertRecord, serverFlight } from './server-messages.ts'
import { type Probed, sweepPort, verdictsOf } from './test-helpers.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const identity = selfSigned('ec')
type Answer = (socket: Socket, offer: ClientOffer, connection: number) => void

/** A server that does as it likes with a hello. */
const serve = async (answer: Answer, raw: (socket: Socket, received: Uint8Array) => void = () => undefined): Promise<number> => {
  const { port, close } = await startRawServer((socket, received, connection) => {
    const offer = readClientHello(received)
    if (offer) answer(socket, offer, connection)
    else if (hasChangedCipher(received)) socket.end(alertRecord(80))
    else raw(socket, received)
  })
  closing.push(close)
  return port
}

/** What a sound server says, and where it would refuse, its alert. */
const sound: Answer = (socket, offer) => {
  const choice = chooseFor(offer, { accept: {}, mode: 'chooser' })
  const spoken = offer.versions.some((version) => version === '0303' || version === '0304')
  if (choice) socket.write(serverFlight(offer, choice, identity))
  else socket.end(alertRecord(spoken ? 40 : 70))
}

const refuseSslv2 = (socket: Socket, received: Uint8Array): void => {
  if ((received[0] ?? 22) !== 22) socket.end(alertRecord(70))
}

/** How many code points were proven refused in all. */
const refusedPoints = ({ facts }: Probed): number =>
  (facts.sweep?.accounts ?? []).reduce((sum, { refused, refusedAtypically }) => sum + countOf(refused) + countOf(refusedAtypically), 0) +
  facts.questions.filter(({ outcome }) => outcome.startsWith('refused')).length

const verdicts = ({ judge }: Probed): string[] => [refusesUnapprovedSuites, refusesUnapprovedGroups].map((rule) => judge(rule).verdict)
const quick = { timeoutMs: 100, withinMs: 2_000, budget: 150 }

describe('a server that is odd', () => {
  it('control: sound', async () => {
    expect(verdicts(await sweepPort(await serve(sound), { timeoutMs: 400 }))).toEqual(['pass', 'pass'])
  })

  it.each([0, 1, 3, 5, 6, 40, 100, 400])('that resets after %i octets of its answer never passes', async (octets) => {
    const port = await serve((socket, offer) => {
      const choice = chooseFor(offer, { accept: {}, mode: 'chooser' })
      if (!choice) return void socket.end(alertRecord(40))
      socket.write(serverFlight(offer, choice, identity).subarray(0, octets), () => setTimeout(() => socket.resetAndDestroy(), 5))
    })
    const probed = await sweepPort(port, quick)
    expect(verdicts(probed)).not.toContain('pass')
    expect(verdicts(probed)).not.toContain('fail')
  })

  it('whose certificate does not parse is judged by what it accepts', async () => {
    const broken = { ...identity, certificate: new Uint8Array(300).fill(0x30) }
    const port = await serve((socket, offer) => {
      const choice = chooseFor(offer, { accept: {}, mode: 'chooser' })
      if (choice) socket.write(serverFlight(offer, choice, broken))
      else socket.end(alertRecord(offer.versions.some((version) => version > '0302') ? 40 : 70))
    })
    const probed = await sweepPort(port, { timeoutMs: 400 })
    expect(probed.facts.certificates.every(({ keyType }) => keyType.startsWith('unreadable'))).toBe(true)
    expect(verdicts(probed)).toEqual(['pass', 'pass'])
  })

  it('that echoes what it gets has no account', async () => {
    const { port, close } = await startRawServer((socket, received) => void socket.write(received))
    closing.push(close)
    expect(verdicts(await sweepPort(port, quick))).toEqual(['inconclusive', 'inconclusive'])
  })

  it.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'http'],
    ['a banner', '220 mail.example ESMTP\r\n', 'plaintext-other'],
    ['SSH', 'SSH-2.0-x\r\n', 'ssh'],
  ] as const)('that speaks %s has no account', async (_name, says, protocol) => {
    const { port, close } = await startRawServer((socket) => void socket.end(says))
    closing.push(close)
    const { facts } = await sweepPort(port, quick)
    expect([facts.protocol, facts.sweep]).toEqual([protocol, undefined])
  })

  it('that drops a hello of a version that it does not know is not taken to refuse it', async () => {
    const port = await serve((socket, offer, connection) => {
      if (offer.versions.includes('0304')) return void socket.end()
      sound(socket, offer, connection)
    })
    const probed = await sweepPort(port, quick)
    expect(verdicts(probed)).not.toContain('pass')
  })

  it('that drops hellos of 256 to 511 octets is still swept', async () => {
    const { port, close } = await startRawServer((socket, received, connection) => {
      const offer = readClientHello(received)
      if (offer === undefined) return void (hasChangedCipher(received) && socket.end(alertRecord(80)))
      if (received.length >= 256 && received.length < 512) return void socket.end()
      sound(socket, offer, connection)
    })
    closing.push(close)
    const probed = await sweepPort(port, { timeoutMs: 400, budget: 300 })
    expect(verdicts(probed)).not.toContain('fail')
  })

  it('that warns before it refuses is heard to the end', async () => {
    const port = await serve((socket, offer, connection) => {
      socket.write(alertRecord(112, 1))
      sound(socket, offer, connection)
    })
    expect(verdicts(await sweepPort(port, { timeoutMs: 400 }))).toEqual(['pass', 'pass'])
  })

  it.each([40, 70, 47, 80, 112, 120, 10])('that answers everything with alert %i refuses nothing by that', async (description) => {
    const port = await serve((socket) => socket.end(alertRecord(description)), refuseSslv2)
    const probed = await sweepPort(port, quick)
    expect(probed.facts.protocol).toBe('tls')
    expect(refusedPoints(probed)).toBe(0)
    expect(verdictsOf(probed)).toEqual(['inconclusive', 'inconclusive', 'inconclusive', 'pass', 'pass'])
  })
})

describe('two servers behind one address', () => {
  const turns =
    (parity: number, options: ControlServerOptions): Answer =>
    (socket, offer, connection) => {
      const choice = chooseFor(offer, connection % 2 === parity ? options : { accept: {}, mode: 'chooser' })
      if (choice) socket.write(serverFlight(offer, choice, identity))
      else socket.end(alertRecord(40))
    }
  const bad: Defect[] = [
    { version: '0304', suite: '1303' },
    { version: '0303', suite: 'cca9' },
    { version: '0304', group: '001d' },
    { version: '0303', group: '001d' },
    { version: '0301' },
  ]
  const cases = bad.flatMap((accept) =>
    (['chooser', 'reluctant'] as const).flatMap((mode) => [0, 1].map((parity) => ({ accept, mode, parity }))),
  )
  it.each(cases)('never pass when asked twice: $accept, $mode, turn $parity', async ({ accept, mode, parity }) => {
    const probed = await sweepPort(await serve(turns(parity, { accept, mode }), refuseSslv2), { rounds: 2 })
    const rule = accept.suite ? refusesUnapprovedSuites : accept.group ? refusesUnapprovedGroups : refusesOldVersions
    expect(probed.judge(rule).verdict).not.toBe('pass')
  })

  it('are seen by their certificates', async () => {
    const rsa = selfSigned('rsa')
    const port = await serve((socket, offer, connection) => {
      const choice = chooseFor(offer, { accept: {}, mode: 'chooser' })
      if (choice) socket.write(serverFlight(offer, choice, connection % 2 === 0 ? identity : rsa))
      else socket.end(alertRecord(40))
    }, refuseSslv2)
    const probed = await sweepPort(port)
    expect(probed.facts.varies).toContain('certificate')
    expect(probed.facts.questions.filter(({ outcome }) => outcome.startsWith('refused'))).toEqual([])
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
  })
})
