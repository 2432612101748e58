import { type ComponentChild, h } from 'preact'
import type { Finding } from '../helpers/evidence/model.ts'
import type { Places } from './conversations.ts'
import type { NodeRow, NodeRows } from './html-nodes.ts'
import { anchor, legend, worst } from './html-parts.ts'
import { columnHeads, headHeight, line, linkTo, picture, side, signAt, textIn, widthOf } from './picture-parts.ts'

const [leastLabel, widestLabel] = [160, 380]
const shortId = (id: string): string => id.replace(/^FIPS-/, '')

const words = (findings: readonly Finding[]): string =>
  [...Map.groupBy(findings, ({ verdict }) => verdict)].map(([verdict, own]) => `${own.length} ${verdict.replace('-', ' ')}`).join(', ')

/** The worst of what was judged, with a bar under it where all of what fails is waived. */
const cell = (findings: readonly Finding[], name: string, x: number, y: number, { anchorOf, waiverOf }: Places): ComponentChild => {
  const verdict = worst(findings.map((finding) => finding.verdict))
  const first = findings.find((finding) => finding.verdict === verdict)
  if (!verdict || !first) return h('circle', { class: 'nothing', cx: x + side / 2, cy: y + side / 2, r: 1.5 })
  const bad = findings.filter((finding) => finding.verdict === 'fail' || finding.verdict === 'inconclusive')
  const isWaived = bad.length > 0 && bad.every((finding) => waiverOf(finding) !== undefined)
  return linkTo(
    anchorOf(first),
    `${first.requirement} on ${name}: ${words(findings)}${isWaived ? ', waived' : ''}`,
    h('rect', { class: 'hit', x, y, width: side, height: side }),
    signAt(verdict, x + side / 2, y + side / 2),
    isWaived ? h('path', { class: 'waived', d: `M${x + 2} ${y + side - 1}H${x + side - 2}` }) : null,
  )
}

const nameOf = ({ title, role }: NodeRow): string => (role === '' ? title : `${title} (${role})`)

const rowOf = (row: NodeRow, ids: readonly string[], labelWidth: number, y: number, places: Places): ComponentChild => {
  const { title, findings } = row
  const byId = Map.groupBy(findings, ({ requirement }) => requirement)
  return h(
    'g',
    null,
    h('path', { class: 'grid', d: `M0 ${y}H${labelWidth + ids.length * side}` }),
    textIn(nameOf(row), { x: 0, y: y + (side - line) / 2, width: labelWidth - 8 }, { end: true }),
    ids.map((id, index) => cell(byId.get(id) ?? [], title, labelWidth + index * side, y, places)),
  )
}

/** Nodes x requirements: the worst verdict of each pair, as a sign that leads to the finding. Nodes on which the same was judged are one row where there are many. */
export const nodePicture = ({ ids, rows, left }: NodeRows, places: Places, after: string): ComponentChild | null => {
  if (rows.length === 0 || ids.length === 0) return null
  const top = headHeight(ids.map(shortId), 160)
  const labelWidth = Math.max(leastLabel, ...rows.map((row) => widthOf(nameOf(row), widestLabel))) + 10
  const height = top + (rows.length + (left > 0 ? 1 : 0)) * side + 2
  return picture(
    'pic-nodes',
    'Nodes and requirements',
    `A row for each node or group of nodes, a column for each requirement, and in each cell the worst verdict as a letter in a shape. ${rows.length} rows, ${ids.length} columns.`,
    {
      width: labelWidth + ids.length * side + 2,
      height,
      children: [
        columnHeads(ids.map(shortId), labelWidth, top, (index) => anchor(ids[index] ?? '')),
        rows.map((row, index) => rowOf(row, ids, labelWidth, top + index * side, places)),
        left > 0 ? textIn(`and ${left} nodes more`, { x: 0, y: top + rows.length * side, width: labelWidth - 8 }, { end: true }) : null,
      ],
    },
    after,
    h(
      'div',
      null,
      legend(),
      h(
        'p',
        { class: 'faint' },
        'A sign is the worst verdict of its cell and leads to the finding; a bar under it: all of that is waived; a dot: nothing was planned.',
      ),
    ),
  )
}
