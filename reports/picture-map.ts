import { type ComponentChild, h } from 'preact'
import type { Finding, Subject } from '../helpers/evidence/model.ts'
import type { Places } from './conversations.ts'
import type { NodeRow, NodeRows } from './html-nodes.ts'
import { worst } from './html-parts.ts'
import { fitting, line, linkTo, picture, side, signAt, textIn } from './picture-parts.ts'

/** More boxes than this, and more chips of one kind in a box, are counted. */
const [mostBoxes, mostChips] = [12, 36]
const [chipWidth, chipHeight, padding, between] = [212, 28, 10, 14]

type Chip = { subject: Subject; findings: readonly Finding[] }
type Shelf = { title: string; chips: readonly Chip[]; left: number }

const chipsOf = (findings: readonly Finding[]): Chip[] =>
  [...Map.groupBy(findings, ({ subject }) => subject.key).values()].flatMap((own) =>
    own[0] ? [{ subject: own[0].subject, findings: own }] : [],
  )

const shelf = (title: string, findings: readonly Finding[]): Shelf => {
  const chips = chipsOf(findings)
  return { title, chips: chips.slice(0, mostChips), left: Math.max(0, chips.length - mostChips) }
}

/** What is drawn in the box of a node: the node itself, what runs on it, and the ports of each network namespace. */
const shelvesOf = (findings: readonly Finding[]): Shelf[] => {
  const of = (kind: Subject['kind']): Finding[] => findings.filter(({ subject }) => subject.kind === kind)
  const ports = [...Map.groupBy(of('listener'), ({ subject }) => subject.detail.place ?? '')].map(([place, own]) =>
    shelf(place === 'node' ? 'ports of the node' : place === '' ? 'ports, network not known' : `ports of ${place}`, own),
  )
  const components = of('component')
  return [...(components.length > 0 ? [shelf('programs', components)] : []), ...ports]
}

/** `6443 kube-apiserver` of `[::]:6443 (kube-apiserver)`; what is written otherwise stays. */
const portName = (name: string): string => {
  const found = /^(udp )?\S*:(\d+)(?: \((.*)\))?$/su.exec(name)
  return found ? `${found[1] ?? ''}${found[2]}${found[3] ? ` ${found[3]}` : ''}` : name
}

const chip = ({ subject, findings }: Chip, x: number, y: number, { anchorOf }: Places): ComponentChild | null => {
  const verdict = worst(findings.map((finding) => finding.verdict))
  const first = findings.find((finding) => finding.verdict === verdict)
  if (!verdict || !first) return null
  const isPort = subject.kind === 'listener'
  const width = chipWidth - side - 14
  const text = fitting(isPort ? portName(subject.name) : subject.name, width)
  const why = verdict === 'pass' || verdict === 'not-applicable' ? '' : ` (${first.requirement})`
  return linkTo(
    anchorOf(first),
    `${text}: ${verdict.replace('-', ' ')}${why}${text === subject.name ? '' : `; ${subject.name}`}`,
    h('rect', { class: 'chip', x, y, width: chipWidth - 6, height: chipHeight - 4, ...(isPort && { rx: 11 }) }),
    signAt(verdict, x + side / 2 + 1, y + (chipHeight - 4) / 2),
    textIn(text, { x: x + side + 6, y: y + 2, width }),
  )
}

const shelfHeight = ({ chips, left }: Shelf, perRow: number): number =>
  line + 2 + Math.ceil((chips.length + (left > 0 ? 1 : 0)) / perRow) * chipHeight

const shelfAt = (own: Shelf, x: number, y: number, perRow: number, places: Places): ComponentChild => {
  const at = (index: number) => ({ x: x + (index % perRow) * chipWidth, y: y + line + 2 + Math.floor(index / perRow) * chipHeight })
  return h(
    'g',
    null,
    textIn(own.title, { x, y, width: perRow * chipWidth }, { class: 'faint' }),
    own.chips.map((each, index) => {
      const place = at(index)
      return chip(each, place.x, place.y, places)
    }),
    own.left > 0 ? textIn(`and ${own.left} more`, { ...at(own.chips.length), width: chipWidth - 8 }) : null,
  )
}

type Box = { row: NodeRow; shelves: readonly Shelf[]; height: number }

const boxAt = ({ row, shelves, height }: Box, x: number, y: number, perRow: number, places: Places): ComponentChild => {
  const width = perRow * chipWidth + 2 * padding
  const own = row.findings.filter(({ subject }) => subject.kind === 'node')
  const verdict = worst(own.map((finding) => finding.verdict))
  const first = own.find((finding) => finding.verdict === verdict)
  const name = row.role === '' ? row.title : `${row.title} (${row.role})`
  let top = y + padding + side + 4
  const drawn = shelves.map((each) => {
    const at = top
    top += shelfHeight(each, perRow) + 6
    return shelfAt(each, x + padding, at, perRow, places)
  })
  return h(
    'g',
    null,
    h('rect', { class: 'box', x, y, width, height, rx: 4 }),
    verdict && first
      ? linkTo(
          places.anchorOf(first),
          `${row.title}, the node itself: ${verdict.replace('-', ' ')}${verdict === 'pass' ? '' : ` (${first.requirement})`}`,
          h('rect', { class: 'hit', x: x + padding, y: y + padding - 2, width: side, height: side }),
          signAt(verdict, x + padding + side / 2, y + padding + side / 2 - 2),
        )
      : null,
    textIn(name, { x: x + padding + side + 6, y: y + padding + 1, width: width - side - 3 * padding }, { class: 'title' }),
    drawn,
  )
}

/** How many boxes stand beside each other, and how many chips wide each is. */
const measures = (boxes: number): { across: number; perRow: number } => (boxes === 1 ? { across: 1, perRow: 5 } : { across: 2, perRow: 2 })

/** The cluster as boxes: a node in each (or nodes alike), in it its programs and its ports, each with the worst of what was judged of it. */
export const clusterMap = ({ rows, left }: NodeRows, places: Places, after: string): ComponentChild | null => {
  const shown = rows.slice(0, mostBoxes)
  if (shown.length === 0) return null
  const { across, perRow } = measures(shown.length)
  const boxes = shown.map((row): Box => {
    const shelves = shelvesOf(row.findings)
    return { row, shelves, height: 2 * padding + side + 4 + shelves.reduce((sum, each) => sum + shelfHeight(each, perRow) + 6, 0) }
  })
  const width = perRow * chipWidth + 2 * padding
  let top = 1
  const drawn: ComponentChild[] = []
  for (let from = 0; from < boxes.length; from += across) {
    const beside = boxes.slice(from, from + across)
    drawn.push(...beside.map((box, index) => boxAt(box, 1 + index * (width + between), top, perRow, places)))
    top += Math.max(...beside.map(({ height }) => height)) + between
  }
  const hidden = left + rows.slice(mostBoxes).reduce((sum, { names }) => sum + names.length, 0)
  return picture(
    'pic-map',
    'Nodes, programs and ports',
    `A box for each node or group of nodes, with its programs as rectangles and its ports as rounded ones, each with the worst verdict of what was judged of it. ${shown.length} boxes.`,
    {
      width: Math.min(across, shown.length) * (width + between) - between + 2,
      height: top + (hidden > 0 ? line : 0),
      children: [drawn, hidden > 0 ? textIn(`and ${hidden} nodes more`, { x: 1, y: top, width }) : null],
    },
    after,
  )
}
