import { askable, type SpaceKind } from '../../policy/code-point-space.ts'
import { type CodePoint, namedCodePoints } from '../../policy/code-points.ts'
import { type Answer, offeredVersion, offers, picked } from './answer.ts'
import type { HelloExchange } from './exchange.ts'
import { code4, eachNumber, ranges } from './ranges.ts'
import { type CertificateType, certificateTypeOf, leavesChoice, suiteType } from './sweep-forms.ts'
import { chosenBy, proofOf, type SweepProof, servedWith } from './sweep-proofs.ts'

/**
 * The account of one field in one protocol version for one certificate type: every code point that is asked for stands in exactly one of the lists.
 * Lists hold code points and ranges.
 */
export type SweepAccount = {
  asks: SpaceKind
  version: CodePoint
  certificate: CertificateType
  sni: string | null
  /** `whole`: the number space; `named`: the numbers that have a name, where the whole space was asked in another version. */
  scope: 'whole' | 'named'
  /** Code points that the lists below must add up to. */
  asked: number
  accepted: readonly CodePoint[]
  /** Those of the accepted that were served with a certificate of another type, in hellos that left the choice to the server. */
  otherCertificate?: readonly CodePoint[]
  /** Accepted groups that a HelloRetryRequest named and for which no share could be sent. */
  unconfirmed: readonly CodePoint[]
  /** Chosen, then an alert: the server would take it and cannot go through with it. */
  notServable: readonly CodePoint[]
  refused: readonly string[]
  refusedAtypically: readonly string[]
  silent: readonly string[]
  inconclusive: readonly { codes: readonly string[]; why: string }[]
  violations: readonly string[]
  proofs: readonly SweepProof[]
  /** Refused with the version itself, and how that was proven. */
  withVersion?: string
}

const rank = ['accepted', 'notServable', 'alert', 'atypical alert', 'silence'] as const
type State = (typeof rank)[number]

const whyNothing = (answer: Answer): string => {
  switch (answer.kind) {
    case 'alert':
      return `alert ${answer.alert.description} without accepted twins before and after, or one that says nothing about the offer`
    case 'closed':
      return 'closed without a word, not often enough or without accepted twins'
    case 'timeout':
      return 'no answer in time'
    case 'no-connection':
      return `no connection: ${answer.how}`
    case 'foreign':
      return `an answer that is no TLS: ${answer.foreign}`
    case 'violation':
      return `protocol violation: ${answer.what}`
    case 'unreadable':
      return 'an answer that cannot be read'
    case 'selected':
      return 'something else was chosen, and the rest was not asked again'
  }
}

/** Types of certificate as bits. */
const maskOf = (types: readonly CertificateType[]): number =>
  types.reduce((mask, type) => mask | (type === 'rsa' ? 1 : type === 'ecdsa' ? 2 : 0), 0)

/** The certificates about which a refusal says something: the one that the suites of the hello name, or those with which its twins were served. */
const speaksFor = ({ spec }: HelloExchange, proof: SweepProof): readonly CertificateType[] => {
  const named = new Set(spec.suites.filter((code) => code.length === 4).map(suiteType))
  return named.size === 1 ? [...named] : (proof.servedWith ?? [])
}

export type AccountKey = Pick<SweepAccount, 'asks' | 'version' | 'certificate' | 'sni' | 'scope'>

/** Hellos that belong to an account: its version, and for suites up to TLS 1.2 its certificate type or any. */
const belongs = ({ asks, version, certificate }: AccountKey, exchange: HelloExchange): boolean =>
  offeredVersion(exchange.spec) === version &&
  (asks !== 'suite' ||
    version === '0304' ||
    leavesChoice(exchange.spec.signatureSchemes) ||
    certificateTypeOf(exchange.spec.signatureSchemes) === certificate)

const spaceOf = (asks: SpaceKind, scope: SweepAccount['scope']): readonly number[] => {
  const named = new Set(namedCodePoints[asks])
  return scope === 'whole' ? askable(asks) : askable(asks).filter((number) => named.has(code4(number)))
}

