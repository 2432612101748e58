import type { SpaceKind } from '../policy/code-point-space.ts'
import { shown, shownAlert } from '../policy/code-points.ts'
import { allowedPlaintext, approves, fips1403Tls, type TlsProfile } from '../policy/profiles.ts'
import type { ListenerFacts } from '../tls/analyse/listener.ts'
import type { AcceptedPoint, PointFact, QuestionFact } from '../tls/analyse/question.ts'
import type { SweepFacts } from '../tls/analyse/sweep-accounts.ts'
import type { Outcome, Rule } from './outcome.ts'
import { judgeAccounts } from './refusal-accounts.ts'

/** A listener as the rules of FIPS-TLS see it. `owner` is the program that owns the socket, if that is known. */
export type RefusalFacts = {
  listener: ListenerFacts
  address: string
  port: number
  transport: 'tcp' | 'udp'
  loopbackOnly: boolean
  owner: string | undefined
  /** Why the cluster was only read, where it was: no client certificate of it was shown then. */
  readOnly?: string
  /** `fips-140-3` unless told otherwise. */
  profile?: TlsProfile
}

type Kind = 'version' | 'suite' | 'group' | 'scheme'

const words: Readonly<Record<Kind, { expected: string; remedy: string; nothing: string }>> = {
  version: {
    expected: 'every version below TLS 1.2 is refused, between accepted controls',
    remedy: 'Set the minimum version to TLS 1.2 (--tls-min-version=VersionTLS12), or build the program with crypto/tls/fipsonly.',
    nothing: 'no version below TLS 1.2',
  },
  suite: {
    expected: 'every cipher suite that the profile does not approve is refused, between accepted controls',
    remedy: 'Build the program with crypto/tls/fipsonly. --tls-cipher-suites alone does not reach the suites of TLS 1.3.',
    nothing: 'no unapproved cipher suite',
  },
  group: {
    expected: 'every key exchange group that the profile does not approve is refused, between accepted controls',
    remedy: 'Build the program with crypto/tls/fipsonly, or configure it to offer P-256, P-384 and P-521 only.',
    nothing: 'no unapproved group',
  },
  scheme: {
    expected: 'every signature scheme that the profile does not approve is refused, between accepted controls',
    remedy: 'Give the program a certificate with an RSA or ECDSA key, and build it with crypto/tls/fipsonly.',
    nothing: 'no unapproved signature scheme',
  },
}

const unique = (list: readonly string[]): string[] => [...new Set(list)]
const listed = (list: readonly string[], most = 12): string =>
  list.length <= most ? list.join(', ') : `${list.slice(0, most).join(', ')} and ${list.length - most} more`

const codeOf = (kind: Kind, point: AcceptedPoint): string | undefined =>
  ({ version: point.version, suite: point.suite, group: point.group, scheme: point.scheme })[kind]

const shownIn = (kind: Kind, code: string, version: string): string =>
  kind === 'version'
    ? `${shown('version', code)} accepted`
    : `${shown(kind, code)} accepted in ${shown('version', version).replace(/ \(.*/, '')}`

/** Accepted code points that the profile does not approve, in words. */
const offences = (kind: Kind, listener: ListenerFacts, profile: TlsProfile, asOf: Date): string[] =>
  unique(
    listener.accepted.flatMap((point) => {
      const code = codeOf(kind, point)
      const small =
        kind === 'group' && point.dhBits !== undefined && point.dhBits < 2048 ? [`a finite field of ${point.dhBits} bits accepted`] : []
      return code === undefined || approves(profile, kind, code, asOf) ? small : [shownIn(kind, code, point.version)]
    }),
  )

const conditions = (kind: Kind, listener: ListenerFacts, profile: TlsProfile): string[] =>
  unique(
    listener.accepted.flatMap((point) =>
      profile.conditional
        .filter(({ code }) => code === codeOf(kind, point))
        .map(({ code, reason, condition }) => `${shown(kind, code)}: ${reason}, but ${condition}`),
    ),
  )

type Asked = { question: QuestionFact; point: PointFact }

/** Every unapproved version that was asked for. */
const unapproved = (listener: ListenerFacts, profile: TlsProfile): Asked[] =>
  listener.questions
    .flatMap((question) => question.points.map((point) => ({ question, point })))
    .filter(({ point }) => !approves(profile, 'version', point.code))

