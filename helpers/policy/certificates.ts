import { type Certificate, type CmvpStatus, certificates } from './certificates-data.ts'
import type { Verdict } from './verdict.ts'

export type { Certificate, CmvpStatus } from './certificates-data.ts'

/** What of a certificate's dates a profile accepts. Days. */
export type CertificatePolicy = {
  /** The profile that asks, as it is named in reasons. */
  profile: string
  /** A Historical certificate is accepted (an agency's risk decision for systems that stand). */
  acceptHistorical: boolean
  /** Data older than this says nothing of today. */
  maximumAge: number
  warnAge: number
  warnBeforeSunset: number
}

export const fips1403: CertificatePolicy = {
  profile: 'fips-140-3',
  acceptHistorical: false,
  maximumAge: 400,
  warnAge: 90,
  warnBeforeSunset: 180,
}

export type CertificateStatus = {
  verdict: Exclude<Verdict, 'not-applicable'>
  /** The status on the day asked for: the data's, or Historical where the sunset date has passed since. */
  status: CmvpStatus
  reason: string
  warnings: readonly string[]
}

const day = 24 * 60 * 60 * 1000

const startOfDay = (date: string): number => Date.parse(`${date}T00:00:00Z`)

/** Whole days from `from` to `to`; negative where `to` comes first. NaN where one of them is no date. */
const daysBetween = (from: number, to: number): number => Math.floor((to - from) / day)

const sunsetWarning = ({ number, sunset }: Certificate, asOf: number, policy: CertificatePolicy): string[] => {
  if (sunset === undefined) return [`no sunset date of certificate ${number} is known`]
  const left = daysBetween(asOf, startOfDay(sunset) + day - 1)
  return left < policy.warnBeforeSunset ? [`certificate ${number} reaches its sunset date ${sunset} in ${left} days`] : []
}

const ageWarning = (certificate: Certificate, age: number, policy: CertificatePolicy): string[] =>
  age >= policy.warnAge ? [`the data of certificate ${certificate.number} are ${age} days old (as of ${certificate.asOf})`] : []

const sourceWarning = ({ number, source, asOf, secondHand }: Certificate): string[] =>
  secondHand ? [`the data of certificate ${number} are second-hand: ${source}, as of ${asOf}`] : []

/**
 * What a certificate is worth on a day. A sunset date that has passed counts whatever the age of the data, and so does a status that was lost already:
 * neither comes back. Only an Active status grows stale.
 */
export const certificateStatus = (certificate: Certificate, asOf: Date, policy: CertificatePolicy = fips1403): CertificateStatus => {
  const { number, sunset } = certificate
  const now = asOf.getTime()
  const age = daysBetween(startOfDay(certificate.asOf), now)
  const first = certificate.validated[0]
  const warnings = [...sourceWarning(certificate), ...ageWarning(certificate, age, policy)]
  const say = (verdict: CertificateStatus['verdict'], status: CmvpStatus, reason: string, more: string[] = []): CertificateStatus => ({
    verdict,
    status,
    reason,
    warnings: [...warnings, ...more],
  })
  const historical = (why: string): CertificateStatus =>
    policy.acceptHistorical
      ? say('pass', 'Historical', `certificate ${number} is Historical (${why}); ${policy.profile} accepts that`)
      : say('fail', 'Historical', `certificate ${number} is Historical (${why}): existing systems only, by the agency's risk decision`)

  if (Number.isNaN(age)) return say('inconclusive', 'Unknown', `the day to judge certificate ${number} for is no date`)
  if (certificate.status === 'Historical') return historical(`as of ${certificate.asOf}`)
  if (certificate.status !== 'Active') {
    return say('fail', certificate.status, `the status of certificate ${number} is ${certificate.status} as of ${certificate.asOf}`)
  }
  if (sunset !== undefined && now >= startOfDay(sunset) + day) return historical(`its sunset date ${sunset} has passed`)
  if (first !== undefined && now < startOfDay(first)) {
    return say('fail', 'Unknown', `certificate ${number} was validated on ${first}, after the day that is judged`)
  }
  if (age > policy.maximumAge) {
    const reason = `certificate ${number} was Active on ${certificate.asOf}; these data are ${age} days old, ${policy.profile} accepts ${policy.maximumAge}`
    return say('inconclusive', 'Unknown', reason)
  }
  const until = sunset === undefined ? '' : `, until ${sunset}`
  return say('pass', 'Active', `certificate ${number} is Active${until}`, sunsetWarning(certificate, now, policy))
}

/** The certificate with this number, if it is in the table. */
export const certificateByNumber = (number: number): Certificate | undefined => certificates.find((row) => row.number === number)
