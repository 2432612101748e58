import { type ComponentChild, h } from 'preact'
import type { Finding } from '../helpers/evidence/model.ts'
import type { ListenerSeen, ReportInput } from '../helpers/evidence/report-input.ts'
import { shown } from '../helpers/policy/code-points.ts'
import { approves } from '../helpers/policy/profiles.ts'
import { tlsProfiles } from '../helpers/policy/profiles-strict.ts'
import type { Places } from './conversations.ts'
import { protocolWords, versionName } from './html-listeners.ts'
import { anchor, worst } from './html-parts.ts'
import type { ListenerGroup, ListenerRow, ListenerRows } from './listener-rows.ts'
import { columnHeads, headHeight, line, linkTo, picture, side, signAt, type Taken, textIn } from './picture-parts.ts'

/** A code point that some listener accepted, or a version that some refused. */
type Point = { kind: 'version' | 'suite' | 'group'; code: string }

const [labelWidth, speaksWidth, gap, leastWidth] = [290, 120, 12, 640]
/** More rows than this stand in the table alone. */
const mostRows = 120
/** More code points of a kind than this are no picture any more. */
const mostPoints = 40

const shortId = (id: string): string => id.replace(/^FIPS-/, '')

const nameOf = ({ kind, code }: Point): string => (kind === 'version' ? versionName(code) : shown(kind, code).replace(/^TLS_/, ''))

const speaks = (seen: ListenerSeen | undefined): string => {
  if (seen?.state !== 'read') return 'not known'
  if (seen.protocol !== 'tls') return protocolWords[seen.protocol]
  return seen.accepted.length === 0
    ? 'TLS, none accepted'
    : seen.accepted
        .map(({ version }) => versionName(version).replace('TLS ', ''))
        .join(', ')
        .replace(/^/, 'TLS ')
}

const acceptedBy = (seen: ListenerSeen | undefined, { kind, code }: Point): boolean =>
  seen?.state === 'read' &&
  seen.accepted.some(({ version, suites, groups }) =>
    kind === 'version' ? version === code : (kind === 'suite' ? suites : groups).includes(code),
  )

const refusedBy = (seen: ListenerSeen | undefined, { kind, code }: Point): boolean =>
  seen?.state === 'read' && (seen.refused ?? []).some(({ what, codes }) => what === kind && codes.includes(code))

const pointsOf = (rows: readonly ListenerRow[]): Point[][] => {
  const seen = rows.flatMap((row) => (row.seen?.state === 'read' ? [row.seen] : []))
  const accepted = seen.flatMap((each) => each.accepted)
  const codes = {
    version: [
      ...accepted.map(({ version }) => version),
      ...seen.flatMap(({ refused = [] }) => refused.flatMap(({ what, codes: own }) => (what === 'version' ? own : []))),
    ],
    suite: accepted.flatMap(({ suites }) => suites),
    group: accepted.flatMap(({ groups }) => groups),
  }
  return (['version', 'suite', 'group'] as const)
    .map((kind) =>
      [...new Set(codes[kind])]
        .sort()
        .slice(0, mostPoints)
        .map((code) => ({ kind, code })),
    )
    .filter((points) => points.length > 0)
}

type Column = { x: number; point: Point }

/** Where the columns stand: verdicts, then each kind of code points, a gap between. */
const columnsOf = (ids: readonly string[], points: readonly Point[][]): { columns: Column[]; width: number } => {
  let x = labelWidth + speaksWidth + ids.length * side + gap
  const columns: Column[] = []
  for (const own of points) {
    for (const point of own) {
      columns.push({ x, point })
      x += side
    }
    x += gap
  }
  return { columns, width: Math.max(x, leastWidth) }
}

const takenWords: Readonly<Record<Taken, string>> = {
  approved: 'accepted, and approved',
  unapproved: 'accepted, and not approved',
  accepted: 'accepted; the profile is not known here',
  refused: 'refused between accepted controls',
  unknown: 'not known',
}

/** Whether what it did not accept says anything: it was asked, it answered, and the bytes are there. */
const isKnown = (seen: ListenerSeen | undefined): boolean =>
  seen?.state === 'read' && seen.protocol !== 'unasked' && seen.protocol !== 'silent' && seen.protocol !== 'unreachable'

const takenOf = (seen: ListenerSeen | undefined, point: Point, judge: Lines['judge']): Taken | undefined => {
  if (acceptedBy(seen, point)) return judge(point)
  if (!isKnown(seen)) return 'unknown'
  return refusedBy(seen, point) ? 'refused' : undefined
}

