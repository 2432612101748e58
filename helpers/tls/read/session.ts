import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { Reading } from '../../evidence/model.ts'
import { type Answer, readAnswer } from '../analyse/answer.ts'
import { toHex } from '../analyse/bytes.ts'
import { type ClientHelloSpec, writeClientHello } from '../analyse/client-hello.ts'
import { type Ask, type ExchangeData, exchangeKind } from '../analyse/exchange-data.ts'
import type { HelloSeed } from '../analyse/hello-forms.ts'
import { sha256 } from '../analyse/sent-bytes.ts'
import { converse, type Dial, type Enough, type Exchanged, type ExchangeOptions, exchange } from './exchange.ts'
import { exchangeWithRetry, type Share } from './exchange-with-retry.ts'
import { keyShares } from './key-shares.ts'

export type SessionOptions = {
  dial: Dial
  /** A host name; an IP address is never sent as server name (RFC 6066, section 3). */
  sni: string | undefined
  signal: AbortSignal
  timeoutMs: number
  /** Connections that may be made in all. */
  budget: number
  /** Time in all, after which nothing more is asked. Milliseconds; none by default. */
  withinMs?: number
  /** How often a refused hello is put. */
  rounds: number
  means: string
  source: string
  /** `digest` keeps of a hello its spec and the SHA-256 of its bytes, and answers a HelloRetryRequest; hellos of a sweep have 60 KB each. */
  store?: 'bytes' | 'digest'
}

export type ConverseOptions = {
  ask?: 'key-exchange' | 'tls13-handshake'
  /** SHA-256 of the client certificate that is shown where one is asked for. */
  clientCertificate?: string
  /** Time for the whole connection, where it is less than the session's. Milliseconds. */
  patienceMs?: number
  /** What opens the server's records; asked for when the connection is over. */
  secrets?: () => ExchangeData['secrets']
}

/** All connections to one listener: it keeps the readings, their order and the budget. */
export type Session = {
  readonly seed: HelloSeed
  readonly readings: Reading[]
  /** What came on each connection so far. */
  readonly seen: { data: ExchangeData; received: Uint8Array }[]
  /** What the hellos were answered, in the order in which the answers came. */
  readonly answers: readonly Answer[]
  readonly rounds: number
  /** Connections that may still be made. */
  left: () => number
  hello: (question: string, spec: ClientHelloSpec, cutShort?: AbortSignal) => Promise<{ answer: Answer; exchanged: Exchanged }>
  say: (ask: Exclude<Ask, 'client-hello'>, request: Uint8Array, enough: Enough, cutShort?: AbortSignal) => Promise<Exchanged>
  /** As `say`, with the hello that the request begins with. Where a client certificate is shown, what follows the hello is not kept. */
  converse: (question: string, spec: ClientHelloSpec, request: Uint8Array, enough: Enough, more?: ConverseOptions) => Promise<Exchanged>
}

/** A dial that failed outright is tried once more: it says nothing about the listener, and tunnels fail now and then. */
const twice = async (once: () => Promise<Exchanged>): Promise<Exchanged> => {
  const first = await once()
  return first.ended === 'dial-failed' ? once() : first
}

export const openSession = (all: SessionOptions): Session => {
  const { dial, sni, signal, timeoutMs, budget, rounds, means, source, store = 'bytes', withinMs = Number.POSITIVE_INFINITY } = all
  const started = performance.now()
  const readings: Reading[] = []
  const seen: Session['seen'] = []
  const answers: Answer[] = []
  let order = 0
  const record = (data: ExchangeData, { sent, received }: Exchanged): void => {
    seen.push({ data, received })
    const digest = store === 'digest' && data.ask === 'client-hello' && sent.length > 0
    readings.push({
      kind: exchangeKind,
      means,
      source,
      data: digest ? { ...data, sentSha256: sha256(sent) } : data,
      blobs: digest ? { received } : { sent, received },
    })
  }
  const options = (cutShort?: AbortSignal): ExchangeOptions => ({ timeoutMs, signal, ...(cutShort ? { cutShort } : {}) })
  const observed = (
    ask: Ask,
    question: string,
    spec: ClientHelloSpec | null,
    make: () => Promise<Exchanged & { retry?: Share }>,
    beside: () => Pick<ExchangeData, 'clientCertificate' | 'secrets'> = () => ({}),
  ): Promise<Exchanged> =>
    twice(async () => {
      const place = order++
      const exchanged = await make()
      const { ended, detail, ms, retry } = exchanged
      record({ ask, order: place, question, spec, ...(retry && { retry }), ...beside(), ended, detail, ms }, exchanged)
      return exchanged
    })
  const seed: HelloSeed = {
    random: toHex(randomBytes(32)),
    sessionId: toHex(randomBytes(32)),
    sni: sni === undefined || isIP(sni) !== 0 ? null : sni,
    shares: keyShares(),
  }
  const put = (spec: ClientHelloSpec, cutShort?: AbortSignal): Promise<Exchanged & { retry?: Share }> =>
    store === 'digest'
      ? exchangeWithRetry(dial, spec, seed.shares, options(cutShort))
      : exchange(dial, writeClientHello(spec), options(cutShort))
  return {
    seed,
    readings,
    seen,
    answers,
    rounds,
    left: () => (performance.now() - started > withinMs ? 0 : budget - order),
    hello: async (question, spec, cutShort) => {
      const exchanged = await observed('client-hello', question, spec, () => put(spec, cutShort))
      const answer = readAnswer(spec, exchanged.received, exchanged)
      answers.push(answer)
      return { exchanged, answer }
    },
    converse: (question, spec, request, enough, { ask = 'key-exchange', clientCertificate, patienceMs = timeoutMs, secrets } = {}) =>
      observed(
        ask,
        question,
        spec,
        async () => {
          const exchanged = await converse(dial, request, enough, { ...options(), timeoutMs: Math.min(timeoutMs, patienceMs) })
          return clientCertificate === undefined ? exchanged : { ...exchanged, sent: exchanged.sent.subarray(0, request.length) }
        },
        () => {
          const known = secrets?.()
          return { ...(clientCertificate !== undefined && { clientCertificate }), ...(known && { secrets: known }) }
        },
      ),
    say: (ask, request, enough, cutShort) => observed(ask, ask, null, () => converse(dial, request, enough, options(cutShort))),
  }
}