const isRefused = ({ point }: Asked, profile: TlsProfile): boolean =>
  point.state === 'refused' || point.state === 'refused-atypical' || (point.state === 'silent' && profile.silentRefusal)

const acceptedText = (listener: ListenerFacts): string => {
  const by = (version: string): string[] => {
    const points = listener.accepted.filter((point) => point.version === version)
    return unique(points.flatMap(({ suite, group }) => (group === undefined ? [suite] : [suite, shown('group', group)])))
  }
  const versions = unique(listener.accepted.map(({ version }) => version)).toSorted()
  return versions.length === 0
    ? 'nothing was accepted'
    : `accepted: ${versions.map((version) => `${shown('version', version)} with ${listed(by(version))}`).join('; ')}`
}

const refusedText = (refused: readonly Asked[]): string => {
  const alerts = refused.map(({ point }) => (point.alert ? shownAlert(point.alert.description) : point.why))
  const counts = unique(alerts).map((alert) => `${alerts.filter((one) => one === alert).length} by ${alert}`)
  const questions = new Set(refused.map(({ question }) => question.question.id)).size
  return `refused: ${refused.length} code points in ${questions} questions${counts.length > 0 ? ` (${counts.join(', ')})` : ''}`
}

const certificateNote = (listener: ListenerFacts): string[] =>
  listener.certificates.map(
    ({ keyType, bits, curve, sha256 }) => `server certificate ${sha256.slice(0, 16)}: ${[keyType, bits, curve].filter(Boolean).join(' ')}`,
  )

/** What stands beside every verdict about a listener; `unusual` says which refusals were odd. */
const notesBeside = (kind: Kind, listener: ListenerFacts, profile: TlsProfile, unusual: readonly string[] = []): string[] => [
  ...conditions(kind, listener, profile),
  ...unusual,
  ...(listener.varies === undefined ? [] : [`answers vary, as if several servers shared the address: ${listener.varies}`]),
  ...(listener.clientCertificateRequested ? ['a client certificate is requested; what is asked here is answered before that'] : []),
  ...(listener.unsound.length > 0 ? [`left out: ${listed(listener.unsound, 3)}`] : []),
  ...certificateNote(listener),
]

const unusualIn = (asked: readonly Asked[]): string[] =>
  unique(
    asked
      .filter(({ point }) => point.state === 'refused-atypical')
      .map(({ point, question }) => `${question.question.title}: ${point.why}, an unusual way to refuse`),
  )

/** What makes a refusal rule answer without looking at answers: there is no TLS, or nobody knows. */
export const withoutTls = (facts: RefusalFacts, expected: string): Outcome | undefined => {
  const { listener, transport, address, owner, profile = fips1403Tls } = facts
  const say = (verdict: Outcome['verdict'], reason: string, remedy = ''): Outcome => ({
    verdict,
    reason,
    expected,
    observed: listener.seenFrom,
    remedy,
    notes: [],
  })
  const allowed = transport === 'udp' ? allowedPlaintext(profile, facts) : undefined
  if (allowed) return say('not-applicable', `no TLS here: ${allowed.reason}`)
  if (isEngineDns(address, owner)) return say('not-applicable', `no TLS here: ${engineDns}`)
  switch (listener.protocol) {
    case 'tls':
      return undefined
    case 'http':
    case 'ssh':
    case 'dns':
      return say('not-applicable', `no TLS here: it speaks ${protocolNames[listener.protocol]}`)
    case 'plaintext-other':
      return say('inconclusive', 'it answers with octets of no known protocol, so it is not known whether it has TLS', identifyRemedy)
    case 'silent':
      return say('inconclusive', 'it never answered, so it is not known whether it has TLS', identifyRemedy)
    case 'unreachable':
      return say('inconclusive', 'it could not be reached', identifyRemedy)
    case 'unasked':
      return say(
        'inconclusive',
        transport === 'udp' ? 'a UDP socket was not asked whether it has DTLS or QUIC' : 'nothing was asked',
        identifyRemedy,
      )
  }
}

export const protocolNames = { tls: 'TLS', http: 'plain HTTP', ssh: 'SSH', dns: 'DNS' } as const
const identifyRemedy = 'Find the process that owns the port; remove it, or make its protocol known to the harness.'

