import { shownAlert } from '../../policy/code-points.ts'
import type { TlsQuestion } from '../../policy/tls-questions.ts'
import { offeredVersion } from './answer.ts'
import { framing, type HelloExchange } from './exchange.ts'
import type { Position } from './server-flight.ts'

/** A code point that the server chose and could serve. `serverHello` is the hex of the message. */
export type AcceptedPoint = {
  version: string
  suite: string
  group: string | undefined
  /** Signature scheme of ServerKeyExchange (TLS 1.2). */
  scheme?: string
  dhBits: number | undefined
  serverHello: string
  exchange: string
}

export type PointState = 'accepted' | 'not-servable' | 'refused' | 'refused-atypical' | 'silent' | 'inconclusive'

/** What is known of one code point of a question, and the connections that it rests on. */
export type PointFact = {
  code: string
  state: PointState
  why: string
  alert: { description: number; position: Position } | undefined
  /** Accepted twins right before and after; empty where there was no refusal to frame. */
  controls: readonly string[]
  exchanges: readonly string[]
}

export type QuestionOutcome = PointState | 'protocol-violation'

export type QuestionFact = {
  question: TlsQuestion
  outcome: QuestionOutcome
  why: string
  points: readonly PointFact[]
}

/** Alerts that say that nothing of what was offered is wanted (RFC 8446, section 6.2). */
export const plainRefusals: readonly number[] = [40, 70, 71]
/** Alerts that some servers send instead: OpenSSL 3.0 answers versions below its security level with 80. */
export const atypicalRefusals: readonly number[] = [47, 50, 80, 109, 110]

/** How often a close without a word must be seen before it is called silent. */
export const silentTimes = 3

type Said = Omit<PointFact, 'code' | 'exchanges'>

const inconclusive = (why: string): Said => ({ state: 'inconclusive', why, alert: undefined, controls: [] })

/** A refusal counts only between two accepted twins. */
const framed = (exchange: HelloExchange, all: readonly HelloExchange[], said: Omit<Said, 'controls'>): Said => {
  const { before, after } = framing(exchange, all)
  if (before !== undefined && after !== undefined) return { ...said, controls: [before, after] }
  const missing =
    before === undefined && after === undefined ? 'neither before nor after' : before === undefined ? 'not before' : 'not after'
  return { ...inconclusive(`${said.why}, but the twin control was accepted ${missing}`), alert: said.alert }
}

const saidByAlert = (exchange: HelloExchange, all: readonly HelloExchange[]): Said => {
  if (exchange.answer.kind !== 'alert') return inconclusive('no alert')
  const { description, position } = exchange.answer.alert
  const alert = { description, position }
  const why = shownAlert(description)
  if (plainRefusals.includes(description)) return framed(exchange, all, { state: 'refused', why, alert })
  if (atypicalRefusals.includes(description)) return framed(exchange, all, { state: 'refused-atypical', why, alert })
  return { ...inconclusive(`${why} says nothing about what was asked`), alert }
}

const saidByClose = (exchange: HelloExchange, all: readonly HelloExchange[]): Said => {
  const asked = JSON.stringify(exchange.spec)
  const times = all.filter((other) => other.answer.kind === 'closed' && JSON.stringify(other.spec) === asked).length
  const why = `closed without a word, ${times} times`
  return times < silentTimes ? inconclusive(`${why} only`) : framed(exchange, all, { state: 'silent', why, alert: undefined })
}

/** What an answer says of the one code point that the server picked. */
const saidByChoice = (exchange: HelloExchange): Said => {
  const { answer } = exchange
  if (answer.kind !== 'selected') return inconclusive('nothing was chosen')
  const alert = answer.alert && { description: answer.alert.description, position: answer.alert.position }
  switch (answer.state) {
    case 'accepted':
      return { state: 'accepted', why: 'chosen by the server', alert, controls: [] }
    case 'not-servable':
      return {
        state: 'not-servable',
        why: `chosen, then ${alert ? shownAlert(alert.description) : 'an encrypted alert'}`,
        alert,
        controls: [],
      }
    case 'retry':
      return inconclusive('named in a HelloRetryRequest and not confirmed with a share')
    case 'unfinished':
      return inconclusive(`chosen, but the flight broke off: ${exchange.data.ended}`)
  }
}

/** What an answer says of a version that was offered and not picked. */
const saidOfOthers = (exchange: HelloExchange, all: readonly HelloExchange[]): Said => {
  const { answer, data } = exchange
  switch (answer.kind) {
    case 'selected':
      return framed(exchange, all, { state: 'refused', why: `negotiated away to ${answer.version}`, alert: undefined })
    case 'alert':
      return saidByAlert(exchange, all)
    case 'closed':
      return saidByClose(exchange, all)
    case 'timeout':
      return inconclusive(`no answer in time: ${answer.detail}`)
    case 'no-connection':
      return inconclusive(`no connection: ${answer.how}${answer.detail ? ` (${answer.detail})` : ''}`)
    case 'foreign':
      return inconclusive(`the answer was no TLS but ${answer.foreign}`)
    case 'violation':
      return inconclusive(`the answer breaks the protocol: ${answer.what}`)
    case 'unreadable':
      return inconclusive(`the answer cannot be read: ${answer.what} (${data.ended})`)
  }
}

/** A plain refusal outranks an odd one, and a proof outranks a connection that showed nothing. */
const strength: readonly PointState[] = ['accepted', 'not-servable', 'refused', 'refused-atypical', 'silent', 'inconclusive']

/** Hellos that offer this version, whatever else they ask. */
const putting = (version: string, all: readonly HelloExchange[]): HelloExchange[] =>
  all.filter(({ spec }) => offeredVersion(spec) === version)

const readPoint = (code: string, all: readonly HelloExchange[]): PointFact => {
  const exchanges = putting(code, all)
  const said = exchanges.map((exchange): Said => {
    const { answer } = exchange
    return answer.kind === 'selected' && answer.version === code ? saidByChoice(exchange) : saidOfOthers(exchange, all)
  })
  const best = strength.flatMap((state) => said.find((one) => one.state === state) ?? [])[0]
  return { code, ...(best ?? inconclusive('not asked')), exchanges: exchanges.map(({ id }) => id) }
}

const outcomes: readonly PointState[] = ['accepted', 'not-servable', 'inconclusive', 'silent', 'refused-atypical', 'refused']

const violationIn = ({ codePoints }: TlsQuestion, all: readonly HelloExchange[]): string | undefined => {
  const broken = codePoints.flatMap((code) => putting(code, all))
  const found = broken.flatMap(({ id, answer }) => (answer.kind === 'violation' ? [`${answer.what} (${id})`] : []))
  return found[0]
}

/** The answer to one question, from all hellos that were put to the listener. */
export const readQuestion = (question: TlsQuestion, all: readonly HelloExchange[]): QuestionFact => {
  const points = question.codePoints.map((code) => readPoint(code, all))
  const violation = violationIn(question, all)
  if (violation !== undefined) return { question, outcome: 'protocol-violation', why: violation, points }
  const worst = outcomes.flatMap((state) => points.find((point) => point.state === state) ?? [])[0]
  return { question, outcome: worst?.state ?? 'inconclusive', why: worst?.why ?? 'a question without code points', points }
}
