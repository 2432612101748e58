import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { selfSigned } from '../read/self-signed.ts'
import { alertRecord, serverFlight } from '../read/server-messages.ts'
import { readAnswer } from './answer.ts'
import { fromHex, fromText, join, toHex } from './bytes.ts'
import { type ClientHelloSpec, writeClientHello } from './client-hello.ts'
import { type HelloSeed, tls12Hello, tls13Hello, versionHello } from './hello-forms.ts'
import { readClientHello } from './read-client-hello.ts'
import { fatalAlert, readServerFlight } from './server-flight.ts'

const identity = selfSigned('ec')
const seed: HelloSeed = {
  random: '22'.repeat(32),
  sessionId: '33'.repeat(32),
  sni: null,
  shares: new Map([['0017', `04${'ab'.repeat(64)}`]]),
}

const answerTo = (spec: ClientHelloSpec, choice: { version: string; suite: string; group: string | undefined }): Uint8Array => {
  const offer = readClientHello(writeClientHello(spec))
  if (offer === undefined) throw new Error('the hello cannot be read')
  return serverFlight(offer, choice, identity)
}
const complete = { ended: 'complete', detail: '' } as const
const tls12 = answerTo(tls12Hello(seed), { version: '0303', suite: 'c02b', group: '0017' })
const tls13 = answerTo(tls13Hello(seed), { version: '0304', suite: '1301', group: '0017' })

/** The content of each record in records of its own of `size` octets. */
const resplit = (bytes: Uint8Array, size: number): Uint8Array => {
  const content = bytes.subarray(5)
  const parts: Uint8Array[] = []
  for (let at = 0; at < content.length; at += size) {
    const part = content.subarray(at, at + size)
    parts.push(Uint8Array.of(22, 3, 3, part.length >> 8, part.length & 0xff), part)
  }
  return join(...parts)
}

describe('readServerFlight', () => {
  it('reads TLS 1.2 up to ServerHelloDone', () => {
    const flight = readServerFlight(tls12)
    expect(flight).toMatchObject({
      messages: [2, 11, 12, 14],
      done: true,
      unfinished: false,
      malformed: undefined,
      certificateRequested: false,
    })
    expect(flight.serverHello).toMatchObject({ version: '0303', suite: 'c02b', extendedMasterSecret: true })
    expect(flight.certificates[0]).toEqual(identity.certificate)
  })

  it.each([1, 2, 3, 7, 100])('reads messages that are cut into records of %i octets', (size) => {
    const { records: _cut, ...flight } = readServerFlight(resplit(tls12, size))
    const { records: _whole, ...whole } = readServerFlight(tls12)
    expect(flight).toEqual(whole)
  })

  it('is not done one octet too early', () => {
    for (let length = 0; length < tls12.length; length++) {
      const flight = readServerFlight(tls12.subarray(0, length))
      expect([flight.done, flight.malformed, flight.foreign]).toEqual([false, undefined, undefined])
    }
  })

  it('tells where an alert came', () => {
    const at = (bytes: Uint8Array) => fatalAlert(readServerFlight(bytes))?.position
    expect(at(alertRecord(40))).toBe('before-server-hello')
    expect(at(join(tls12, alertRecord(40)))).toBe('after-server-hello-done')
    expect(at(join(tls13.subarray(0, 5 + ((tls13[3] ?? 0) << 8) + (tls13[4] ?? 0)), alertRecord(40)))).toBe('after-server-hello')
    const retry = answerTo(tls13Hello(seed), { version: '0304', suite: '1301', group: '0019' })
    expect(at(join(retry, alertRecord(40)))).toBe('after-hello-retry-request')
    expect(fatalAlert(readServerFlight(alertRecord(112, 1)))).toBeUndefined()
  })

  it('knows what is no TLS', () => {
    const foreign = (text: string) => readServerFlight(fromText(text)).foreign
    expect(foreign('HTTP/1.1 400 Bad Request\r\n')).toBe('http')
    expect(foreign('SSH-2.0-OpenSSH_9.2\r\n')).toBe('ssh')
    expect(foreign('220 mail ready\r\n')).toBe('other')
    expect(readServerFlight(fromHex('000006040000000000000500004000')).foreign).toBe('http2')
    expect(readServerFlight(new Uint8Array()).foreign).toBeUndefined()
  })

  it('names what breaks the protocol and never throws', () => {
    expect(readServerFlight(join(tls12, fromText('HTTP/1.1'))).malformed).toContain('no TLS record')
    expect(readServerFlight(Uint8Array.of(22, 3, 3, 0, 4, 14, 0, 0, 0)).malformed).toContain('before ServerHello')
    expect(readServerFlight(Uint8Array.of(22, 3, 3, 0, 6, 2, 0, 0, 2, 3, 3)).malformed).toContain('too early')
    // Every octet of a sound flight replaced by what a hash gives: the same on every run.
    for (let at = 0; at < tls12.length; at++) {
      const octet = createHash('sha256').update(String(at)).digest()[0] ?? 0
      const broken = tls12.slice()
      broken[at] = octet
      expect(readServerFlight(broken).records.length).toBeLessThanOrEqual(tls12.length)
    }
  })
})

