import { FipsConformanceError } from '../errors/error.ts'
import { type Comparison, compareRuns, type Side } from '../evidence/compare.ts'
import { envelopeFile } from '../evidence/manifest.ts'
import { readBundle } from '../evidence/read-bundle.ts'
import { judgedDay, waivedOn } from '../evidence/replay.ts'
import { wrap } from '../evidence/summary-table.ts'
import { visible } from '../evidence/visible.ts'
import { heldSeal } from './held-seal.ts'
import type { Printed } from './perform.ts'
import { withBundle } from './verify.ts'

/**
 * A bundle to compare: its seal must hold, or it has none, which is said. Its findings are taken as stored; `verify` judges them again.
 * @throws FipsConformanceError `BUNDLE_UNFINISHED`, `BUNDLE_NOT_AS_SEALED`, `BUNDLE_DAMAGED`
 */
export const readSide = async (dir: string): Promise<Side> => {
  const bundle = await readBundle(dir)
  const { findings, plan, run, evidence } = bundle
  if (!findings)
    throw new FipsConformanceError({
      code: 'BUNDLE_UNFINISHED',
      what: 'this bundle has no findings: its run was cut short',
      where: dir,
      remedy: 'run it again',
      exit: 3,
    })
  const id = await heldSeal(dir)
  return {
    run,
    claim: plan.claim,
    findings,
    evidence,
    waived: waivedOn(bundle, findings, judgedDay(bundle)),
    ...(id !== undefined && { id }),
  }
}

const titles: Record<keyof Comparison['counts'], string> = {
  'new-failure': 'new failure',
  'lost-coverage': 'lost coverage',
  'waiver-expired': 'waiver expired',
  'still-failing': 'still failing',
  'evidence-changed': 'evidence changed',
  'new-subject': 'new subject',
  fixed: 'fixed',
}

const ending = (exit: Comparison['exit']): string =>
  exit === 1
    ? 'It drifted: there is a new failure, lost coverage, or a waiver that expired.'
    : 'No new failure, no lost coverage, no waiver that expired.'

/** What a person reads; lines of at most 100 columns. */
export const comparisonText = (comparison: Comparison): string => {
  const { before, now, changes, counts, unchanged, exit } = comparison
  const named = (side: Comparison['now']): string =>
    visible(`${side.run} of ${side.cluster} (${side.id ?? `not sealed: it has no ${envelopeFile}`})`)
  const lines = changes.flatMap(({ kind, requirement, subject, why, claimed }) =>
    wrap(visible(`${titles[kind]}: ${requirement} for ${subject}${claimed ? '' : ' (outside the claim)'}: ${why}`), 98).map((line, at) =>
      at === 0 ? line : `  ${line}`,
    ),
  )
  const figures = Object.entries(counts).flatMap(([kind, count]) => (count > 0 ? [`${count} ${titles[kind as keyof typeof titles]}`] : []))
  return [
    ...[`before: ${named(before)}`, `now:    ${named(now)}`].flatMap((line) =>
      wrap(line.slice(8), 92).map((part, at) => (at === 0 ? line.slice(0, 8) : '        ') + part),
    ),
    '',
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    [...figures, `${unchanged} unchanged`].join(', '),
    ending(exit),
  ].join('\n')
}

/** `compare`: what changed from one bundle to another. */
export const compare = async (bundles: readonly string[]): Promise<Printed> => {
  const [before, now] = bundles
  if (before === undefined || now === undefined || bundles.length > 2)
    throw new FipsConformanceError({
      code: 'BUNDLES_NOT_TWO',
      what: 'two bundles are compared',
      where: 'compare BEFORE NOW',
      remedy: 'name the earlier one, then the later one',
      exit: 64,
    })
  const comparison = await withBundle(String(before), (a) =>
    withBundle(String(now), async (b) => compareRuns(await readSide(a), await readSide(b))),
  )
  return { exit: comparison.exit, text: comparisonText(comparison), json: comparison }
}
