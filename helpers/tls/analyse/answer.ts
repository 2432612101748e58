import { suiteName } from '../../policy/code-points.ts'
import { Cursor, ShortRead, toHex } from './bytes.ts'
import type { ClientHelloSpec } from './client-hello.ts'
import type { Ended } from './exchange-data.ts'
import { type Alert, encryptedAlertFirst, type Foreign, fatalAlert, readServerFlight, type ServerFlight } from './server-flight.ts'

/** What a server chose, and whether it could go through with it. */
export type Selected = {
  kind: 'selected'
  version: string
  suite: string
  /** Named group of the key exchange, where there is one and it can be read. */
  group: string | undefined
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

/** Group or prime size of ServerKeyExchange (RFC 8422, section 5.4; RFC 5246, section 7.4.3). */
const keyExchangeOf = (suite: string, body: Uint8Array | undefined): { group: string | undefined; dhBits: number | undefined } => {
  const nothing = { group: undefined, dhBits: undefined }
  if (body === undefined) return nothing
  const name = suiteName(suite)
  try {
    const cursor = new Cursor(body)
    if (/_(ECDHE_RSA|ECDHE_ECDSA|ECDH_anon)_/.test(name)) return cursor.number(1) === 3 ? { ...nothing, group: cursor.hex4() } : nothing
    if (/_(DHE_RSA|DHE_DSS|DH_anon)_/.test(name)) return { ...nothing, dhBits: bitLength(cursor.vector(2).bytes) }
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
  chosen: { version: string; suite: string; group: string | undefined; compression: number },
): string | undefined => {
  const { version, suite, group, compression } = chosen
  const offered = spec.supportedVersions?.includes(version) === true || (version < '0304' && version <= spec.legacyVersion)
  if (!offered) return `version ${version} was not offered`
  if (!spec.suites.includes(suite)) return `suite ${suite} was not offered`
  if (onlyTls13(suite) !== (version === '0304')) return `suite ${suite} does not belong to version ${version}`
  if (group !== undefined && !spec.groups.includes(group)) return `group ${group} was not offered`
  return compression === 0 ? undefined : `compression ${compression} was not offered`
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
  const { group, dhBits } =
    hello.version === '0304' ? { group: hello.group, dhBits: undefined } : keyExchangeOf(hello.suite, flight.serverKeyExchange)
  const what = violationOf(spec, { ...hello, group })
  if (what !== undefined) return { kind: 'violation', what }
  if (hello.version === '0304' && group === undefined) return { kind: 'violation', what: 'a ServerHello of TLS 1.3 without key_share' }
  const alert = fatalAlert(flight)
  return {
    kind: 'selected',
    version: hello.version,
    suite: hello.suite,
    group,
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

/** The last versions, suites and groups of a hello and what was picked of them, in one word for each kind of question. */
export const picked = (asks: 'version' | 'suite' | 'group', answer: Selected): string | undefined =>
  ({ version: answer.version, suite: answer.suite, group: answer.group })[asks]

/** What a hello offers in the field that a kind of question is about. */
export const offers = (asks: 'version' | 'suite' | 'group', spec: ClientHelloSpec): readonly string[] =>
  ({ version: [offeredVersion(spec)], suite: spec.suites, group: spec.groups })[asks]