describe('readAnswer', () => {
  it('names what was chosen', () => {
    expect(readAnswer(tls12Hello(seed), tls12, complete)).toMatchObject({
      kind: 'selected',
      state: 'accepted',
      suite: 'c02b',
      group: '0017',
    })
    expect(readAnswer(tls13Hello(seed), tls13, complete)).toMatchObject({
      kind: 'selected',
      state: 'accepted',
      suite: '1301',
      group: '0017',
    })
  })

  it('takes no ServerHello for acceptance when an alert or nothing follows', () => {
    const hello = tls12.slice(5, 5 + 4 + ((tls12[7] ?? 0) << 8) + (tls12[8] ?? 0))
    const only = join(Uint8Array.of(22, 3, 3, hello.length >> 8, hello.length & 0xff), hello)
    expect(readAnswer(tls12Hello(seed), join(only, alertRecord(40)), { ended: 'alert', detail: '' })).toMatchObject({
      state: 'not-servable',
    })
    expect(readAnswer(tls12Hello(seed), only, { ended: 'fin', detail: '' })).toMatchObject({ state: 'unfinished' })
    const request = Uint8Array.of(22, 3, 3, 0, 8, 13, 0, 0, 4, 1, 64, 0, 0)
    expect(readAnswer(tls12Hello(seed), join(only, request, alertRecord(42)), { ended: 'alert', detail: '' })).toMatchObject({
      state: 'accepted',
    })
    const [first] = readServerFlight(tls13).records
    const hello13 = tls13.subarray(0, 5 + (first?.length ?? 0))
    const encryptedAlert = join(Uint8Array.of(23, 3, 3, 0, 19), new Uint8Array(19))
    expect(readAnswer(tls13Hello(seed), join(hello13, encryptedAlert), complete)).toMatchObject({ state: 'not-servable' })
  })

  it('calls a choice that was not offered a violation', () => {
    const suite = answerTo(tls12Hello(seed), { version: '0303', suite: 'cca8', group: '0017' })
    expect(readAnswer(tls12Hello(seed), suite, complete)).toEqual({ kind: 'violation', what: 'suite cca8 was not offered' })
    const group = answerTo(tls12Hello(seed), { version: '0303', suite: 'c02b', group: '001d' })
    expect(readAnswer(tls12Hello(seed), group, complete)).toEqual({ kind: 'violation', what: 'group 001d was not offered' })
    const up = answerTo(versionHello('0301', seed), { version: '0303', suite: 'c02b', group: '0017' })
    expect(readAnswer(versionHello('0301', seed), up, complete)).toEqual({ kind: 'violation', what: 'version 0303 was not offered' })
    const mixed = answerTo(versionHello('0303', seed), { version: '0303', suite: '1301', group: undefined })
    expect(readAnswer(versionHello('0303', seed), mixed, complete)).toMatchObject({ kind: 'violation' })
  })

  it('keeps apart what is no answer', () => {
    const spec = tls12Hello(seed)
    const nothing = new Uint8Array()
    expect(readAnswer(spec, nothing, { ended: 'timeout', detail: 't' }).kind).toBe('timeout')
    expect(readAnswer(spec, nothing, { ended: 'rst', detail: '' })).toEqual({ kind: 'closed', how: 'rst' })
    expect(readAnswer(spec, nothing, { ended: 'refused', detail: '' }).kind).toBe('no-connection')
    expect(readAnswer(spec, alertRecord(40, 1), { ended: 'fin', detail: '' }).kind).toBe('unreadable')
    expect(readAnswer(spec, tls12.subarray(0, 20), { ended: 'timeout', detail: '' }).kind).toBe('timeout')
    expect(toHex(alertRecord(40))).toBe('15030300020228')
  })
})
