import { notAsked, type SpaceKind } from '../policy/code-point-space.ts'
import { shown } from '../policy/code-points.ts'
import { approves, onDay, type TlsProfile } from '../policy/profiles.ts'
import { countOf, eachNumber } from '../tls/analyse/ranges.ts'
import type { SweepAccount } from '../tls/analyse/sweep.ts'
import type { SweepFacts } from '../tls/analyse/sweep-accounts.ts'

/** What the accounts of one kind come to under a profile. */
export type AccountsJudged = {
  /** Unapproved code points that were accepted, in words. */
  offences: readonly string[]
  /** Why no pass can be given. */
  doubts: readonly string[]
  /** How many were refused of how many, account by account. */
  observed: string
  /** Code points that were proven refused. */
  refused: number
  notes: readonly string[]
}

const fieldWords = { suite: 'suites', group: 'groups', scheme: 'signature schemes' } as const
const versionWords: Readonly<Record<string, string>> = {
  '0300': 'SSL 3.0',
  '0301': 'TLS 1.0',
  '0302': 'TLS 1.1',
  '0303': 'TLS 1.2',
  '0304': 'TLS 1.3',
}
const versionOf = (version: string): string => versionWords[version] ?? version

/** `suites of TLS 1.2 with an RSA certificate`. */
const titleOf = ({ asks, version, certificate }: SweepAccount): string =>
  `${fieldWords[asks]} of ${versionOf(version)}${certificate === 'any' ? '' : ` with an ${certificate.toUpperCase()} certificate`}`

const grouped = (number: number): string => number.toLocaleString('en-US')
const lists = (account: SweepAccount): (readonly string[])[] => [
  account.accepted,
  account.notServable,
  account.refused,
  account.refusedAtypically,
  account.silent,
  ...account.inconclusive.map(({ codes }) => codes),
]

/** Every code point that was asked for stands in one list, and none stands in two; undefined when that holds. */
const imbalance = (account: SweepAccount): string | undefined => {
  const seen = new Uint8Array(65_536)
  let total = 0
  let twice = false
  for (const list of lists(account)) {
    eachNumber(list, (number) => {
      total++
      if (seen[number] === 1) twice = true
      seen[number] = 1
    })
  }
  if (twice) return `the account of the ${titleOf(account)} has a code point twice`
  const { signalling, grease } = notAsked(account.asks)
  const whole = 65_536 - signalling.length - grease.length
  const expected = account.scope === 'whole' ? whole : account.asked
  return total === expected && account.asked === expected
    ? undefined
    : `the account of the ${titleOf(account)} does not close: ${grouped(total)} of ${grouped(expected)} code points`
}

const takenBy = (account: SweepAccount): string[] => [...account.accepted, ...account.notServable]

const offence = (account: SweepAccount, code: string): string => {
  const unable = account.notServable.includes(code) ? ', though it could not go through with it' : ''
  const named = account.unconfirmed.includes(code) ? ', by a HelloRetryRequest only' : ''
  return `${shown(account.asks, code)} accepted in ${versionOf(account.version)}${unable}${named}`
}

const offencesOf = (account: SweepAccount, profile: TlsProfile, asOf: Date): string[] =>
  takenBy(account)
    .filter((code) => !approves(profile, account.asks, code, asOf))
    .map((code) => offence(account, code))

const approvedNumbers = (profile: TlsProfile, kind: SpaceKind, asOf: Date): ReadonlySet<number> => {
  const rows = { suite: profile.suites, group: profile.groups, scheme: profile.schemes }[kind]
  return new Set(onDay(rows, asOf).map(({ code }) => Number.parseInt(code, 16)))
}

/** How many of a list the profile does not approve. */
const unapproved = (list: readonly string[], account: SweepAccount, profile: TlsProfile, asOf: Date): number => {
  let count = 0
  const approved = approvedNumbers(profile, account.asks, asOf)
  eachNumber(list, (number) => {
    if (!approved.has(number)) count++
  })
  return count
}

