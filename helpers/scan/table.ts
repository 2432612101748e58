import { plainStyler, type Styler, wrap } from '../evidence/summary-table.ts'
import { visible } from '../evidence/visible.ts'
import type { FileLine } from './line.ts'
import type { ScanResult } from './scan.ts'

const width = 100
const columns = { verdict: 14, module: 28, certificate: 16, integrity: 9, mode: 8 } as const

const certificateText = ({ certificate }: FileLine): string => (certificate === null ? '-' : `${certificate.number} ${certificate.status}`)

const cell = (text: string, length: number): string => text.slice(0, length).padEnd(length)

const indented = (text: string, indent: string): string[] => wrap(visible(text), width - indent.length).map((line) => indent + line)

const verdictOf = (line: FileLine): string => (line.waiver === undefined ? line.verdict : `${line.verdict}, waived`)

/** A path is never broken: it is there to be copied. */
const rows = (line: FileLine, style: Styler): string[] => [
  `${style.strong(visible(line.path))}`,
  [
    `  ${style.verdict(line.verdict, cell(verdictOf(line), columns.verdict))}`,
    cell(visible(line.module), columns.module),
    cell(certificateText(line), columns.certificate),
    cell(line.integrity, columns.integrity),
    cell(line.mode, columns.mode),
  ]
    .join('  ')
    .trimEnd(),
  ...(line.verdict === 'not-applicable' && line.role !== 'judged' ? [] : indented(line.reason, '    ')),
  ...line.contradictions.flatMap(({ text }) => indented(`contradiction: ${text}`, '    ')),
  ...(line.outside.length > 0 && line.verdict === 'pass'
    ? indented(`cryptography outside the module: ${[...new Set(line.outside.map(({ what }) => what))].join(', ')}`, '    ')
    : []),
]

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const listed = (parts: readonly (string | false)[]): string => parts.filter(Boolean).join(', ')

/** What was found and is not judged, and what was not opened: nothing is left out. */
const passedLines = ({ counts, passed, notes }: ScanResult, all: boolean): string[] => {
  const { inventory, scripts, data, archives } = counts
  const listedFiles = listed([
    inventory > 0 &&
      `${plural(inventory, 'library or program', 'libraries and programs')} not of Go (inventory${all ? '' : ', --all judges them'})`,
    scripts > 0 && plural(scripts, 'script'),
    archives > 0 && `${plural(archives, 'archive or compressed file', 'archives and compressed files')} (not opened; name them as targets)`,
    data > 0 && plural(data, 'file of data', 'files of data'),
  ])
  const unopened = listed([
    passed.symlinks > 0 && `${plural(passed.symlinks, 'symbolic link')} (not followed)`,
    passed.special > 0 && plural(passed.special, 'device, pipe or socket', 'devices, pipes and sockets'),
    passed.pseudo.length > 0 && `${plural(passed.pseudo.length, 'view')} of the kernel (${passed.pseudo.join(', ')})`,
    passed.excluded > 0 && `${plural(passed.excluded, 'path')} by --exclude`,
  ])
  return [
    ...(listedFiles === '' ? [] : indented(`not judged: ${listedFiles}`, '')),
    ...(unopened === '' ? [] : indented(`not opened: ${unopened}`, '')),
    ...notes.flatMap((note) => indented(`note: ${note}`, '')),
  ]
}

const ending = ({ exit, counts, troubles, cut }: ScanResult): string => {
  if (cut) return 'Interrupted: what stands above is partial.'
  if (troubles.length > 0) return 'Partial: not everything that was named could be read whole.'
  if (exit === 0) return 'Everything that was judged passes, is not applicable or is waived.'
  if (exit === 1) return 'Something that was judged fails.'
  return counts.judged === 0
    ? 'There was nothing to judge: no program of Go (--all judges other programs and libraries, too).'
    : 'Not everything that was judged could be told.'
}

/** What a person reads; lines of at most 100 columns, but for paths. */
export const scanText = (
  result: ScanResult,
  { all, expect, style = plainStyler }: { all: boolean; expect: string; style?: Styler },
): string => {
  const { shown, verdicts, counts, waivers, selfProof } = result
  const head = style.faint(
    [
      'file',
      `  ${[cell('verdict', columns.verdict), cell('module', columns.module), cell('certificate', columns.certificate), cell('integrity', columns.integrity), 'mode'].join('  ')}`,
    ].join('\n'),
  )
  const missed = selfProof.filter(({ outcome }) => outcome.verdict !== 'pass')
  const warnings = [...new Set(shown.flatMap(({ judged }) => judged.certificate?.today.warnings ?? []))]
  const order = { fail: 0, inconclusive: 1, pass: 2, 'not-applicable': 3 } as const
  const sorted = shown.toSorted((a, b) => order[a.line.verdict] - order[b.line.verdict])
  const tally = listed([
    ...(['fail', 'inconclusive', 'pass', 'not-applicable'] as const).map(
      (verdict) => verdicts[verdict] > 0 && `${verdicts[verdict]} ${verdict}`,
    ),
    verdicts.waived > 0 && `${verdicts.waived} waived`,
  ])
  return [
    ...(sorted.length > 0 ? [head, ...sorted.flatMap(({ line }) => rows(line, style)), ''] : []),
    `judged: ${plural(counts.judged, 'file')}${tally === '' ? '' : `: ${tally}`} (expected: ${expect})`,
    ...passedLines(result, all),
    ...waivers.flatMap(({ waiver, covered, remark }) =>
      indented(`waiver ${waiver.id}: ${plural(covered, 'file')} covered; ${remark} (${waiver.owner}, ${waiver.ticket})`, ''),
    ),
    ...warnings.flatMap((warning) => indented(`warning: ${warning}`, '')),
    ...missed.flatMap(({ plant, outcome }) => indented(`planted defect ${plant}: ${outcome.reason}; believe no verdict of this scan`, '')),
    '',
    style.strong(ending(result)),
  ].join('\n')
}
