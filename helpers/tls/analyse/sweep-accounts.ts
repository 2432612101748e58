import { shownAlert } from '../../policy/code-points.ts'
import { suiteNames } from '../../policy/code-points-suites.ts'
import { offeredVersion } from './answer.ts'
import type { HelloExchange } from './exchange.ts'
import { atypicalRefusals, plainRefusals, type QuestionFact } from './question.ts'
import { readAccount, type SweepAccount } from './sweep.ts'
import { type CertificateType, certificateTypeOf } from './sweep-forms.ts'
import { servedWith } from './sweep-proofs.ts'

/** What a sweep of a listener shows. */
export type SweepFacts = {
  accounts: readonly SweepAccount[]
  /** Certificate types that the server has none of: its hellos were refused between accepted ones for another type. */
  absentCertificates: readonly { type: CertificateType; why: string }[]
  /** Accounts that there are not, because nothing that was accepted has that field. */
  omitted: readonly { asks: SweepAccount['asks']; version: string; why: string }[]
}

const isAccepted = ({ answer, spec }: HelloExchange): boolean =>
  answer.kind === 'selected' && answer.state === 'accepted' && answer.version === offeredVersion(spec)

const ofType = (type: CertificateType, exchanges: readonly HelloExchange[]): HelloExchange[] =>
  exchanges.filter(({ spec }) => certificateTypeOf(spec.signatureSchemes) === type)

const isRefused = ({ answer }: HelloExchange): boolean =>
  answer.kind === 'alert' && [...plainRefusals, ...atypicalRefusals].includes(answer.alert.description)

/** Why no certificate of a type is served, where that is proven. */
const absent = (type: CertificateType, hellos: readonly HelloExchange[]): string | undefined => {
  const own = ofType(type, hellos)
  const [first] = own
  if (first?.answer.kind !== 'alert' || !own.every(isRefused)) return undefined
  const others = hellos.filter((hello) => certificateTypeOf(hello.spec.signatureSchemes) !== type && isAccepted(hello))
  const before = others.find(({ data }) => data.order < first.data.order)
  const after = others.find(({ data }) => data.order > first.data.order)
  return (
    before &&
    after &&
    `${shownAlert(first.answer.alert.description)} to ${first.id}, between accepted hellos for another type (${before.id}, ${after.id})`
  )
}

const refusalOf = (version: string, questions: readonly QuestionFact[]): string | undefined => {
  const found = questions.find(({ question }) => question.version === version)
  return found && ['refused', 'refused-atypical'].includes(found.outcome) ? found.why : undefined
}

/** Certificate types for which suites of TLS 1.2 have an account. */
const typesAsked = (hellos: readonly HelloExchange[], absentTypes: readonly CertificateType[]): CertificateType[] => {
  const served = new Set(hellos.filter(isAccepted).map(servedWith))
  const typed = (['rsa', 'ecdsa'] as const).filter(
    (type) => !absentTypes.includes(type) && (ofType(type, hellos).length > 0 || served.has(type)),
  )
  return typed.length > 0 ? typed : ['any']
}

/** The accounts of a listener that was swept; undefined for one that was only asked what it speaks. */
export const readSweep = (exchanges: readonly HelloExchange[], questions: readonly QuestionFact[]): SweepFacts | undefined => {
  const swept = exchanges.some(({ data }) => data.sentSha256 !== undefined)
  if (!swept) return undefined
  const sni = exchanges[0]?.spec.sni ?? null
  const at = (version: string): HelloExchange[] => exchanges.filter(({ spec }) => offeredVersion(spec) === version)
  const hellos12 = at('0303')
  const absentCertificates = (['rsa', 'ecdsa'] as const).flatMap((type) => {
    const why = absent(type, hellos12)
    return why === undefined ? [] : [{ type, why }]
  })
  const types = typesAsked(
    hellos12,
    absentCertificates.map(({ type }) => type),
  )
  const spoken13 = at('0304').some(isAccepted)
  const account = (
    asks: SweepAccount['asks'],
    version: string,
    certificate: CertificateType = 'any',
    scope: SweepAccount['scope'] = 'whole',
  ): SweepAccount => readAccount({ asks, version, certificate, sni, scope }, exchanges, refusalOf(version, questions))
  const old = ['0300', '0301', '0302'].filter((version) => at(version).some(isAccepted))
  const suites12 = types.map((type) => account('suite', '0303', type))
  const withoutCurve = lacks(suites12, /_ECDHE?_/)
  const withoutSignature = lacks(suites12, /_(EC)?DHE_(RSA|ECDSA|DSS)_/)
  return {
    accounts: [
      ...old.map((version) => account('suite', version, 'any', 'named')),
      ...suites12,
      account('suite', '0304'),
      ...(withoutCurve ? [] : [account('group', '0303', 'any', spoken13 ? 'named' : 'whole')]),
      account('group', '0304'),
      ...(withoutSignature ? [] : [account('scheme', '0303')]),
    ],
    absentCertificates,
    omitted: [
      ...(withoutCurve ? [{ asks: 'group' as const, version: '0303', why: 'no accepted suite of TLS 1.2 exchanges keys on a curve' }] : []),
      ...(withoutSignature
        ? [{ asks: 'scheme' as const, version: '0303', why: 'no accepted suite of TLS 1.2 signs its key exchange' }]
        : []),
    ],
  }
}

/** Whether accounts that leave nothing open accept something, and nothing whose name has this in it. */
const lacks = (accounts: readonly SweepAccount[], what: RegExp): boolean => {
  const accepted = accounts.flatMap((account) => [...account.accepted, ...account.notServable])
  const named = accepted.map((code) => suiteNames.get(code))
  return (
    accepted.length > 0 &&
    accounts.every(({ inconclusive }) => inconclusive.length === 0) &&
    named.every((name) => name !== undefined && !what.test(name))
  )
}
