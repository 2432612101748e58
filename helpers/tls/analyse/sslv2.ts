import { shownAlert } from '../../policy/code-points.ts'
import type { Connection, HelloExchange } from './exchange.ts'
import { silentTimes } from './question.ts'
import { fatalAlert, readServerFlight } from './server-flight.ts'
import { readsSslv2 } from './sweep-forms.ts'

/**
 * How SSL 2.0 was answered. `refused` takes a close without a word too, seen three times between accepted hellos: SSL 2.0 has no message for a version that
 * is not spoken (draft-hickman-netscape-ssl-00, section 3.6 has errors of the handshake only).
 */
export type Sslv2Facts = { state: 'accepted' | 'refused' | 'inconclusive'; why: string }

/** Reads the hellos of SSL 2.0; undefined where none was sent. */
export const readSslv2 = (connections: readonly Connection[], exchanges: readonly HelloExchange[]): Sslv2Facts | undefined => {
  const asked = connections.filter(({ data }) => data.ask === 'sslv2-hello')
  const [first] = asked
  if (first === undefined) return undefined
  if (asked.some(({ received }) => readsSslv2(received))) return { state: 'accepted', why: 'a SERVER-HELLO of SSL 2.0' }
  const isControl = ({ answer }: HelloExchange): boolean => answer.kind === 'selected' && answer.state === 'accepted'
  const framed = (order: number): boolean =>
    exchanges.some((one) => isControl(one) && one.data.order < order) && exchanges.some((one) => isControl(one) && one.data.order > order)
  if (!framed(first.data.order)) return { state: 'inconclusive', why: 'no accepted hello before and after' }
  const alert = fatalAlert(readServerFlight(first.received))
  if (alert) return { state: 'refused', why: shownAlert(alert.description) }
  const closed = asked.filter(({ data, received }) => received.length === 0 && (data.ended === 'fin' || data.ended === 'rst')).length
  if (closed >= silentTimes) return { state: 'refused', why: `closed without a word, ${closed} times` }
  return { state: 'inconclusive', why: `${first.received.length} octets, then ${first.data.ended}` }
}
