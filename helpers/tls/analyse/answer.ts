import { suiteName } from '../../policy/code-points.ts'
import { suiteNames } from '../../policy/code-points-suites.ts'
import { Cursor, fromHex, ShortRead, toHex } from './bytes.ts'
import type { ClientHelloSpec } from './client-hello.ts'
import type { Ended } from './exchange-data.ts'
import { holds } from './ranges.ts'
import { type Alert, encryptedAlertFirst, type Foreign, fatalAlert, readServerFlight, type ServerFlight } from './server-flight.ts'

/** What a server chose, and whether it could go through with it. */
export type Selected = {
  kind: 'selected'
  version: string
  suite: string
  /** Named group of the key exchange, where there is one and it can be read. */
  group: string | undefined
  /** Scheme with which TLS 1.2 signed the key exchange, where it did. */
  scheme?: string
  /** Size of the prime of a finite-field exchange up to TLS 1.2, bits. */
  dhBits: number | undefined
  /**
   * `accepted`: the flight is complete, or it broke off only for want of a client certificate. `not-servable`: chosen, then an alert.
   * `retry`: a HelloRetryRequest named the group, which proves nothing before a real share was taken. `unfinished`: the flight just stopped.
   */
  state: 'accepted' | 'not-servable' | 'retry' | 'unfinished'
  alert: Alert | undefined
  certificates: readonly Uint8Array[]
  certificateRequested: boolean
  /** Hex of the ServerHello message. */
  serverHello: string
}

export type Answer =
  | Selected
  | { kind: 'alert'; alert: Alert }
  | { kind: 'closed'; how: 'fin' | 'rst' }
  | { kind: 'timeout'; detail: string }
  | { kind: 'no-connection'; how: Ended; detail: string }
  | { kind: 'foreign'; foreign: Foreign }
  | { kind: 'violation'; what: string }
  | { kind: 'unreadable'; what: string }

/** Versions that a hello offers: those of supported_versions, else the one of the version field. */
export const offeredVersion = (spec: ClientHelloSpec): string => spec.supportedVersions?.[0] ?? spec.legacyVersion

/** Bits of a big-endian number. */
const bitLength = (number: Uint8Array): number => {
  const first = number.findIndex((octet) => octet !== 0)
  return first < 0 ? 0 : (number.length - first - 1) * 8 + (32 - Math.clz32(number[first] ?? 0))
}

type KeyExchange = { group: string | undefined; dhBits: number | undefined; scheme?: string }

/** Group or prime size, and in TLS 1.2 the scheme of the signature, of ServerKeyExchange (RFC 8422, section 5.4; RFC 5246, section 7.4.3). */
const keyExchangeOf = (version: string, suite: string, body: Uint8Array | undefined): KeyExchange => {
  const nothing = { group: undefined, dhBits: undefined }
  if (body === undefined) return nothing
  const name = suiteName(suite)
  const signed = (cursor: Cursor): { scheme?: string } => (version === '0303' && !name.includes('_anon_') ? { scheme: cursor.hex4() } : {})
  try {
    const cursor = new Cursor(body)
    if (/_(ECDHE_RSA|ECDHE_ECDSA|ECDH_anon)_/.test(name)) {
      if (cursor.number(1) !== 3) return nothing
      const group = cursor.hex4()
      cursor.vector(1)
      return { ...nothing, group, ...signed(cursor) }
    }
    if (/_(DHE_RSA|DHE_DSS|DH_anon)_/.test(name)) {
      const dhBits = bitLength(cursor.vector(2).bytes)
      cursor.vector(2)
      cursor.vector(2)
      return { ...nothing, dhBits, ...signed(cursor) }
    }
    return nothing
  } catch (error) {
    if (error instanceof ShortRead) return nothing
    throw error
  }
}

const onlyTls13 = (suite: string): boolean => suite.startsWith('13') || ['00c6', '00c7', 'c0b4', 'c0b5'].includes(suite)

