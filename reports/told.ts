import { isClaimed, type Standing, standingOf } from '../helpers/evidence/claim.ts'
import type { Finding } from '../helpers/evidence/model.ts'
import { findingKey, type ReportInput, type WaiverSeen } from '../helpers/evidence/report-input.ts'
import { stableKeys } from '../helpers/evidence/stable-subject.ts'
import { matchesClaim, selfFamily } from '../helpers/policy/catalogue.ts'
import { verdicts } from '../helpers/policy/verdict.ts'

/** The waiver that covers a finding; `seen` is missing where only that it is waived is known. */
export type CoveredBy = { id: string; seen?: WaiverSeen }

/**
 * A finding with what a reader needs beside it. `key` finds it in this run; `stable` is the key of its subject as every run has it, whatever its cluster is called, by which
 * readers of several runs know it again. `standing` is the verdict, or `waived`.
 */
export type Told = {
  finding: Finding
  key: string
  stable: string
  claimed: boolean
  standing: Standing
  waiver: CoveredBy | undefined
  plant: boolean
}

/** Gives the waiver that covers a finding, where one does. */
export const coveredBy = ({
  waivers,
  waivedBy,
}: Pick<ReportInput, 'waivers' | 'waivedBy'>): ((finding: Finding) => CoveredBy | undefined) => {
  const byId = new Map(waivers.map((seen) => [seen.waiver.id, seen]))
  return (finding) => {
    // Of most findings no waiver is to be looked for.
    if (standingOf(finding, () => true) !== 'waived') return undefined
    const key = findingKey(finding)
    const id = Object.hasOwn(waivedBy, key) ? waivedBy[key] : undefined
    if (id === undefined) return undefined
    const seen = byId.get(id)
    return { id: id === '' ? 'a waiver' : id, ...(seen && { seen }) }
  }
}

const known = new WeakMap<ReportInput, readonly Told[]>()

/** Every finding in the order of the bundle, claimed or not; the same list for every report of one input. Its texts are made when they are asked for: there may be a hundred thousand. */
export const toldFindings = (input: ReportInput): readonly Told[] => {
  const earlier = known.get(input)
  if (earlier) return earlier
  const waiverOf = coveredBy(input)
  const stableOf = stableKeys(input.run)
  const about = new Map(
    [...new Set(input.findings.map(({ requirement }) => requirement))].map((id) => [
      id,
      { claimed: isClaimed(input.claim, id), plant: matchesClaim(selfFamily, id) },
    ]),
  )
  class ToldFinding {
    readonly finding: Finding
    readonly waiver: CoveredBy | undefined
    constructor(finding: Finding) {
      this.finding = finding
      this.waiver = waiverOf(finding)
    }
    get key(): string {
      return findingKey(this.finding)
    }
    get stable(): string {
      return stableOf(this.finding.subject)
    }
    get claimed(): boolean {
      return about.get(this.finding.requirement)?.claimed === true
    }
    get plant(): boolean {
      return about.get(this.finding.requirement)?.plant === true
    }
    get standing(): Standing {
      return this.waiver ? 'waived' : this.finding.verdict
    }
  }
  const told = input.findings.map((finding) => new ToldFinding(finding))
  known.set(input, told)
  return told
}

/** `waiver W-1 until 2026-12-31: why (owner, approver, ticket)`. */
export const waiverWords = ({ id, seen }: CoveredBy): string => {
  if (!seen) return `waived by ${id}`
  const { expires, reason, owner, approver, ticket } = seen.waiver
  return `waived by ${id} until ${expires}: ${reason} (owner ${owner}, approved by ${approver}, ${ticket})`
}

/** What is to be said of every waiver of the run, used or not. */
export const waiverLine = ({ waiver: { id, scope, reason, owner, approver, ticket }, covered, remark }: WaiverSeen): string =>
  `${id} (${scope.requirement} on ${scope.subject}): covers ${covered}; ${remark}; ${reason}; owner ${owner}, approved by ${approver}, ${ticket}`

/** What each kind of change is called. */
export const changeWords = {
  'new-failure': 'new failure',
  'lost-coverage': 'lost coverage: it was seen before, and is not now',
  'waiver-expired': 'waiver expired',
  'still-failing': 'still failing',
  'evidence-changed': 'evidence changed',
  'new-subject': 'new subject',
  fixed: 'fixed',
} as const

/** The changes that are known of a finding, by its key. */
export const changesByFinding = ({ comparison }: ReportInput): Map<string, NonNullable<ReportInput['comparison']>['changes'][number]> =>
  new Map((comparison?.changes ?? []).map((change) => [JSON.stringify([change.requirement, change.subject]), change]))

/** The counts of a summary in a fixed order, whatever the order that they were stored in. */
export const countRows = ({ summary }: Pick<ReportInput, 'summary'>): { whose: string; what: string; count: number }[] =>
  (['cluster', 'plants'] as const).flatMap((whose) =>
    ([...verdicts, 'waived'] as const).map((what) => ({ whose, what, count: summary[whose][what] })),
  )

/** One line for text that must not hold line breaks; never empty. */
export const oneLine = (text: string): string => text.replace(/\s+/gu, ' ').trim() || '-'