export const engineDns =
  "127.0.0.11 without an owner in the node is the container engine's DNS, which exists only where nodes are containers"
export const isEngineDns = (address: string, owner: string | undefined): boolean => address === '127.0.0.11' && owner === undefined

const sslv2Offence = ({ sslv2 }: ListenerFacts): string[] => (sslv2?.state === 'accepted' ? [`${shown('version', '0002')} accepted`] : [])

const runAgain = 'Run again; if it stays so, look at the listener: its answers show no refusal and no acceptance.'

/** Of a listener that was not swept there is no account. */
const notSwept: SweepFacts = { accounts: [], absentCertificates: [], omitted: [] }

/** A rule over the accounts of a sweep: each of them closes, and leaves nothing unapproved that is not refused. */
const sweptRule =
  (kind: SpaceKind): Rule<RefusalFacts> =>
  (facts, { asOf }) => {
    const { listener, profile = fips1403Tls } = facts
    const { expected, remedy, nothing } = words[kind]
    const early = withoutTls(facts, expected)
    if (early) return early
    const judged = judgeAccounts(listener.sweep ?? notSwept, kind, profile, asOf)
    const observed = `${acceptedText(listener)}; ${judged.observed}`
    const notes = [`profile ${profile.name} of ${profile.dated}`, ...judged.notes, ...notesBeside(kind, listener, profile)]
    // An offence that both an account and a single hello show is named once.
    const offending = unique([...offences(kind, listener, profile, asOf), ...judged.offences])
    if (offending.length > 0) return { verdict: 'fail', reason: listed(offending), expected, observed, remedy, notes }
    const doubts = [...(listener.varies === undefined ? [] : [`answers vary: ${listener.varies}`]), ...judged.doubts]
    if (doubts.length > 0) {
      return { verdict: 'inconclusive', reason: listed(doubts, 4), expected, observed, remedy: runAgain, notes }
    }
    const count = judged.refused.toLocaleString('en-US')
    const reason = `${nothing} is accepted: ${count} refusals, each between accepted controls that differ in one code point`
    return { verdict: 'pass', reason, expected, observed, remedy: '', notes }
  }

/** FIPS-TLS-1: versions below TLS 1.2 are refused (SP 800-52 Rev. 2, section 3.1). Each version is a question of its own. */
export const refusesOldVersions: Rule<RefusalFacts> = (facts, { asOf }) => {
  const { listener, profile = fips1403Tls } = facts
  const { expected, remedy, nothing } = words.version
  const early = withoutTls(facts, expected)
  if (early) return early
  const asked = unapproved(listener, profile)
  const refused = asked.filter((one) => isRefused(one, profile))
  const offending = [...offences('version', listener, profile, asOf), ...sslv2Offence(listener)]
  const observed = `${acceptedText(listener)}; ${refusedText(refused)}`
  const notes = [
    `profile ${profile.name} of ${profile.dated}; ${asked.length} code points were asked for by name, not the whole number space`,
    ...notesBeside('version', listener, profile, unusualIn(asked)),
  ]
  if (offending.length > 0) return { verdict: 'fail', reason: listed(offending), expected, observed, remedy, notes }
  const violations = listener.questions.filter(({ outcome }) => outcome === 'protocol-violation')
  const open = asked.filter((one) => !isRefused(one, profile))
  const doubts = [
    ...violations.map(({ question, why }) => `${question.title}: protocol violation, ${why}`),
    ...unique(
      open.map(
        ({ question, point }) => `${question.question.title}: ${point.state === 'inconclusive' ? '' : `${point.state}, `}${point.why}`,
      ),
    ),
    ...(asked.length === 0 ? ['nothing of this kind was asked'] : []),
    ...(listener.sslv2?.state === 'inconclusive' ? [`SSL 2.0: ${listener.sslv2.why}`] : []),
  ]
  if (doubts.length > 0) {
    return { verdict: 'inconclusive', reason: listed(doubts, 4), expected, observed, remedy: runAgain, notes }
  }
  const reason = `${nothing} is accepted: each of the ${asked.length} asked for was refused between accepted controls that differ in nothing else`
  return { verdict: 'pass', reason, expected, observed, remedy: '', notes }
}

