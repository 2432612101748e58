import { createServer, type Server, type Socket } from 'node:net'
import { askable, type SpaceKind } from '../../policy/code-point-space.ts'
import { namedCodePoints, suiteName } from '../../policy/code-points.ts'
import { suiteNames } from '../../policy/code-points-suites.ts'
import { approves, fips1403Tls, type TlsProfile } from '../../policy/profiles.ts'
import { controls } from '../../policy/tls-questions.ts'
import { join } from '../analyse/bytes.ts'
import { code4 } from '../analyse/ranges.ts'
import { type ClientOffer, hasChangedCipher, readClientHello } from '../analyse/read-client-hello.ts'
import { selfSigned } from './self-signed.ts'
import { alertRecord, type Choice, serverFlight } from './server-messages.ts'

/** The one thing that a control server accepts although it should not; empty for a sound server. `version` is the version in which it does. */
export type Defect = { version?: string; suite?: string; group?: string; scheme?: string }

export type ControlServerOptions = {
  accept: Defect
  /**
   * `chooser`: takes the forbidden code point whenever it is offered. `reluctant`: takes it only when nothing approved is offered in its
   * place, as a server with preferences of its own does. `mute`: as `reluctant`, but where it would refuse it says nothing.
   */
  mode: 'chooser' | 'reluctant' | 'mute'
}

/** A server of this process on 127.0.0.1. */
export type ControlServer = { port: number; close: () => Promise<void> }

const approvedSuites = (version: string): readonly string[] =>
  version === '0304' ? controls.tls13Suites : version === '0303' ? controls.tls12Suites : []

const pick = (
  offered: readonly string[],
  approved: readonly string[],
  forbidden: string | undefined,
  reluctant: boolean,
): string | undefined => {
  const sound = approved.find((code) => offered.includes(code))
  const defect = forbidden !== undefined && offered.includes(forbidden) ? forbidden : undefined
  return reluctant ? (sound ?? defect) : (defect ?? sound)
}

/** Old versions have suites of their own; a defect of version alone is served with one that every client offers. */
const suiteOfOldVersions = 'c009'

const needsGroup = (suite: string): boolean =>
  suite.startsWith('13') || suiteName(suite).includes('ECDHE') || suiteName(suite).includes('ECDH_anon')

/** What a control server answers to an offer; undefined when it refuses. */
export const chooseFor = (offer: ClientOffer, { accept, mode }: ControlServerOptions): Choice | undefined => {
  const reluctant = mode !== 'chooser'
  const wholeVersion = accept.suite === undefined && accept.group === undefined && accept.scheme === undefined ? accept.version : undefined
  const version = pick(offer.versions, controls.version, wholeVersion, reluctant)
  if (version === undefined) return undefined
  const here = accept.version === undefined || accept.version === version
  const suites = version === wholeVersion ? [suiteOfOldVersions] : approvedSuites(version)
  const suite = pick(offer.suites, suites, here ? accept.suite : undefined, reluctant)
  if (suite === undefined) return undefined
  if (!needsGroup(suite)) return { version, suite, group: undefined }
  const group = pick(offer.groups, controls.groups, here ? accept.group : undefined, reluctant)
  // Its certificate has a P-256 key; a client that names no scheme leaves it to the server.
  const schemes = version === '0303' && offer.schemes.length > 0 ? offer.schemes : ['0403']
  const scheme = pick(schemes, ['0403'], here ? accept.scheme : undefined, reluctant)
  return group === undefined || scheme === undefined ? undefined : { version, suite, group, scheme }
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('a TCP server without a port'))
      else resolve(address.port)
    })
  })

/** A raw server on a free port of 127.0.0.1; `answer` gets all that a client has sent so far, each time that something comes. */
export const startRawServer = async (
  answer: (socket: Socket, received: Uint8Array, connection: number) => void,
): Promise<ControlServer> => {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    const connection = connections++
    const chunks: Uint8Array[] = []
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // The probing side hangs up when it has seen enough; that is no fault of this server.
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      answer(socket, join(...chunks), connection)
    })
  })
  const port = await listen(server)
  const close = (): Promise<void> =>
    new Promise((resolve, reject) => {
      for (const socket of sockets) socket.destroy()
      server.close((error) => (error ? reject(error) : resolve()))
    })
  return { port, close }
}

/**
 * A server with a planted defect: it answers a hello for the one forbidden code point and for the approved ones with a well-formed ServerHello (and the
 * messages that follow it in TLS 1.2), and everything else with alert 40, or 70 for a version. It completes no handshake.
 */
export const startControlServer = (options: ControlServerOptions): Promise<ControlServer> => {
  const identity = selfSigned('ec')
  return startRawServer((socket, received) => {
    const offer = readClientHello(received)
    if (offer === undefined) {
      if (received.length > 0 && received[0] !== 22) socket.end(alertRecord(10))
      // It cannot take part in a key exchange.
      else if (hasChangedCipher(received)) socket.end(alertRecord(80))
      return
    }
    const choice = chooseFor(offer, options)
    if (choice) socket.write(serverFlight(offer, choice, identity))
    else if (options.mode !== 'mute') {
      const spoken = offer.versions.some((version) => version === '0303' || version === '0304' || version === options.accept.version)
      socket.end(alertRecord(spoken ? 40 : 70))
    }
  })
}

/** Suites that exist in TLS 1.3 and in no other version, and the other way round; a number without a name may belong to any (RFC 8446, appendix B.4). */
const belongsTo = (suite: string, version: string): boolean =>
  !suiteNames.has(suite) || (suite.startsWith('13') || ['00c6', '00c7', 'c0b4', 'c0b5'].includes(suite)) === (version === '0304')

const unapproved = (kind: SpaceKind, profile: TlsProfile): string[] =>
  askable(kind)
    .map(code4)
    .filter((code) => !approves(profile, kind, code))

/**
 * What can be planted: each version below TLS 1.2, and every one of the numbers that a sweep asks for and the profile does not approve. In TLS 1.2 only the curves that
 * have a name: no other group is asked for beside TLS 1.3, and a share of more than 255 octets has no place in its ServerKeyExchange (RFC 8422, section 5.4).
 */
export const plantable = (profile: TlsProfile = fips1403Tls): Defect[] => {
  const suites = unapproved('suite', profile)
  const groups = unapproved('group', profile)
  return [
    ...['0300', '0301', '0302'].filter((version) => !approves(profile, 'version', version)).map((version) => ({ version })),
    ...['0303', '0304'].flatMap((version) => suites.filter((suite) => belongsTo(suite, version)).map((suite) => ({ version, suite }))),
    ...groups.filter((group) => namedCodePoints.group.includes(group) && group < '0100').map((group) => ({ version: '0303', group })),
    ...groups.map((group) => ({ version: '0304', group })),
    ...unapproved('scheme', profile).map((scheme) => ({ version: '0303', scheme })),
  ]
}
