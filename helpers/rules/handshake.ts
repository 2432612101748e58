import { shown } from '../policy/code-points.ts'
import { fips1403Tls } from '../policy/profiles.ts'
import type { Outcome, Rule } from './outcome.ts'
import { type RefusalFacts, withoutTls } from './refusal.ts'

const outcome = (
  verdict: Outcome['verdict'],
  reason: string,
  expected: string,
  observed: string,
  remedy = '',
  notes: readonly string[] = [],
): Outcome => ({
  verdict,
  reason,
  expected,
  observed,
  remedy,
  notes,
})

const speaks12 = ({ listener }: RefusalFacts): boolean => listener.accepted.some(({ version }) => version === '0303')
const refuses12 = ({ listener }: RefusalFacts): boolean =>
  listener.questions.some(
    ({ question, outcome: state }) => question.id === 'version-0303' && (state === 'refused' || state === 'refused-atypical'),
  )

/**
 * TLS 1.2 without the extended master secret is refused where the profile requires it (FIPS 140-3 IG D.Q; RFC 7627). Proven by a whole key exchange without the
 * extension that is refused, between two with it that are completed. `certificateRequires` is what the joined module's certificate says; unknown is read strictly.
 */
export const refusesWithoutExtendedMasterSecret: Rule<RefusalFacts & { certificateRequires?: boolean }> = (facts) => {
  const { listener, profile = fips1403Tls, certificateRequires } = facts
  const { required, reason: policy, source } = profile.extendedMasterSecret
  const expected = 'a handshake of TLS 1.2 without the extended master secret is refused, between two with it that are completed'
  const notes = [`profile ${profile.name}: ${policy} (${source})`]
  const exchange = listener.keyExchange
  const observed = exchange === undefined ? 'no key exchange was completed' : `${exchange.ems}: ${exchange.why}`
  const early = withoutTls(facts, expected)
  if (early) return early
  if (!speaks12(facts) && refuses12(facts)) return outcome('not-applicable', 'TLS 1.2 itself is refused', expected, observed, '', notes)
  if (exchange?.ems === 'enforced') return outcome('pass', exchange.why, expected, observed, '', notes)
  const binding = required && certificateRequires !== false
  if (exchange?.ems === 'not-enforced') {
    if (!binding)
      return outcome(
        'pass',
        `${exchange.why}; ${required ? "the module's certificate does not require more" : policy}`,
        expected,
        observed,
        '',
        notes,
      )
    const remedy =
      'Use a build whose TLS enforces it (crypto/tls/fipsonly or native FIPS mode of Go 1.25 or newer; tls1-prf-ems-check of OpenSSL), or turn TLS 1.2 off.'
    return outcome('fail', exchange.why, expected, observed, remedy, notes)
  }
  const seen = exchange?.why ?? 'no key exchange could be completed with this listener'
  const why =
    facts.readOnly === undefined || !listener.clientCertificateRequested
      ? seen
      : `${seen}; no client certificate was shown: ${facts.readOnly}`
  return outcome(
    'inconclusive',
    why,
    expected,
    observed,
    'Give the prober a client certificate that the listener accepts, or run again.',
    notes,
  )
}

/** What SP 800-52 Rev. 2 advises and does not demand: it stands beside the verdict (sections 3.4.2 and 3.6). */
const besideHandshake = ({ listener: { earlyData, fallback } }: RefusalFacts): string[] => [
  ...(earlyData === undefined
    ? []
    : [`early data (0-RTT): ${earlyData.why}${earlyData.state === 'offered' ? '; it can be replayed, and should not be taken' : ''}`]),
  ...(fallback === 'ignored' ? ['TLS_FALLBACK_SCSV is ignored (RFC 7507)'] : []),
]

/** No compression, secure renegotiation, and every version that the profile wants (SP 800-52 Rev. 2, sections 3.1, 3.4.1.1, 3.7). */
export const agreesOnSoundHandshakes: Rule<RefusalFacts> = (facts) => {
  const { listener, profile = fips1403Tls } = facts
  const expected = 'null compression, secure renegotiation, and the versions that must be supported'
  const early = withoutTls(facts, expected)
  if (early) return early
  const { keyExchange, fallback } = listener
  const missing = profile.mustSupport.filter(({ code }) => !listener.accepted.some(({ version }) => version === code))
  const refused = missing.filter(({ code }) =>
    listener.questions.some(({ question, outcome: state }) => question.id === `version-${code}` && state.startsWith('refused')),
  )
  const faults = [
    ...(keyExchange?.compression ? [`compression method ${keyExchange.compression} is chosen`] : []),
    ...(keyExchange?.secureRenegotiation === false ? ['renegotiation_info is not answered (RFC 5746)'] : []),
    ...refused.map(({ code }) => `${shown('version', code)} is refused, and profile ${profile.name} requires it`),
  ]
  const observed = `compression ${keyExchange?.compression ?? 'not seen'}, secure renegotiation ${keyExchange?.secureRenegotiation ?? 'not seen'}, fallback signal ${fallback ?? 'not asked'}`
  const notes = besideHandshake(facts)
  if (faults.length > 0) return outcome('fail', faults.join('; '), expected, observed, 'Configure the listener as the reason says.', notes)
  const doubts = [
    ...missing.filter((row) => !refused.includes(row)).map(({ code }) => `${shown('version', code)} was neither accepted nor refused`),
    ...(speaks12(facts) && keyExchange?.compression === undefined ? ['no ServerHello of TLS 1.2 was seen in a key exchange'] : []),
  ]
  return doubts.length > 0
    ? outcome('inconclusive', doubts.join('; '), expected, observed, 'Run again.', notes)
    : outcome('pass', 'what was agreed on has no compression and secure renegotiation', expected, observed, '', notes)
}