const doubtsOf = (account: SweepAccount, profile: TlsProfile, asOf: Date): string[] => {
  const open = account.inconclusive.flatMap(({ codes, why }) => {
    const count = unapproved(codes, account, profile, asOf)
    return count === 0 ? [] : [`${grouped(count)} ${titleOf(account)}: ${why}`]
  })
  const silent = profile.silentRefusal ? 0 : unapproved(account.silent, account, profile, asOf)
  const atypical = profile.atypicalRefusal ? 0 : unapproved(account.refusedAtypically, account, profile, asOf)
  const unbalanced = imbalance(account)
  return [
    ...(unbalanced === undefined ? [] : [unbalanced]),
    ...open,
    ...(silent === 0
      ? []
      : [
          `${grouped(silent)} ${titleOf(account)}: silent, closed without a word, which profile ${profile.name} does not take for a refusal`,
        ]),
    ...(atypical === 0
      ? []
      : [`${grouped(atypical)} ${titleOf(account)}: refused by an unusual alert, which profile ${profile.name} does not take`]),
  ]
}

/** Code points that the profile takes as proven refused. */
const refusedIn = (account: SweepAccount, profile: TlsProfile): number =>
  countOf(account.refused) +
  (profile.atypicalRefusal ? countOf(account.refusedAtypically) : 0) +
  (profile.silentRefusal ? countOf(account.silent) : 0)

const observedOf = (account: SweepAccount, profile: TlsProfile): string => {
  const taken = takenBy(account).length
  const open = account.asked - taken - refusedIn(account, profile)
  const rest = open === 0 ? '' : `, ${grouped(open)} inconclusive`
  return `${titleOf(account)}: ${grouped(refusedIn(account, profile))} of ${grouped(account.asked)} refused, ${taken} accepted${rest}`
}

const notesOf = (sweep: SweepFacts, accounts: readonly SweepAccount[], asks: SpaceKind): string[] => {
  const { signalling, grease } = notAsked(asks)
  return [
    `not asked: ${signalling.length === 0 ? '' : `the signalling values ${signalling.join(', ')} and `}the 16 GREASE values ${grease[0]} to ${grease.at(-1)}`,
    ...accounts
      .filter(({ scope }) => scope === 'named')
      .map((account) => `${titleOf(account)}: the ${grouped(account.asked)} that have a name, not the whole number space`),
    ...accounts.flatMap((account) =>
      account.withVersion === undefined ? [] : [`${titleOf(account)}: refused with the version, ${account.withVersion}`],
    ),
    ...(asks === 'suite' ? sweep.absentCertificates.map(({ type, why }) => `no ${type.toUpperCase()} certificate is served: ${why}`) : []),
    ...sweep.omitted
      .filter((one) => one.asks === asks)
      .map(({ version, why }) => `${fieldWords[asks]} of ${versionOf(version)} were not judged: ${why}`),
  ]
}

/** Judges all accounts of one kind: each closes, and what the profile does not approve is refused in each. */
export const judgeAccounts = (sweep: SweepFacts, asks: SpaceKind, profile: TlsProfile, asOf: Date): AccountsJudged => {
  const accounts = sweep.accounts.filter((account) => account.asks === asks)
  const violations = accounts.flatMap((account) => account.violations.map((what) => `${titleOf(account)}: protocol violation, ${what}`))
  const missing = accounts.length === 0 && sweep.omitted.every((one) => one.asks !== asks) ? [`no account of ${fieldWords[asks]}`] : []
  return {
    offences: [...new Set([...accounts.flatMap((account) => offencesOf(account, profile, asOf)), ...violations])],
    doubts: [...missing, ...accounts.flatMap((account) => doubtsOf(account, profile, asOf))],
    observed: accounts.map((account) => observedOf(account, profile)).join('; '),
    refused: accounts.reduce((sum, account) => sum + refusedIn(account, profile), 0),
    notes: notesOf(sweep, accounts, asks),
  }
}
