import { matchesGlob } from 'node:path'
import { matchesClaim } from '../policy/catalogue.ts'
import type { Finding } from './model.ts'
import type { Waiver } from './waiver-file.ts'

const day = 24 * 60 * 60 * 1000

/** What of a finding a waiver's scope is held against. */
export type Waivable = { requirement: string; verdict: Finding['verdict']; names: readonly string[]; sha256?: string }

export type WaiverState = 'holds' | 'expired' | 'not-yet'

/** Whether a waiver holds on a day. One that was made later than that day waives nothing yet. */
export const waiverState = ({ created, expires }: Waiver, asOf: Date): WaiverState =>
  asOf.getTime() >= Date.parse(expires) + day ? 'expired' : asOf.getTime() < Date.parse(created) ? 'not-yet' : 'holds'

const covers = ({ scope }: Waiver, { requirement, names, sha256 }: Waivable): boolean =>
  matchesClaim(scope.requirement, requirement) &&
  (scope.sha256 === undefined || scope.sha256 === sha256) &&
  names.some((name) => name === scope.subject || matchesGlob(name, scope.subject))

export type AppliedWaivers = {
  /** The waiver that covers a finding today. Only a fail is covered: what was not seen can be accepted by nobody, since nobody knows what it is. */
  waiverOf: (finding: Waivable) => Waiver | undefined
  /** Every waiver with its state, how many findings it covers, and what is to be said of it; in the order of the file. Call it when everything was asked for. */
  report: () => { waiver: Waiver; state: WaiverState; covered: number; remark: string }[]
}

/** Waivers on a day. */
export const applyWaivers = (waivers: readonly Waiver[], asOf: Date): AppliedWaivers => {
  const covered = new Map<string, number>()
  const met = new Map<string, number>()
  const count = (map: Map<string, number>, id: string): void => void map.set(id, (map.get(id) ?? 0) + 1)
  return {
    waiverOf: (finding) => {
      const own = waivers.filter((waiver) => covers(waiver, finding))
      for (const { id } of own) count(met, id)
      const found = finding.verdict === 'fail' ? own.find((waiver) => waiverState(waiver, asOf) === 'holds') : undefined
      if (found) count(covered, found.id)
      return found
    },
    report: () =>
      waivers.map((waiver) => {
        const state = waiverState(waiver, asOf)
        const number = covered.get(waiver.id) ?? 0
        const seen = met.get(waiver.id) ?? 0
        const left = Math.floor((Date.parse(waiver.expires) + day - asOf.getTime()) / day)
        const remark =
          state === 'expired'
            ? `expired on ${waiver.expires}: it waives nothing any more`
            : state === 'not-yet'
              ? `made on ${waiver.created}, after the day that is judged: it waives nothing yet`
              : seen === 0
                ? 'no finding is in its scope: remove it'
                : number === 0
                  ? 'nothing in its scope fails: remove it'
                  : `until ${waiver.expires}, ${left} days`
        return { waiver, state, covered: number, remark }
      }),
  }
}