/** Reads one account from all hellos that were put to a listener. */
export const readAccount = (key: AccountKey, all: readonly HelloExchange[], refusedVersion: string | undefined): SweepAccount => {
  const { asks } = key
  const space = spaceOf(asks, key.scope)
  const states: (State | undefined)[] = Array.from({ length: 65_536 })
  const doubts: (string | undefined)[] = Array.from({ length: 65_536 })
  const unconfirmed = new Set<CodePoint>()
  const violations: string[] = []
  const proofs: SweepProof[] = []
  const set = (number: number, state: State): void => {
    const now = states[number]
    if (now === undefined || rank.indexOf(state) < rank.indexOf(now)) states[number] = state
  }
  const own = all.filter((exchange) => belongs(key, exchange))
  const typed = asks === 'suite' && key.version !== '0304' && key.certificate !== 'any'
  const elsewhere = new Set<number>()
  /** Served with a certificate of a type that is not the account's, where the server could choose. */
  const isForeign = (exchange: HelloExchange): boolean =>
    typed && leavesChoice(exchange.spec.signatureSchemes) && servedWith(exchange) !== key.certificate
  /** Of a server with two certificates a scheme counts as refused only where that was seen for both. */
  const needed = asks === 'scheme' ? maskOf(own.map(servedWith)) : 0
  const spokenFor = new Uint8Array(65_536)
  for (const exchange of own) {
    const { answer, spec } = exchange
    const chosen = chosenBy(asks, exchange)
    if (chosen !== undefined && isForeign(exchange)) {
      elsewhere.add(Number.parseInt(chosen, 16))
      continue
    }
    if (chosen !== undefined) {
      set(Number.parseInt(chosen, 16), 'accepted')
      if (answer.kind === 'selected' && answer.state === 'retry') unconfirmed.add(chosen)
      continue
    }
    const point = answer.kind === 'selected' && answer.state === 'not-servable' ? picked(asks, answer) : undefined
    if (point !== undefined) {
      set(Number.parseInt(point, 16), 'notServable')
      continue
    }
    if (answer.kind === 'violation') violations.push(`${answer.what} (${exchange.id})`)
    const proof = proofOf(asks, exchange, own, typed && leavesChoice(spec.signatureSchemes) ? (twin) => !isForeign(twin) : undefined)
    if (proof === undefined) {
      const why = whyNothing(answer)
      eachNumber(offers(asks, spec), (number) => {
        doubts[number] = why
      })
      continue
    }
    proofs.push(proof)
    const spoken = maskOf(speaksFor(exchange, proof))
    eachNumber(proof.codes, (number) => {
      const now = (spokenFor[number] ?? 0) | spoken
      spokenFor[number] = now
      if ((now & needed) === needed) set(number, proof.how)
      else doubts[number] = 'refused for one type of certificate, and not asked for the other'
    })
  }
  const otherCertificate = [...elsewhere].filter((number) => states[number] === undefined).toSorted((one, other) => one - other)
  for (const number of otherCertificate) states[number] = 'accepted'
  const confirmed = new Set(own.flatMap(({ answer }) => (answer.kind === 'selected' && answer.state === 'accepted' ? [answer.group] : [])))
  const inState = (state: State): number[] => space.filter((number) => states[number] === state)
  const open = space.filter((number) => states[number] === undefined)
  const reasons = Map.groupBy(open, (number) => doubts[number] ?? 'not asked')
  const rest = refusedVersion === undefined ? reasons : new Map<string, number[]>()
  return {
    ...key,
    asked: space.length,
    accepted: inState('accepted').map(code4),
    ...(otherCertificate.length > 0 && { otherCertificate: otherCertificate.map(code4) }),
    unconfirmed: [...unconfirmed].filter((code) => !confirmed.has(code)),
    notServable: inState('notServable').map(code4),
    refused: ranges(refusedVersion === undefined ? inState('alert') : [...inState('alert'), ...open].toSorted((one, other) => one - other)),
    refusedAtypically: ranges(inState('atypical alert')),
    silent: ranges(inState('silence')),
    inconclusive: [...rest].map(([why, codes]) => ({ codes: ranges(codes), why })),
    violations,
    proofs,
    ...(refusedVersion !== undefined && { withVersion: refusedVersion }),
  }
}
