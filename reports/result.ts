import { isPlaceholder } from '../helpers/evidence/evaluate.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Verdict } from '../helpers/policy/verdict.ts'

/** What the run makes of its claim, as the exit code has it, in words. */
export const resultOf = ({ exit, run }: Pick<ReportInput, 'exit' | 'run'>): { verdict: Verdict; text: string } => {
  if (exit === 1) return { verdict: 'fail', text: 'something that was claimed fails, or a planted defect was not caught' }
  if (exit === 0) return { verdict: 'pass', text: 'everything that was claimed passes, is not applicable or is waived' }
  const why = run.development
    ? 'nothing that was claimed fails, but this was a development run, which never passes'
    : 'nothing that was claimed fails, but not all of it could be shown'
  return { verdict: 'inconclusive', text: why }
}

/** What was seen of one kind of subject: how many the inventory has, how many of them were judged, and of how many something is known. */
export type CoverageSeen = {
  kind: string
  there: number
  /** How many of them only the second look found. */
  late: number
  complete: boolean
  reason?: string
  judged: number
  conclusive: number
}

/** By kind of subject, what was judged of what is there. */
export const coverageOf = ({ run, findings, requirements }: Pick<ReportInput, 'run' | 'findings' | 'requirements'>): CoverageSeen[] => {
  // The inventory counts what a requirement asks for: a component that calls others is a client, too.
  const asked = new Map<string, string>(requirements.map(({ id, subject }) => [id, subject]))
  const byKind = new Map<string, Map<string, boolean>>()
  for (const finding of findings) {
    const { requirement, subject, verdict } = finding
    if (subject.kind === 'plant' || isPlaceholder(finding)) continue
    const kind = asked.get(requirement) === 'client' ? 'client' : subject.kind
    const own = byKind.get(kind) ?? new Map<string, boolean>()
    byKind.set(kind, own)
    own.set(subject.key, (own.get(subject.key) ?? true) && verdict !== 'inconclusive')
  }
  const kinds = [...new Set([...Object.keys(run.inventory ?? {}), ...byKind.keys()])].sort()
  return kinds.map((kind) => {
    const own = [...(byKind.get(kind)?.values() ?? [])]
    const inventory = run.inventory && Object.hasOwn(run.inventory, kind) ? run.inventory[kind] : undefined
    const reason = inventory ? inventory.reason : 'there is no inventory of this kind'
    return {
      kind,
      there: inventory?.count ?? own.length,
      late: inventory?.late ?? 0,
      complete: inventory?.complete ?? false,
      ...(reason !== undefined && { reason }),
      judged: own.length,
      conclusive: own.filter(Boolean).length,
    }
  })
}

/** Whether the inventory of a kind is complete, and what only the second look found. */
export const inventoryText = ({ complete, late, reason }: CoverageSeen): string =>
  `${complete ? 'complete' : `not complete: ${reason ?? 'no reason given'}`}${late > 0 ? `; ${late} opened after the first look` : ''}`

/** `listeners: 24 of 24 were judged, 24 with a result; the inventory is complete`. */
export const coverageLines = (input: Pick<ReportInput, 'run' | 'findings' | 'requirements'>): string[] =>
  coverageOf(input).map(
    (seen) =>
      `${seen.kind}s: ${seen.judged} of ${seen.there} were judged, ${seen.conclusive} with a result; the inventory is ${inventoryText(seen)}`,
  )
