import type { Finding } from './model.ts'
import type { Waiver } from './waiver-file.ts'
import { applyWaivers, type WaiverState } from './waivers.ts'

/** A waiver of the run with what it does on the day that is judged; unused and expired ones too. */
export type WaiverSeen = { waiver: Waiver; state: WaiverState; covered: number; remark: string }

/** Tells findings apart: requirement and key of the subject, which a plan holds once. */
export const findingKey = ({ requirement, subject }: Pick<Finding, 'requirement' | 'subject'>): string =>
  JSON.stringify([requirement, subject.key])

/** What a waiver's scope is held against: key and name of the subject, and the paths that it is known by. */
const namesOf = ({ subject: { key, name, detail } }: Finding): string[] =>
  [...new Set([key, name, detail.path, detail.path?.split('/').at(-1), detail.shown])].filter((text) => text !== undefined)

/** Every waiver with its state, and by `findingKey` the id of the one that covers a finding. */
export const waiversSeen = (
  waivers: readonly Waiver[],
  findings: readonly Finding[],
  asOf: Date,
): { waivers: readonly WaiverSeen[]; waivedBy: Readonly<Record<string, string>> } => {
  if (waivers.length === 0) return { waivers: [], waivedBy: {} }
  const applied = applyWaivers(waivers, asOf)
  const waivedBy = findings.flatMap((finding) => {
    const { requirement, verdict, subject } = finding
    const sha256 = subject.detail.sha256
    const found = applied.waiverOf({ requirement, verdict, names: namesOf(finding), ...(sha256 !== undefined && { sha256 }) })
    return found ? [[findingKey(finding), found.id] as const] : []
  })
  return { waivers: applied.report(), waivedBy: Object.fromEntries(waivedBy) }
}