/** What a ServerHello breaks of what was offered (RFC 8446, section 4.1.3; RFC 5246, section 7.4.1.3); undefined for a sound one. */
const violationOf = (
  spec: ClientHelloSpec,
  chosen: { version: string; suite: string; compression: number } & Omit<KeyExchange, 'dhBits'>,
): string | undefined => {
  const { version, suite, group, scheme, compression } = chosen
  const offered = spec.supportedVersions?.includes(version) === true || (version < '0304' && version <= spec.legacyVersion)
  if (!offered) return `version ${version} was not offered`
  if (!holds(spec.suites, suite)) return `suite ${suite} was not offered`
  // A number without a name may belong to any version.
  if (suiteNames.has(suite) && onlyTls13(suite) !== (version === '0304')) return `suite ${suite} does not belong to version ${version}`
  if (group !== undefined && !holds(spec.groups, group)) return `group ${group} was not offered`
  // Before TLS 1.2 there is no choice of schemes, and a hello without the extension leaves it to the server (RFC 5246, section 7.4.1.4.1).
  if (scheme !== undefined && spec.signatureSchemes.length > 0 && !holds(spec.signatureSchemes, scheme))
    return `scheme ${scheme} was not offered`
  return fromHex(spec.compressions ?? '00').includes(compression) ? undefined : `compression ${compression} was not offered`
}

const stateOf = (flight: ServerFlight, alert: Alert | undefined): Selected['state'] => {
  if (flight.serverHello === undefined) return alert ? 'not-servable' : 'retry'
  if (flight.serverHello.version === '0304') return alert || encryptedAlertFirst(flight) ? 'not-servable' : 'accepted'
  if (flight.done || alert?.position === 'after-certificate-request') return 'accepted'
  return alert ? 'not-servable' : 'unfinished'
}

const readSelection = (spec: ClientHelloSpec, flight: ServerFlight): Answer => {
  const hello = flight.serverHello ?? flight.helloRetryRequest
  if (hello === undefined) return { kind: 'unreadable', what: 'no ServerHello' }
  const { group, dhBits, scheme }: KeyExchange =
    hello.version === '0304'
      ? { group: hello.group, dhBits: undefined }
      : keyExchangeOf(hello.version, hello.suite, flight.serverKeyExchange)
  const what = violationOf(spec, { ...hello, group, ...(scheme !== undefined && { scheme }) })
  if (what !== undefined) return { kind: 'violation', what }
  if (hello.version === '0304' && group === undefined) return { kind: 'violation', what: 'a ServerHello of TLS 1.3 without key_share' }
  const alert = fatalAlert(flight)
  return {
    kind: 'selected',
    version: hello.version,
    suite: hello.suite,
    group,
    ...(scheme !== undefined && { scheme }),
    dhBits,
    state: stateOf(flight, alert),
    alert,
    certificates: flight.certificates,
    certificateRequested: flight.certificateRequested,
    serverHello: flight.serverHelloBytes ? toHex(flight.serverHelloBytes) : '',
  }
}

/** What the bytes of one connection say in answer to the hello of `spec`. */
export const readAnswer = (spec: ClientHelloSpec, received: Uint8Array, ended: { ended: Ended; detail: string }): Answer => {
  if (ended.ended === 'refused' || ended.ended === 'unreachable' || ended.ended === 'dial-failed') {
    return { kind: 'no-connection', how: ended.ended, detail: ended.detail }
  }
  const flight = readServerFlight(received)
  if (flight.foreign !== undefined) return { kind: 'foreign', foreign: flight.foreign }
  if (flight.serverHello || flight.helloRetryRequest) {
    return flight.malformed === undefined ? readSelection(spec, flight) : { kind: 'violation', what: flight.malformed }
  }
  const alert = fatalAlert(flight)
  if (alert) return { kind: 'alert', alert }
  if (flight.malformed !== undefined) return { kind: 'unreadable', what: flight.malformed }
  if (ended.ended === 'timeout') return { kind: 'timeout', detail: ended.detail }
  if (received.length > 0) return { kind: 'unreadable', what: `${received.length} octets without a whole answer, then ${ended.ended}` }
  return { kind: 'closed', how: ended.ended === 'rst' ? 'rst' : 'fin' }
}

/** A field of the hello that a sweep can be about. */
export type SweepField = 'suite' | 'group' | 'scheme'

/** What was picked of the field. */
export const picked = (asks: SweepField, answer: Selected): string | undefined =>
  ({ suite: answer.suite, group: answer.group, scheme: answer.scheme })[asks]

/** What a hello offers in the field: code points and ranges. */
export const offers = (asks: SweepField, spec: ClientHelloSpec): readonly string[] =>
  ({ suite: spec.suites, group: spec.groups, scheme: spec.signatureSchemes })[asks]
