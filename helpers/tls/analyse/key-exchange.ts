import { shownAlert } from '../../policy/code-points.ts'
import type { Connection } from './exchange.ts'
import { atypicalRefusals, plainRefusals } from './question.ts'
import { type Alert, fatalAlert, readServerFlight } from './server-flight.ts'

/** Whether TLS 1.2 without the extended master secret is refused (RFC 7627), and what the same handshakes show beside. */
export type KeyExchangeFacts = {
  ems: 'enforced' | 'not-enforced' | 'inconclusive'
  why: string
  exchanges: readonly string[]
  /** renegotiation_info in the ServerHello (RFC 5746); undefined where there was none to look at. */
  secureRenegotiation: boolean | undefined
  /** The compression method that was chosen with deflate on offer; 0 is null. */
  compression: number | undefined
}

type Course = { state: 'completed' | 'refused' | 'open'; why: string; negotiated: boolean; id: string; order: number }

/** Change of cipher, then an encrypted record: the server checked the client's Finished and sent its own (RFC 5246, section 7.3). */
const isCompleted = (records: readonly { type: number }[]): boolean => {
  const change = records.findIndex(({ type }) => type === 20)
  return change >= 0 && records.slice(change + 1).some(({ type }) => type === 22)
}

const afterwards = ({ position }: Alert): string =>
  position === 'before-server-hello'
    ? 'in answer to the hello'
    : position === 'after-server-hello-done'
      ? 'in answer to the key exchange'
      : position

const courseOf = ({ id, data, received }: Connection): Course => {
  const flight = readServerFlight(received)
  const base = { id, order: data.order, negotiated: flight.serverHello?.extendedMasterSecret === true }
  if (isCompleted(flight.records)) return { ...base, state: 'completed', why: 'completed' }
  const alert = fatalAlert(flight)
  if (alert === undefined)
    return { ...base, state: 'open', why: `no end of the handshake: ${data.ended}${data.detail ? ` (${data.detail})` : ''}` }
  const why = `${shownAlert(alert.description)} ${afterwards(alert)}`
  const wantsCertificate = !flight.certificateRequested
    ? ''
    : data.clientCertificate === undefined
      ? ', after a client certificate was asked for and none was sent'
      : ', after a client certificate was asked for and sent'
  const refused = [...plainRefusals, ...atypicalRefusals].includes(alert.description)
  return { ...base, state: refused ? 'refused' : 'open', why: why + wantsCertificate }
}

const isKeyExchange = ({ data }: Connection): boolean => data.ask === 'key-exchange' && data.spec !== null

/** Reads the completed key exchanges; undefined where none was made. */
export const readKeyExchange = (connections: readonly Connection[]): KeyExchangeFacts | undefined => {
  const made = connections.filter(isKeyExchange)
  const [first] = made
  if (first === undefined) return undefined
  const { serverHello } = readServerFlight(first.received)
  const beside = {
    exchanges: made.map(({ id }) => id),
    secureRenegotiation: serverHello?.extensions.includes('ff01'),
    compression: serverHello?.compression,
  }
  const courses = (extended: boolean): Course[] => made.filter(({ data }) => data.spec?.extendedMasterSecret === extended).map(courseOf)
  const [asked, ...again] = courses(false)
  const controls = courses(true)
  const say = (ems: KeyExchangeFacts['ems'], why: string): KeyExchangeFacts => ({ ems, why, ...beside })
  const completed = [asked, ...again].find((course) => course?.state === 'completed')
  if (completed) return say('not-enforced', 'a handshake of TLS 1.2 without the extended master secret was completed')
  const bad = controls.find(({ state }) => state !== 'completed')
  if (asked === undefined || bad !== undefined)
    return say('inconclusive', `the control with the extension was not completed: ${bad?.why ?? 'not asked'}`)
  if (asked.state !== 'refused') return say('inconclusive', asked.why)
  const framed = controls.some(({ order }) => order < asked.order) && controls.some(({ order }) => order > asked.order)
  if (!framed || !controls.every(({ negotiated }) => negotiated))
    return say('inconclusive', `${asked.why}, without a completed control before and after that agreed on the extension`)
  return say('enforced', `${asked.why}; with the extension it was completed before and after`)
}
