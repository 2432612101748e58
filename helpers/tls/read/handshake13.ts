import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { Cursor, fromHex, join, toHex, u8, vector8, vector16, vector24 } from '../analyse/bytes.ts'
import { type ClientHelloSpec, writeClientHello } from '../analyse/client-hello.ts'
import { type Message, openServer } from '../analyse/handshake13.ts'
import { tls13Hello } from '../analyse/hello-forms.ts'
import {
  applicationSecrets,
  digest13,
  finished13,
  type HandshakeSecrets,
  handshakeSecrets,
  protect13,
  type Suite13,
  suite13,
} from '../analyse/key-schedule13.ts'
import { sha256 } from '../analyse/sent-bytes.ts'
import { fatalAlert, readServerFlight } from '../analyse/server-flight.ts'
import { type ClientCertificate, signHandshake } from './client-certificate.ts'
import type { Enough } from './exchange.ts'
import type { Session } from './session.ts'

const groups = { '0017': 'prime256v1', '0018': 'secp384r1', '0019': 'secp521r1' } as const

type Own = { group: string; key: KeyObject; public: string; header: Uint8Array }

/** An uncompressed point is the end of a SubjectPublicKeyInfo of an EC key (RFC 5480, section 2.2); what stands before it is the same for all keys of a curve. */
const ownShare = (group: keyof typeof groups): Own => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: groups[group] })
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))
  const length = { '0017': 65, '0018': 97, '0019': 133 }[group]
  const at = spki.length - length
  return {
    group,
    key: privateKey,
    public: toHex(spki.subarray(at)),
    header: spki.subarray(0, at),
  }
}

const sharedWith = ({ key, header }: Own, point: Uint8Array): Uint8Array =>
  new Uint8Array(
    diffieHellman({ privateKey: key, publicKey: createPublicKey({ key: Buffer.from(join(header, point)), format: 'der', type: 'spki' }) }),
  )

/** Messages of the first flight without their records: the hello of a TLS 1.3 client fits into one. */
const withoutRecord = (record: Uint8Array): Uint8Array => record.subarray(5)

const message = (type: number, body: Uint8Array): Uint8Array => join(u8(type), vector24(body))

/** What CertificateVerify of a client signs (RFC 8446, section 4.4.3). */
const toBeSigned = (suite: Suite13, messages: Uint8Array): Uint8Array =>
  join(new Uint8Array(64).fill(0x20), new TextEncoder().encode('TLS 1.3, client CertificateVerify'), u8(0), digest13(suite.hash, messages))

/** Context and schemes of a CertificateRequest (RFC 8446, section 4.3.2). */
const readRequest = ({ whole }: Message): { context: Uint8Array; schemes: string[] } => {
  const body = new Cursor(whole, 4)
  const context = body.vector(1).bytes
  const extensions = body.vector(2)
  const schemes: string[] = []
  while (extensions.left > 0) {
    const type = extensions.number(2)
    const content = extensions.vector(2)
    if (type === 13) schemes.push(...content.vector(2).list16())
  }
  return { context, schemes }
}

/** Certificate and CertificateVerify of the client, where the server asked for them. */
const clientMessages = (
  suite: Suite13,
  client: ClientCertificate | undefined,
  request: Message | undefined,
  before: Uint8Array,
): Uint8Array => {
  if (request === undefined) return new Uint8Array()
  const { context, schemes } = readRequest(request)
  const certificate = message(
    11,
    join(vector8(context), vector24(...(client?.certificates ?? []).map((der) => join(vector24(der), vector16())))),
  )
  const signed = client && signHandshake(client, schemes, toBeSigned(suite, join(before, certificate)), '0304')
  if (client === undefined) return certificate
  // Without a common scheme there is nothing to show (RFC 8446, section 4.4.2.3).
  if (signed === undefined) return message(11, join(vector8(context), vector24()))
  return join(certificate, message(15, join(fromHex(signed.scheme), vector16(signed.signature))))
}

const closeNotify = Uint8Array.of(1, 0)
/** How long a server may take to send a session ticket, or to close, when the handshake is over. Milliseconds. */
const ticketMs = 1_000

