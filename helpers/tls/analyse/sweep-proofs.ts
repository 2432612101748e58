import { shownAlert } from '../../policy/code-points.ts'
import { type Answer, offeredVersion, offers, picked, type SweepField } from './answer.ts'
import { readCertificate } from './certificate.ts'
import type { ClientHelloSpec } from './client-hello.ts'
import type { HelloExchange } from './exchange.ts'
import { atypicalRefusals, plainRefusals, silentTimes } from './question.ts'
import { countOf, eachNumber, holds } from './ranges.ts'
import { type CertificateType, typeOfKey } from './sweep-forms.ts'

/** A hello of which everything was refused, between two accepted ones that differ from it in one code point. */
export type SweepProof = {
  exchange: string
  before: string
  after: string
  how: 'alert' | 'atypical alert' | 'silence'
  shown: string
  /** Types of certificate with which its twins were served, as far as that was shown. */
  servedWith?: readonly CertificateType[]
  /** Code points and ranges that were refused. */
  codes: readonly string[]
}

const fieldNames = { suite: 'suites', group: 'groups', scheme: 'signatureSchemes' } as const

/** The spec as text without the field asked about. */
const shapeOf = (asks: SweepField, spec: ClientHelloSpec): string => JSON.stringify({ ...spec, [fieldNames[asks]]: null })

/**
 * Whether `more` is `list` with one code point put in, or exchanged, for `chosen`: the twin of a refused hello.
 * Both are lists of code points and ranges.
 */
const isTwin = (list: readonly string[], more: readonly string[], chosen: string): boolean => {
  const added = countOf(more) - countOf(list)
  if (added !== 0 && added !== 1) return false
  const extra = Number.parseInt(chosen, 16)
  const offered = new Uint8Array(65_536)
  eachNumber(list, (number) => {
    offered[number] = 1
  })
  if (offered[extra] === 1) return false
  let foreign = 0
  eachNumber(more, (number) => {
    if (offered[number] === 0) foreign++
  })
  // The chosen one is foreign. With nothing else foreign, equal or next greater length leaves at most one code point that was taken out.
  return foreign === 1 && holds(more, chosen)
}

/** What a hello took of the field asked about: accepted, or named in a HelloRetryRequest, which takes a group as far as an empty share can. */
export const chosenBy = (asks: SweepField, { answer, spec }: HelloExchange): string | undefined => {
  if (answer.kind !== 'selected' || answer.version !== offeredVersion(spec)) return undefined
  return answer.state === 'accepted' || (asks === 'group' && answer.state === 'retry') ? picked(asks, answer) : undefined
}

const served = new WeakMap<HelloExchange, CertificateType>()

/** The type of the certificate with which a hello was served, as far as it was shown. */
export const servedWith = (exchange: HelloExchange): CertificateType => {
  const known = served.get(exchange)
  if (known !== undefined) return known
  const { answer } = exchange
  const leaf = answer.kind === 'selected' ? answer.certificates[0] : undefined
  const type = leaf === undefined ? 'any' : typeOfKey(readCertificate(leaf).keyType)
  served.set(exchange, type)
  return type
}

type Refusal = { how: SweepProof['how']; shown: string }

/**
 * The alert that speaks about the field asked about. In TLS 1.2 a server finds out that it can sign with no scheme on offer only after it has sent its
 * ServerHello, so for schemes, and for nothing else, an alert behind one counts too.
 */
export const refusalAlert = (asks: SweepField, answer: Answer): number | undefined => {
  if (answer.kind === 'alert') return answer.alert.description
  const late = asks === 'scheme' && answer.kind === 'selected' && answer.state === 'not-servable' && answer.scheme === undefined
  return late ? answer.alert?.description : undefined
}

const refusalIn = (asks: SweepField, exchange: HelloExchange, all: readonly HelloExchange[]): Refusal | undefined => {
  const { answer } = exchange
  const description = refusalAlert(asks, answer)
  if (description !== undefined) {
    if (plainRefusals.includes(description)) return { how: 'alert', shown: shownAlert(description) }
    return atypicalRefusals.includes(description) ? { how: 'atypical alert', shown: shownAlert(description) } : undefined
  }
  if (answer.kind !== 'closed') return undefined
  const asked = JSON.stringify(exchange.spec)
  const times = all.filter((other) => other.answer.kind === 'closed' && JSON.stringify(other.spec) === asked).length
  return times >= silentTimes ? { how: 'silence', shown: `closed without a word, ${times} times` } : undefined
}

/**
 * The proof that a hello gives of the refusal of all that it offers in that field, if it gives one. With `serves`, one of its twins must do so: a refusal
 * speaks for a certificate only if the same hello was seen to be served with it.
 */
export const proofOf = (
  asks: SweepField,
  exchange: HelloExchange,
  all: readonly HelloExchange[],
  serves?: (twin: HelloExchange) => boolean,
): SweepProof | undefined => {
  const refusal = refusalIn(asks, exchange, all)
  if (refusal === undefined) return undefined
  const shape = shapeOf(asks, exchange.spec)
  const list = offers(asks, exchange.spec)
  const twins = all.filter((other) => {
    const chosen = chosenBy(asks, other)
    return chosen !== undefined && shapeOf(asks, other.spec) === shape && isTwin(list, offers(asks, other.spec), chosen)
  })
  const before = twins.findLast((twin) => twin.data.order < exchange.data.order)
  const after = twins.find((twin) => twin.data.order > exchange.data.order)
  if (serves && !twins.some(serves)) return undefined
  const types = [...new Set(twins.map(servedWith).filter((type) => type !== 'any'))]
  const beside = types.length > 0 ? { servedWith: types } : {}
  return before && after && { exchange: exchange.id, before: before.id, after: after.id, ...refusal, ...beside, codes: list }
}