/** FIPS-TLS-2: cipher suites that the profile does not approve are refused (SP 800-52 Rev. 2, section 3.3.1). */
export const refusesUnapprovedSuites: Rule<RefusalFacts> = sweptRule('suite')

/** FIPS-TLS-3: groups that the profile does not approve are refused (SP 800-56A Rev. 3, appendix D). */
export const refusesUnapprovedGroups: Rule<RefusalFacts> = sweptRule('group')

/** Signature schemes that the profile does not approve are refused (FIPS 186-5). */
export const refusesUnapprovedSchemes: Rule<RefusalFacts> = sweptRule('scheme')

/** FIPS-TLS-4: nothing that can be reached from beyond loopback speaks plaintext, unless the profile names it with a reason (SP 800-53 SC-8). */
export const leavesNoPlaintext: Rule<RefusalFacts> = (facts) => {
  const { listener, loopbackOnly, address, port, transport, owner, profile = fips1403Tls } = facts
  const say = (verdict: Outcome['verdict'], reason: string, remedy = '', notes: string[] = []): Outcome => ({
    verdict,
    reason,
    expected: 'no plaintext beyond loopback',
    observed: `${transport} ${address}:${port}${owner === undefined ? '' : ` of ${owner}`}: ${listener.seenFrom}`,
    remedy,
    notes,
  })
  if (loopbackOnly) return say('not-applicable', 'only its own loopback interface reaches it')
  const allowed = allowedPlaintext(profile, facts)
  // Over UDP nothing is asked, so the row of the profile and the owner of the socket are all that there is.
  if (allowed && (listener.protocol === allowed.protocol || (transport === 'udp' && listener.protocol === 'unasked'))) {
    return say('not-applicable', `plaintext that profile ${profile.name} lists: ${allowed.reason}`, '', [`source: ${allowed.source}`])
  }
  switch (listener.protocol) {
    case 'tls':
    case 'ssh':
      return say('pass', `what reaches beyond loopback speaks ${protocolNames[listener.protocol]}, no plaintext`)
    case 'http':
    case 'dns':
      return say(
        'fail',
        `it speaks ${protocolNames[listener.protocol]} and can be reached from beyond loopback`,
        'Turn the port off, bind it to loopback, or serve it with TLS.',
      )
    case 'plaintext-other':
      return say('inconclusive', 'it answers with octets of no known protocol; whether they are protected is not known', identifyRemedy)
    case 'silent':
      return say('inconclusive', 'it never answered, so it is not known what it speaks', identifyRemedy)
    case 'unreachable':
      return say('inconclusive', 'it could not be reached', identifyRemedy)
    case 'unasked':
      return say(
        'inconclusive',
        transport === 'udp' ? 'a UDP socket that was not asked what it speaks' : 'nothing was asked',
        identifyRemedy,
      )
  }
}

/** FIPS-TLS-5: it is known which process owns the listener and what it speaks. */
export const isIdentified: Rule<RefusalFacts> = (facts) => {
  const { listener, address, port, transport, owner, profile = fips1403Tls } = facts
  const say = (verdict: Outcome['verdict'], reason: string, remedy = ''): Outcome => ({
    verdict,
    reason,
    expected: 'a known owner and a known protocol',
    observed: `${transport} ${address}:${port}, owner ${owner ?? 'unknown'}: ${listener.seenFrom}`,
    remedy,
    notes: [],
  })
  if (isEngineDns(address, owner)) return say('pass', engineDns)
  const known = listener.protocol in protocolNames ? protocolNames[listener.protocol as keyof typeof protocolNames] : undefined
  const allowed = transport === 'udp' ? allowedPlaintext(profile, facts) : undefined
  const speaks =
    known ?? (allowed ? `${protocolNames[allowed.protocol]}, as profile ${profile.name} lists it for this owner and port` : undefined)
  if (speaks === undefined) {
    const seen = { silent: 'it never answered', unreachable: 'it could not be reached', unasked: 'nothing was asked' }
    const why = listener.protocol in seen ? seen[listener.protocol as keyof typeof seen] : 'it answers with octets of no known protocol'
    return say('inconclusive', `what it speaks is not known: ${why}`, identifyRemedy)
  }
  if (owner === undefined) return say('inconclusive', `it speaks ${speaks}, but no process in the node owns it`, identifyRemedy)
  return say('pass', `${owner} speaks ${speaks}`)
}