type Course = {
  suite: Suite13
  code: string
  secrets: HandshakeSecrets
  hello: Uint8Array
  application?: { client: Uint8Array; server: Uint8Array }
}

/** Secrets of the handshake, as soon as the ServerHello is there; undefined for one that cannot be gone on with. */
const begin = (own: readonly Own[], hello: Uint8Array, received: Uint8Array): Course | undefined => {
  const { serverHello, serverHelloBytes } = readServerFlight(received)
  const suite = serverHello && suite13(serverHello.suite)
  const share = own.find(({ group }) => group === serverHello?.group)
  if (!serverHello?.keyShare || !serverHelloBytes || suite === undefined || share === undefined) return undefined
  const messages = join(withoutRecord(hello), serverHelloBytes)
  return {
    suite,
    code: serverHello.suite,
    secrets: handshakeSecrets(suite, sharedWith(share, serverHello.keyShare), messages),
    hello: messages,
  }
}

/** The client's last flight, and a close behind it: a server that sends no ticket closes then. */
const finish = (course: Course, flight: readonly Message[], client: ClientCertificate | undefined): Uint8Array => {
  const { suite, secrets } = course
  const before = join(course.hello, ...flight.map(({ whole }) => whole))
  const application = applicationSecrets(suite, secrets.next, before)
  course.application = application
  const own = clientMessages(
    suite,
    client,
    flight.find(({ type }) => type === 13),
    before,
  )
  const all = join(own, finished13(suite, secrets.client, join(before, own)))
  const records = Array.from({ length: Math.ceil(all.length / 16_000) }, (_, index) =>
    protect13(suite, secrets.client, index, 22, all.subarray(index * 16_000, (index + 1) * 16_000)),
  )
  return join(Uint8Array.of(20, 3, 3, 0, 1, 1), ...records, protect13(suite, application.client, 0, 21, closeNotify))
}

const helloFor = (session: Session, own: readonly Own[]): ClientHelloSpec => ({
  ...tls13Hello(session.seed, { groups: own.map(({ group }) => group) }),
  keyShares: own.map(({ group, public: key }) => ({ group, public: key })),
  pskModes: '01',
})

/**
 * Goes through with a handshake of TLS 1.3 and waits for a session ticket, which says whether early data would be taken. The server's traffic secrets are
 * stored, so that its records can be opened again; they open nothing of the client's, and no data follows on this connection.
 */
export const askEarlyData = async (session: Session, client?: ClientCertificate): Promise<void> => {
  const own = (['0017', '0018', '0019'] as const).map(ownShare)
  const spec = helloFor(session, own)
  const hello = writeClientHello(spec)
  let course: Course | undefined
  const enough: Enough = (received) => {
    const flight = readServerFlight(received)
    if (fatalAlert(flight)) return 'alert'
    if (flight.malformed !== undefined || flight.foreign !== undefined) return 'yes'
    if (!flight.serverHello) return flight.helloRetryRequest ? 'yes' : 'no'
    course ??= begin(own, hello, received)
    if (course === undefined) return 'yes'
    const { suite, secrets, application } = course
    const opened = openServer(suite, received, { handshake: secrets.server, ...(application && { application: application.server }) })
    if (opened.alerts.length > 0) return 'alert'
    if (application) return opened.afterwards.some(({ type }) => type === 4) ? 'yes' : 'no'
    return opened.finished ? finish(course, opened.handshake, client) : 'no'
  }
  const [leaf] = client?.certificates ?? []
  await session.converse('session ticket', spec, hello, enoughOrNothing(enough), {
    ask: 'tls13-handshake',
    patienceMs: ticketMs,
    ...(leaf && { clientCertificate: sha256(leaf) }),
    secrets: () =>
      course && {
        suite: course.code,
        handshake: toHex(course.secrets.server),
        ...(course.application && { application: toHex(course.application.server) }),
      },
  })
}

/** A share that is no point, or a request that cannot be read, throws; there is nothing to send then. */
const enoughOrNothing =
  (enough: Enough): Enough =>
  (received) => {
    try {
      return enough(received)
    } catch (error) {
      if (error instanceof Error) return 'yes'
      throw error
    }
  }
