import { type ComponentChild, type ComponentChildren, h } from 'preact'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { SummaryRow } from '../helpers/evidence/summary.ts'
import type { Places } from './conversations.ts'
import { anchor, badge, breakable, clipped, countLines, rowHead, shortName, table } from './html-parts.ts'

const mostOfReason = 2000

/** The first finding that is no pass; one that is not applicable is told only where nothing passed. */
const trouble = ({ requirement, first, counts }: SummaryRow, { findings }: ReportInput, { anchorOf }: Places): ComponentChildren => {
  if (!first || (first.verdict === 'not-applicable' && counts.pass > 0)) return ''
  const finding = findings.find(
    (one) => one.requirement === requirement && one.verdict === first.verdict && one.subject.key === first.subject.key,
  )
  const name = breakable(shortName(first.subject.name))
  return [
    badge(first.verdict),
    ' ',
    finding ? h('a', { href: `#${anchorOf(finding)}` }, name) : name,
    `: ${clipped(first.reason, mostOfReason)}`,
  ]
}

const summaryRow = (row: SummaryRow, input: ReportInput, places: Places): ComponentChild =>
  h(
    'tr',
    null,
    rowHead(
      h('a', { href: `#${anchor(row.requirement)}`, class: 'line' }, breakable(row.requirement)),
      h('div', { class: 'faint' }, row.title),
    ),
    h('td', { class: 'line' }, row.claimed ? 'claimed' : 'not claimed'),
    h('td', { class: 'number' }, row.subjects),
    h('td', null, countLines(row.counts)),
    h('td', { class: 'reason' }, trouble(row, input, places)),
  )

/** A row for each requirement, with the counts of its verdicts. */
export const summaryTable = (input: ReportInput, places: Places): ComponentChild =>
  table(
    'Requirements',
    ['requirement', 'claim', 'subjects', 'verdicts', 'first that is no pass'],
    input.summary.rows.map((row) => summaryRow(row, input, places)),
  )
