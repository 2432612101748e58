import { shown } from '../policy/code-points.ts'
import { approves, fips1403Tls, type TlsProfile } from '../policy/profiles.ts'
import type { ClientCall } from '../tls/analyse/client-offer.ts'
import type { Outcome, Rule } from './outcome.ts'

/** A component and what it said when it was made to call. */
export type ClientFacts = {
  client: string
  /** Its processes. */
  pids: readonly string[]
  calls: readonly ClientCall[]
  /** Why the cluster was only read, where it was: nobody was made to call then. */
  readOnly?: string
  profile?: TlsProfile
}

type Offer = NonNullable<ClientCall['offer']>
const kinds = [
  ['version', 'versions'],
  ['suite', 'suites'],
  ['group', 'groups'],
  ['scheme', 'schemes'],
] as const

const offences = (offer: Offer, profile: TlsProfile, asOf: Date): string[] =>
  kinds.flatMap(([kind, field]) =>
    offer[field].filter((code) => !approves(profile, kind, code, asOf)).map((code) => `${shown(kind, code)} offered`),
  )

const conditions = (offer: Offer, profile: TlsProfile): string[] =>
  profile.conditional
    .filter(({ code }) => [...offer.groups, ...offer.suites, ...offer.schemes].includes(code))
    .map(({ code, reason, condition }) => `${code}: ${reason}, but ${condition}`)

const listed = (list: readonly string[], most = 12): string =>
  list.length <= most ? list.join(', ') : `${list.slice(0, most).join(', ')} and ${list.length - most} more`

/** FIPS-TLS-9: what a component offers as a client is approved (SP 800-52 Rev. 2, section 4: what holds for servers holds for clients). */
export const offersApprovedOnly: Rule<ClientFacts> = ({ client, pids, calls, readOnly, profile = fips1403Tls }, { asOf }): Outcome => {
  const expected = 'its ClientHello offers no version, suite, group or signature scheme that the profile does not approve'
  const notes = [
    `profile ${profile.name} of ${profile.dated}`,
    ...new Set(calls.map(({ provokedBy }) => `it was made to call by ${provokedBy}`)),
  ]
  const say = (verdict: Outcome['verdict'], reason: string, observed: string, remedy = '', more: readonly string[] = []): Outcome => ({
    verdict,
    reason,
    expected,
    observed,
    remedy,
    notes: [...notes, ...more],
  })
  if (readOnly !== undefined)
    return say('not-applicable', `${client} was not made to call anybody: ${readOnly}`, 'the cluster was only read')
  const own = calls.filter(({ pid }) => pid !== '' && pids.includes(pid))
  const [call] = own.filter(({ offer }) => offer !== undefined)
  if (call?.offer === undefined) {
    const others = calls.filter(({ pid }) => !pids.includes(pid)).map(({ exe, pid }) => exe || `process ${pid || 'unknown'}`)
    const why =
      own[0]?.why ||
      (others.length > 0 && calls.some(({ offer }) => offer) ? `the call came from ${others.join(', ')}` : calls[0]?.why) ||
      'nobody called'
    return say(
      'inconclusive',
      `what ${client} offers was not seen: ${why}`,
      why,
      'Run again; look whether the node has crictl, kubectl and an image of pause.',
    )
  }
  const seen = own.flatMap(({ offer }) => offer ?? [])
  const found = [...new Set(seen.flatMap((offer) => offences(offer, profile, asOf)))]
  const { offer } = call
  const observed = `${call.exe} offered versions ${offer.versions.map((code) => shown('version', code)).join(', ')}; suites ${listed(offer.suites)}; groups ${listed(offer.groups)}; signature schemes ${listed(offer.schemes)}`
  const beside = seen.flatMap((one) => conditions(one, profile))
  if (found.length > 0) return say('fail', listed(found), observed, 'Build the program with crypto/tls/fipsonly.', beside)
  // A peer that offers none of a kind leaves the choice to the server (RFC 5246, section 7.4.1.4.1).
  const left = kinds.filter(([kind, field]) => kind !== 'version' && offer[field].length === 0).map(([, field]) => field)
  if (left.length > 0)
    return say(
      'inconclusive',
      `it names no ${left.join(' and no ')}, which leaves the choice to the server`,
      observed,
      'Look at its configuration.',
    )
  const counts = kinds.map(([, field]) => `${offer[field].length} ${field === 'schemes' ? 'signature schemes' : field}`).join(', ')
  return say('pass', `all that it offers is approved: ${counts}`, observed, '', beside)
}
