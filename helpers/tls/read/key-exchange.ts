import { createECDH, randomBytes } from 'node:crypto'
import { Cursor, fromHex, join, u8, vector8, vector16, vector24 } from '../analyse/bytes.ts'
import { type ClientHelloSpec, writeClientHello } from '../analyse/client-hello.ts'
import { clientFinished, encryptFirst, keysOfSuite, masterSecret } from '../analyse/key-schedule.ts'
import { sha256 } from '../analyse/sent-bytes.ts'
import { fatalAlert, readServerFlight, type ServerFlight } from '../analyse/server-flight.ts'
import { sweepForms } from '../analyse/sweep-forms.ts'
import { type ClientCertificate, schemesRequested, signHandshake } from './client-certificate.ts'
import type { Enough, Exchanged } from './exchange.ts'
import type { Session } from './session.ts'

const curves: Readonly<Record<string, string>> = { '0017': 'prime256v1', '0018': 'secp384r1', '0019': 'secp521r1' }

/** Contents of the handshake records, one behind the other. */
const handshakeOf = (bytes: Uint8Array): Uint8Array => {
  const cursor = new Cursor(bytes)
  const parts: Uint8Array[] = []
  while (cursor.left >= 5) {
    const type = cursor.number(1)
    cursor.take(2)
    const length = cursor.number(2)
    if (length > cursor.left) break
    const content = cursor.take(length)
    if (type === 22) parts.push(content)
  }
  return join(...parts)
}

const message = (type: number, body: Uint8Array): Uint8Array => join(u8(type), vector24(body))
const record = (type: number, content: Uint8Array): Uint8Array => join(u8(type), fromHex('0303'), vector16(content))
const largestFragment = 1 << 14

/** Handshake messages in records of at most 2^14 octets: a chain of certificates can be longer (RFC 5246, section 6.2.1). */
const handshakeRecords = (messages: Uint8Array): Uint8Array =>
  join(
    ...Array.from({ length: Math.ceil(messages.length / largestFragment) }, (_, index) =>
      record(22, messages.subarray(index * largestFragment, (index + 1) * largestFragment)),
    ),
  )

/** Curve and point of ServerKeyExchange (RFC 8422, section 5.4). */
const serverPoint = (body: Uint8Array): { curve: string; point: Uint8Array } | undefined => {
  const cursor = new Cursor(body)
  if (cursor.number(1) !== 3) return undefined
  const curve = curves[cursor.hex4()]
  return curve === undefined ? undefined : { curve, point: cursor.vector(1).bytes }
}

/** Certificate, empty where there is none to show (RFC 5246, section 7.4.6). */
const certificateMessage = (client: ClientCertificate | undefined): Uint8Array =>
  message(11, vector24(...(client?.certificates ?? []).map((der) => vector24(der))))

/** CertificateVerify over the handshake so far (RFC 5246, section 7.4.8); empty where nothing was shown, or no scheme is common. */
const certificateVerify = (client: ClientCertificate | undefined, request: Uint8Array, handshake: Uint8Array): Uint8Array => {
  const signed = client && signHandshake(client, schemesRequested(request), handshake, '0303')
  return signed === undefined ? new Uint8Array() : message(15, join(fromHex(signed.scheme), vector16(signed.signature)))
}

type Greeting = { spec: ClientHelloSpec; hello: Uint8Array; client: ClientCertificate | undefined }

/**
 * What a client sends after ServerHelloDone: Certificate where one is asked for, ClientKeyExchange, CertificateVerify where one was shown, ChangeCipherSpec,
 * Finished (RFC 5246, section 7.3).
 */
const secondFlight = ({ spec, hello, client }: Greeting, received: Uint8Array, flight: ServerFlight): Uint8Array | undefined => {
  const { serverHello, serverHelloBytes, serverKeyExchange, certificateRequest } = flight
  if (!serverHello || !serverHelloBytes || !serverKeyExchange || serverHello.compression !== 0) return undefined
  const keys = keysOfSuite(serverHello.suite)
  const server = serverPoint(serverKeyExchange)
  if (keys === undefined || server === undefined) return undefined
  const own = createECDH(server.curve)
  const share = new Uint8Array(own.generateKeys())
  const secrets = {
    premaster: new Uint8Array(own.computeSecret(server.point)),
    clientRandom: fromHex(spec.random),
    serverRandom: serverHelloBytes.subarray(6, 38),
  }
  const certificate = certificateRequest === undefined ? new Uint8Array() : certificateMessage(client)
  const keyExchange = message(16, vector8(share))
  const exchanged = join(handshakeOf(hello), handshakeOf(received), certificate, keyExchange)
  const verify = certificateRequest === undefined ? new Uint8Array() : certificateVerify(client, certificateRequest, exchanged)
  // The extended master secret is bound to what came before CertificateVerify (RFC 7627, section 4).
  const master = masterSecret(keys, secrets, exchanged, serverHello.extendedMasterSecret)
  const finished = encryptFirst(keys, master, secrets, {
    content: clientFinished(keys, master, join(exchanged, verify)),
    explicitNonce: new Uint8Array(randomBytes(8)),
  })
  return join(handshakeRecords(join(certificate, keyExchange, verify)), record(20, u8(1)), finished)
}

/** Completes a handshake of TLS 1.2 with ECDHE and AES-GCM, as far as the server goes along. */
const complete = (session: Session, question: string, spec: ClientHelloSpec, client: ClientCertificate | undefined): Promise<Exchanged> => {
  const hello = writeClientHello(spec)
  let answered = false
  const enough: Enough = (received) => {
    const flight = readServerFlight(received)
    if (fatalAlert(flight)) return 'alert'
    if (answered) {
      const change = flight.records.findIndex(({ type }) => type === 20)
      return change >= 0 && flight.records.length > change + 1 ? 'yes' : 'no'
    }
    if (flight.malformed !== undefined || flight.foreign !== undefined || flight.serverHello?.version === '0304') return 'yes'
    if (!flight.done) return 'no'
    answered = true
    // A point that is not on its curve throws; there is nothing to send then.
    return secondFlightOrNothing({ spec, hello, client }, received, flight) ?? 'yes'
  }
  const [own] = client?.certificates ?? []
  return session.converse(question, spec, hello, enough, own ? { clientCertificate: sha256(own) } : {})
}

const secondFlightOrNothing = (...all: Parameters<typeof secondFlight>): Uint8Array | undefined => {
  try {
    return secondFlight(...all)
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}

/** A handshake with the extended master secret, one without, and where that was refused the first once more. */
export const askKeyExchange = async (session: Session, client?: ClientCertificate): Promise<void> => {
  const forms = sweepForms(session.seed)
  const ask = (extended: boolean): Promise<Exchanged> =>
    complete(session, `${extended ? 'with' : 'without'} extended master secret`, forms.keyExchange(extended), client)
  await ask(true)
  const without = await ask(false)
  if (fatalAlert(readServerFlight(without.received))) await ask(true)
}
