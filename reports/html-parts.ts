import { type ComponentChild, type ComponentChildren, h } from 'preact'
import type { Verdict } from '../helpers/policy/verdict.ts'

/** The verdict as a word; its colour only repeats it. */
export const badge = (verdict: Verdict): ComponentChild => h('span', { class: `badge ${verdict}` }, verdict)

export type Row = readonly [term: string, description: ComponentChildren]

/** A list of terms; rows without a description are left out. */
export const terms = (rows: readonly Row[]): ComponentChild =>
  h(
    'dl',
    null,
    rows.filter(([, description]) => description !== '').map(([term, description]) => [h('dt', null, term), h('dd', null, description)]),
  )

/** A table in a region of its own, which a keyboard can scroll when it is wider than the page. */
export const table = (caption: string, head: readonly string[], rows: readonly ComponentChild[]): ComponentChild =>
  h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption, tabindex: 0 },
    h(
      'table',
      null,
      h('caption', null, caption),
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          head.map((name) => h('th', { scope: 'col' }, name)),
        ),
      ),
      h('tbody', null, rows),
    ),
  )

export const rowHead = (...children: ComponentChildren[]): ComponentChild => h('th', { scope: 'row' }, children)

/** An anchor's name from a requirement id, whatever the id holds. */
export const anchor = (id: string): string => `r-${id.replace(/[^A-Za-z0-9-]/g, '_')}`

/** The worst verdict of several: a cell must not look better than what is in it. */
export const worst = (list: readonly Verdict[]): Verdict | undefined =>
  (['fail', 'inconclusive', 'pass', 'not-applicable'] as const).find((verdict) => list.includes(verdict))
