import { type ComponentChild, type ComponentChildren, h } from 'preact'
import type { Subject } from '../helpers/evidence/model.ts'
import type { Counts } from '../helpers/evidence/summary.ts'
import { type Verdict, verdicts } from '../helpers/policy/verdict.ts'

/** The verdict as a word; its colour only repeats it. */
export const badge = (verdict: Verdict): ComponentChild => h('span', { class: `badge ${verdict}` }, verdict)

const letters = { pass: 'P', fail: 'F', inconclusive: 'I', 'not-applicable': 'n/a' } as const

/** The verdict as a letter in a shape of its own (circle, filled square, dashed square, none), for narrow columns; a link where `href` is given. */
export const mark = (verdict: Verdict, to?: { href: string; label: string }): ComponentChild =>
  to
    ? h(
        'a',
        { class: `mark ${verdict}`, href: to.href, 'aria-label': `${letters[verdict]}, ${to.label}`, title: to.label },
        letters[verdict],
      )
    : h('span', { class: `mark ${verdict}` }, letters[verdict])

/** What the letters of `mark` mean. */
export const legend = (): ComponentChild =>
  h(
    'p',
    { class: 'faint' },
    verdicts.map((verdict) => [mark(verdict), ` ${verdict.replace('-', ' ')} `]),
  )

/** Counts that are not 0, the worst first, one a line. */
export const countLines = (counts: Pick<Counts, Verdict> & { waived?: number }): ComponentChild[] => {
  const lines = worstFirst
    .filter((verdict) => counts[verdict] > 0)
    .map((verdict) => h('div', { class: `badge ${verdict}` }, `${counts[verdict]} ${verdict.replace('-', ' ')}`))
  return counts.waived ? [...lines, h('div', { class: 'badge' }, `${counts.waived} of them waived`)] : lines
}

export type Row = readonly [term: string, description: ComponentChildren]

/** A list of terms; rows without a description are left out. */
export const terms = (rows: readonly Row[]): ComponentChild =>
  h(
    'dl',
    null,
    rows.filter(([, description]) => description !== '').map(([term, description]) => [h('dt', null, term), h('dd', null, description)]),
  )

export const list = (items: readonly ComponentChildren[]): ComponentChildren =>
  items.length > 0
    ? h(
        'ul',
        null,
        items.map((item) => h('li', null, item)),
      )
    : ''

const headCell = (name: ComponentChildren): ComponentChild => h('th', { scope: 'col' }, name)

/** Rows under a heading of their own, which spans the table. */
export type RowGroup = { title: ComponentChildren; rows: readonly ComponentChild[] }

const groupRows = ({ title, rows }: RowGroup, columns: number): ComponentChild =>
  h('tbody', null, h('tr', null, h('th', { scope: 'rowgroup', colSpan: columns, class: 'group' }, title)), rows)

/** A table in a region of its own, which a keyboard can scroll when it is wider than the page. */
export const groupedTable = (caption: string, head: readonly ComponentChildren[], groups: readonly RowGroup[]): ComponentChild =>
  tableOf(
    caption,
    head,
    groups.map((group) => groupRows(group, head.length)),
  )

export const table = (caption: string, head: readonly ComponentChildren[], rows: readonly ComponentChild[]): ComponentChild =>
  tableOf(caption, head, h('tbody', null, rows))

const tableOf = (caption: string, head: readonly ComponentChildren[], bodies: ComponentChildren): ComponentChild =>
  h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 },
    h('table', null, h('caption', null, caption), h('thead', null, h('tr', null, head.map(headCell))), bodies),
  )

export const rowHead = (...children: ComponentChildren[]): ComponentChild => h('th', { scope: 'row' }, children)

/**
 * Text that may break behind the separators of lists, paths and addresses, and nowhere inside their parts. Browsers break behind a slash by themselves
 * (UAX 14), but not before a digit or a bracket; what needs no help stays whole, so that it is found in the file as it was written.
 */
export const breakable = (text: string): ComponentChild[] =>
  text
    .split(/(?<=.[,;=])(?=[^/\s])|(?<=.\/)(?=[\d[])/)
    .flatMap((part, index): ComponentChild[] => (index === 0 ? [part] : [h('wbr', null), part]))

/** An anchor's name from a requirement id, whatever the id holds. */
export const anchor = (id: string): string => `r-${id.replace(/[^A-Za-z0-9-]/g, '_')}`

const worstFirst = ['fail', 'inconclusive', 'pass', 'not-applicable'] as const

/** The first `most` characters of a text, whole characters only. */
export const clipped = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most).toWellFormed()} …` : text)

/** Longer than any name that Kubernetes, Linux or a path component allows; what is longer was made to be. */
const mostOfName = 300
export const shortName = (name: string): string => clipped(name, mostOfName)

/** `kubelet on node-a`; a node is not on itself. */
export const subjectName = ({ kind, name, node }: Subject): string =>
  node && kind !== 'node' ? `${shortName(name)} on ${shortName(node)}` : shortName(name)

/** The members of a record by name. */
export const sorted = <T>(record: Readonly<Record<string, T>>): [name: string, value: T][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))

/** Names with their values in one paragraph, for what is looked up rather than read. */
export const pairs = (record: Readonly<Record<string, string>>): ComponentChildren => {
  const told = sorted(record).filter(([, value]) => value !== '')
  return told.length > 0 ? told.map(([name, value], index) => [index > 0 ? ' · ' : '', h('b', null, name), ' ', breakable(value)]) : ''
}

/** The worst verdict of several: nothing must look better than what is in it. */
export const worst = (list: readonly Verdict[]): Verdict | undefined => worstFirst.find((verdict) => list.includes(verdict))
