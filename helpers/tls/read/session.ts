import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { Reading } from '../../evidence/model.ts'
import { type Answer, readAnswer } from '../analyse/answer.ts'
import { toHex } from '../analyse/bytes.ts'
import { type ClientHelloSpec, writeClientHello } from '../analyse/client-hello.ts'
import { type Ask, type ExchangeData, exchangeKind } from '../analyse/exchange-data.ts'
import type { HelloSeed } from '../analyse/hello-forms.ts'
import { converse, type Dial, type Enough, type Exchanged, type ExchangeOptions, exchange } from './exchange.ts'
import { keyShares } from './key-shares.ts'

export type SessionOptions = {
  dial: Dial
  /** A host name; an IP address is never sent as server name (RFC 6066, section 3). */
  sni: string | undefined
  signal: AbortSignal
  timeoutMs: number
  /** Connections that may be made in all. */
  budget: number
  /** How often a refused hello is put. */
  rounds: number
  means: string
  source: string
}

/** All connections to one listener: it keeps the readings, their order and the budget. */
export type Session = {
  readonly seed: HelloSeed
  readonly readings: Reading[]
  /** What came on each connection so far. */
  readonly seen: { data: ExchangeData; received: Uint8Array }[]
  readonly rounds: number
  /** Connections that may still be made. */
  left: () => number
  hello: (question: string, spec: ClientHelloSpec, cutShort?: AbortSignal) => Promise<{ answer: Answer; exchanged: Exchanged }>
  say: (ask: Exclude<Ask, 'client-hello'>, request: Uint8Array, enough: Enough, cutShort?: AbortSignal) => Promise<Exchanged>
}

/** A dial that failed outright is tried once more: it says nothing about the listener, and tunnels fail now and then. */
const twice = async (once: () => Promise<Exchanged>): Promise<Exchanged> => {
  const first = await once()
  return first.ended === 'dial-failed' ? once() : first
}

export const openSession = ({ dial, sni, signal, timeoutMs, budget, rounds, means, source }: SessionOptions): Session => {
  const readings: Reading[] = []
  const seen: Session['seen'] = []
  let order = 0
  const record = (data: ExchangeData, { sent, received }: Exchanged): void => {
    seen.push({ data, received })
    readings.push({ kind: exchangeKind, means, source, data, blobs: { sent, received } })
  }
  const options = (cutShort?: AbortSignal): ExchangeOptions => ({ timeoutMs, signal, ...(cutShort ? { cutShort } : {}) })
  const observed = (ask: Ask, question: string, spec: ClientHelloSpec | null, make: () => Promise<Exchanged>): Promise<Exchanged> =>
    twice(async () => {
      const place = order++
      const exchanged = await make()
      const { ended, detail, ms } = exchanged
      record({ ask, order: place, question, spec, ended, detail, ms }, exchanged)
      return exchanged
    })
  return {
    seed: {
      random: toHex(randomBytes(32)),
      sessionId: toHex(randomBytes(32)),
      sni: sni === undefined || isIP(sni) !== 0 ? null : sni,
      shares: keyShares(),
    },
    readings,
    seen,
    rounds,
    left: () => budget - order,
    hello: async (question, spec, cutShort) => {
      const exchanged = await observed('client-hello', question, spec, () => exchange(dial, writeClientHello(spec), options(cutShort)))
      return { exchanged, answer: readAnswer(spec, exchanged.received, exchanged) }
    },
    say: (ask, request, enough, cutShort) => observed(ask, ask, null, () => converse(dial, request, enough, options(cutShort))),
  }
}
