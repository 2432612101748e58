import { tlsQuestions } from '../../policy/tls-questions.ts'
import type { Selected } from './answer.ts'
import { type CertificateFacts, readCertificate } from './certificate.ts'
import { type Connection, type HelloExchange, helloExchanges, readConnections } from './exchange.ts'
import type { ExchangeEvidence } from './exchange-data.ts'
import { type EarlyDataFacts, readEarlyData } from './handshake13.ts'
import { type KeyExchangeFacts, readKeyExchange } from './key-exchange.ts'
import { type Protocol, readProtocol } from './protocol.ts'
import { type AcceptedPoint, type PointFact, type QuestionFact, readQuestion } from './question.ts'
import { readSslv2, type Sslv2Facts } from './sslv2.ts'
import { readSweep, type SweepFacts } from './sweep-accounts.ts'

/** All that is known of a listener, from stored bytes alone. */
export type ListenerFacts = {
  protocol: Protocol
  /** What the protocol was seen from. */
  seenFrom: string
  connections: number
  questions: readonly QuestionFact[]
  /** Everything that the server chose and could serve, on whatever connection. */
  accepted: readonly AcceptedPoint[]
  /** Keys of the server's certificates, as TLS 1.2 shows them. */
  certificates: readonly CertificateFacts[]
  clientCertificateRequested: boolean
  /** Why nothing here may count as a refusal: the same bytes were answered differently. */
  varies: string | undefined
  /** Observations that could not be used, and why. */
  unsound: readonly string[]
  /** Accounts of the whole number space, where the listener was swept. */
  sweep?: SweepFacts
  keyExchange?: KeyExchangeFacts
  /** Answer to a hello that says that it fell back from a later version (RFC 7507): `honoured` is alert 86. */
  fallback?: 'honoured' | 'ignored' | 'unknown'
  /** Whether early data (0-RTT) is offered in TLS 1.3. */
  earlyData?: EarlyDataFacts
  /** Answer to a hello of SSL 2.0. */
  sslv2?: Sslv2Facts
}

/** Facts of a listener that nothing was asked of. */
export const unaskedListener: ListenerFacts = {
  protocol: 'unasked',
  seenFrom: 'nothing was asked',
  connections: 0,
  questions: [],
  accepted: [],
  certificates: [],
  clientCertificateRequested: false,
  varies: undefined,
  unsound: [],
}

type Chosen = HelloExchange & { answer: Selected }

const isChosen = (exchange: HelloExchange): exchange is Chosen => exchange.answer.kind === 'selected'

/** What one back end answers to one hello; the same bytes must get the same. Undefined for what depends on the network and not on the server's configuration. */
const signature = ({ answer }: HelloExchange): string | undefined => {
  if (answer.kind === 'alert') return `alert ${answer.alert.description}`
  if (answer.kind !== 'selected' || answer.state === 'unfinished') return undefined
  const [leaf] = answer.certificates
  const key = leaf ? `, certificate ${readCertificate(leaf).sha256.slice(0, 12)}` : ''
  return `version ${answer.version}, suite ${answer.suite}, group ${answer.group ?? '-'}${key}`
}

/** Several back ends behind one address show themselves by different answers to the same hello. */
const variance = (exchanges: readonly HelloExchange[]): string | undefined => {
  const seen = new Map<string, { id: string; said: string }>()
  for (const exchange of exchanges) {
    const said = signature(exchange)
    if (said === undefined) continue
    const asked = JSON.stringify(exchange.spec)
    const earlier = seen.get(asked)
    if (earlier && earlier.said !== said) return `the same hello got «${earlier.said}» (${earlier.id}) and «${said}» (${exchange.id})`
    seen.set(asked, { id: exchange.id, said })
  }
  return undefined
}

const acceptedPoints = (exchanges: readonly HelloExchange[]): AcceptedPoint[] =>
  exchanges
    .filter(isChosen)
    .filter(({ answer }) => answer.state === 'accepted')
    .map(({ id, answer: { version, suite, group, scheme, dhBits, serverHello } }) => ({
      version,
      suite,
      group,
      ...(scheme !== undefined && { scheme }),
      dhBits,
      serverHello,
      exchange: id,
    }))

const certificatesOf = (exchanges: readonly HelloExchange[]): CertificateFacts[] => {
  const leaves = exchanges.filter(isChosen).flatMap(({ answer }) => answer.certificates.slice(0, 1).map(readCertificate))
  return [...new Map(leaves.map((leaf) => [leaf.sha256, leaf])).values()]
}

const questionVaries = (question: QuestionFact, why: string): QuestionFact => {
  const doubt = (point: PointFact): PointFact =>
    ['refused', 'refused-atypical', 'silent'].includes(point.state) ? { ...point, state: 'inconclusive', why } : point
  const proved = !['refused', 'refused-atypical', 'silent'].includes(question.outcome)
  return { ...question, points: question.points.map(doubt), ...(proved ? {} : { outcome: 'inconclusive', why }) }
}

const readQuestions = (exchanges: readonly HelloExchange[], varies: string | undefined): QuestionFact[] =>
  tlsQuestions
    .map((question) => readQuestion(question, exchanges))
    .map((question) => (varies === undefined ? question : questionVaries(question, `answers vary: ${varies}`)))

/** Answers to what a sweep asks once. */
const beside = (
  connections: readonly Connection[],
  exchanges: readonly HelloExchange[],
): Pick<ListenerFacts, 'keyExchange' | 'fallback' | 'earlyData' | 'sslv2'> => {
  const keyExchange = readKeyExchange(connections)
  const earlyData = readEarlyData(connections)
  const [fallback] = exchanges.filter(({ spec }) => spec.suites.includes('5600'))
  const honoured = fallback?.answer.kind === 'alert' && fallback.answer.alert.description === 86
  const sslv2 = readSslv2(connections, exchanges)
  return {
    ...(keyExchange && { keyExchange }),
    ...(fallback && { fallback: honoured ? 'honoured' : fallback.answer.kind === 'selected' ? 'ignored' : 'unknown' }),
    ...(earlyData && { earlyData }),
    ...(sslv2 && { sslv2 }),
  }
}

/**
 * What a listener speaks, accepts and refuses, recomputed from the observations of kind `tls-exchange` about it: `data` as `exchangeDataSchema`,
 * blobs `sent` and `received`. A hello whose spec does not give the bytes that were sent is left out and named in `unsound`.
 */
export const analyseListener = (evidence: readonly ExchangeEvidence[]): ListenerFacts => {
  const { connections, unsound } = readConnections(evidence)
  const { protocol, seenFrom } = readProtocol(connections)
  const exchanges = helloExchanges(connections)
  const certificates = certificatesOf(exchanges)
  const varies = variance(exchanges)
  const questions = protocol === 'tls' ? readQuestions(exchanges, varies) : []
  const sweep = protocol === 'tls' ? readSweep(exchanges, questions) : undefined
  return {
    protocol,
    seenFrom,
    connections: connections.length,
    questions,
    accepted: acceptedPoints(exchanges),
    certificates,
    clientCertificateRequested: exchanges.filter(isChosen).some(({ answer }) => answer.certificateRequested),
    varies,
    unsound,
    ...(sweep && { sweep }),
    ...(sweep && beside(connections, exchanges)),
  }
}
