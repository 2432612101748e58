import { shownAlert } from '../../policy/code-points.ts'
import type { TlsQuestion } from '../../policy/tls-questions.ts'
import { offeredVersion, offers, picked } from './answer.ts'
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
const framed = (question: TlsQuestion, exchange: HelloExchange, all: readonly HelloExchange[], said: Omit<Said, 'controls'>): Said => {
  const { before, after } = framing(question.asks, exchange, all)
  if (before !== undefined && after !== undefined) return { ...said, controls: [before, after] }
  const missing =
    before === undefined && after === undefined ? 'neither before nor after' : before === undefined ? 'not before' : 'not after'
  return { ...inconclusive(`${said.why}, but the twin control was accepted ${missing}`), alert: said.alert }
}

const saidByAlert = (question: TlsQuestion, exchange: HelloExchange, all: readonly HelloExchange[]): Said => {
  if (exchange.answer.kind !== 'alert') return inconclusive('no alert')
  const { description, position } = exchange.answer.alert
  const alert = { description, position }
  const why = shownAlert(description)
  if (plainRefusals.includes(description)) return framed(question, exchange, all, { state: 'refused', why, alert })
  if (atypicalRefusals.includes(description)) return framed(question, exchange, all, { state: 'refused-atypical', why, alert })
  return { ...inconclusive(`${why} says nothing about what was asked`), alert }
}

const saidByClose = (question: TlsQuestion, exchange: HelloExchange, all: readonly HelloExchange[]): Said => {
  const asked = JSON.stringify(exchange.spec)
  const times = all.filter((other) => other.answer.kind === 'closed' && JSON.stringify(other.spec) === asked).length
  const why = `closed without a word, ${times} times`
  return times < silentTimes ? inconclusive(`${why} only`) : framed(question, exchange, all, { state: 'silent', why, alert: undefined })
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

/** What an answer says of a code point that was offered and not picked; undefined when it says nothing. */
const saidOfOthers = (question: TlsQuestion, exchange: HelloExchange, all: readonly HelloExchange[]): Said | undefined => {
  const { answer, spec, data } = exchange
  // With anything else on offer, a refusal may be a refusal of that, and an answer tells only what was preferred.
  if (!offers(question.asks, spec).every((code) => question.codePoints.includes(code))) return undefined
  switch (answer.kind) {
    case 'selected':
      if (question.asks === 'version') {
        return framed(question, exchange, all, { state: 'refused', why: `negotiated away to ${answer.version}`, alert: undefined })
      }
      return answer.version === question.version ? undefined : inconclusive(`the server answered with version ${answer.version}`)
    case 'alert':
      return saidByAlert(question, exchange, all)
    case 'closed':
      return saidByClose(question, exchange, all)
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

/** Hellos that put this question for `code`, alone or among others. */
const putting = (question: TlsQuestion, code: string, all: readonly HelloExchange[]): HelloExchange[] =>
  all.filter(({ spec }) => offeredVersion(spec) === question.version && offers(question.asks, spec).includes(code))

const readPoint = (question: TlsQuestion, code: string, all: readonly HelloExchange[]): PointFact => {
  const exchanges = putting(question, code, all)
  const said = exchanges.flatMap((exchange): Said[] => {
    const { answer } = exchange
    const chosen = answer.kind === 'selected' && answer.version === question.version && picked(question.asks, answer) === code
    const one = chosen ? saidByChoice(exchange) : saidOfOthers(question, exchange, all)
    return one ? [one] : []
  })
  const best = strength.flatMap((state) => said.find((one) => one.state === state) ?? [])[0]
  return { code, ...(best ?? inconclusive('not asked')), exchanges: exchanges.map(({ id }) => id) }
}

/**
 * Up to TLS 1.2 an ECDSA certificate is served only to a client that also lists its curve (RFC 8422, section 5.1), so a refusal of the group alone may be
 * about the certificate. It counts when the group was offered beside that curve too, and the server took the curve.
 */
const weighCertificateCurve = (
  question: TlsQuestion,
  point: PointFact,
  curve: string | undefined,
  all: readonly HelloExchange[],
): PointFact => {
  const concerned = question.asks === 'group' && question.version !== '0304' && curve !== undefined && curve !== point.code
  if (!concerned || (point.state !== 'refused' && point.state !== 'refused-atypical')) return point
  const beside = putting(question, point.code, all).some(
    ({ answer, spec }) => answer.kind === 'selected' && answer.state === 'accepted' && answer.group === curve && spec.groups.length === 2,
  )
  return beside
    ? point
    : { ...point, state: 'inconclusive', why: 'the certificate has an elliptic curve that was not offered beside the group' }
}

/** A group that nobody can reach because the version is not spoken is refused with the version. */
const refusedWithVersion = (point: PointFact, version: QuestionFact | undefined): PointFact => {
  const [refusal] = version?.points ?? []
  if (point.state !== 'inconclusive' || refusal === undefined) return point
  if (refusal.state !== 'refused' && refusal.state !== 'refused-atypical') return point
  return {
    ...point,
    state: refusal.state,
    why: `version ${refusal.code} itself is refused: ${refusal.why}`,
    alert: refusal.alert,
    controls: refusal.controls,
  }
}

const outcomes: readonly PointState[] = ['accepted', 'not-servable', 'inconclusive', 'silent', 'refused-atypical', 'refused']

const violationIn = (question: TlsQuestion, all: readonly HelloExchange[]): string | undefined => {
  const broken = question.codePoints
    .flatMap((code) => putting(question, code, all))
    .filter(({ spec }) => question.asks === 'version' || offers(question.asks, spec).every((code) => question.codePoints.includes(code)))
  const found = broken.flatMap(({ id, answer }) => (answer.kind === 'violation' ? [`${answer.what} (${id})`] : []))
  return found[0]
}

/** The answer to one question, from all hellos that were put to the listener. `curve` is the group of the certificate's key, if it has one. */
export const readQuestion = (
  question: TlsQuestion,
  all: readonly HelloExchange[],
  { curve, version }: { curve: string | undefined; version: QuestionFact | undefined },
): QuestionFact => {
  const points = question.codePoints
    .map((code) => readPoint(question, code, all))
    .map((point) => refusedWithVersion(weighCertificateCurve(question, point, curve, all), version))
  const violation = violationIn(question, all)
  if (violation !== undefined) return { question, outcome: 'protocol-violation', why: violation, points }
  const worst = outcomes.flatMap((state) => points.find((point) => point.state === state) ?? [])[0]
  return { question, outcome: worst?.state ?? 'inconclusive', why: worst?.why ?? 'a question without code points', points }
}