const verdictCell = (own: readonly Finding[], name: string, x: number, y: number, { anchorOf }: Places): ComponentChild | null => {
  const verdict = worst(own.map((finding) => finding.verdict))
  const first = own.find((finding) => finding.verdict === verdict)
  if (!verdict || !first) return h('circle', { class: 'nothing', cx: x + side / 2, cy: y + side / 2, r: 1.5 })
  return linkTo(
    anchorOf(first),
    `${first.requirement} on ${name}: ${verdict.replace('-', ' ')}`,
    h('rect', { class: 'hit', x, y, width: side, height: side }),
    signAt(verdict, x + side / 2, y + side / 2),
  )
}

const takenCell = (taken: Taken | undefined, { x, point }: Column, name: string, y: number): ComponentChild | null =>
  taken ? h('g', null, h('title', null, `${name}: ${nameOf(point)} ${takenWords[taken]}`), signAt(taken, x + side / 2, y + side / 2)) : null

type Lines = { ids: readonly string[]; columns: readonly Column[]; width: number; judge: (point: Point) => Taken; places: Places }

const rowAt = ({ name, count, own, seen }: ListenerRow, y: number, { ids, columns, width, judge, places }: Lines): ComponentChild => {
  const at = { y: y + (side - line) / 2 }
  return h(
    'g',
    null,
    h('path', { class: 'grid', d: `M0 ${y}H${width}` }),
    textIn(count === 1 ? name : `${count} x ${name}`, { x: 0, ...at, width: labelWidth - 8 }, { end: true }),
    textIn(speaks(seen), { x: labelWidth, ...at, width: speaksWidth - 6 }, { class: 'faint' }),
    ids.map((id, index) =>
      verdictCell(
        own.filter(({ requirement }) => requirement === id),
        name,
        labelWidth + speaksWidth + index * side,
        y,
        places,
      ),
    ),
    columns.map((column) => takenCell(takenOf(seen, column.point, judge), column, name, y)),
  )
}

/** As many rows as there is room for, each group under its title. */
const rowsWithin = (groups: readonly ListenerGroup[]): { shown: (string | ListenerRow)[]; left: number } => {
  let room = mostRows
  const shown: (string | ListenerRow)[] = []
  for (const { title, rows } of groups) {
    if (room <= 0) break
    shown.push(title, ...rows.slice(0, room))
    room -= rows.length
  }
  return {
    shown,
    left:
      Math.max(0, -room) +
      groups.slice(shown.filter((each) => typeof each === 'string').length).reduce((sum, { rows }) => sum + rows.length, 0),
  }
}

const legend = (taken: readonly Taken[]): ComponentChild =>
  h(
    'p',
    { class: 'faint legend' },
    taken.map((each) => [
      h('svg', { class: 'pic', width: 20, height: 20, viewBox: '-10 -10 20 20', 'aria-hidden': 'true' }, signAt(each, 0, 0)),
      ` ${takenWords[each]} `,
    ]),
    '(approved by the profile of the run). Blank: it was not accepted; what was refused of suites and groups stands in the findings.',
  )

/** Listeners x what they accept: for each its verdicts, and every version, suite and group that one of them accepted, with what each made of it. */
export const listenerPicture = (
  { ids, groups, left }: ListenerRows,
  { run }: ReportInput,
  places: Places,
  after: string,
): ComponentChild | null => {
  const all = groups.flatMap(({ rows }) => rows)
  if (all.length === 0) return null
  const profile = tlsProfiles.get(run.policy.profile)
  const day = new Date(run.policy.asOf ?? run.startedAt)
  const { columns, width } = columnsOf(ids, pointsOf(all))
  const judge = ({ kind, code }: Point): Taken => (!profile ? 'accepted' : approves(profile, kind, code, day) ? 'approved' : 'unapproved')
  const lines: Lines = { ids, columns, width, places, judge }
  const names = columns.map(({ point }) => nameOf(point))
  const top = headHeight([...ids.map(shortId), ...names], 380)
  const { shown: rows, left: cut } = rowsWithin(groups)
  const more = left + cut
  const height = top + (rows.length + (more > 0 ? 1 : 0)) * side + 2
  return picture(
    'pic-listeners',
    'Listeners and what they accept',
    `A row for each listener, with its verdicts as letters in shapes, then a column for each version, cipher suite and group that some listener accepted. ${all.length} rows, ${columns.length} code points.`,
    {
      width,
      height,
      children: [
        columnHeads(ids.map(shortId), labelWidth + speaksWidth, top, (index) => anchor(ids[index] ?? '')),
        columns.map(({ x }, index) => columnHeads([names[index] ?? ''], x, top)),
        rows.map((row, index) =>
          typeof row === 'string'
            ? textIn(row, { x: 0, y: top + index * side + (side - line) / 2, width }, { class: 'title' })
            : rowAt(row, top + index * side, lines),
        ),
        more > 0 ? textIn(`and ${more} rows more`, { x: 0, y: top + rows.length * side, width: labelWidth - 8 }, { end: true }) : null,
      ],
    },
    after,
    legend(profile ? ['approved', 'unapproved', 'refused', 'unknown'] : ['accepted', 'refused', 'unknown']),
  )
}
