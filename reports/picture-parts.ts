import { type ComponentChild, type ComponentChildren, h } from 'preact'
import { visible } from '../helpers/evidence/visible.ts'
import type { Verdict } from '../helpers/policy/verdict.ts'
import { clipped } from './html-parts.ts'

/**
 * Parts of the pictures in report.html: inline SVG (SVG 2), drawn by pure functions, so that the same bundle gives the same bytes. Colours come from the page's style by class;
 * whatever a colour says, a shape or a letter says as well. Lengths are in CSS pixels.
 */

/** Side of a cell. */
export const side = 26
/** Height of a row of text. */
export const line = 20
/** Width of a character of the pictures' font, as the widest of the usual monospaced ones have it: 12 px, 0.61 em. */
const characterWidth = 7.35

/** How many characters have room in a width. */
const charactersIn = (width: number): number => Math.max(1, Math.floor(width / characterWidth))

/** As much of a text as has room in a width. */
export const fitting = (text: string, width: number): string => {
  const most = charactersIn(width)
  // Made visible before it is measured: what an eye cannot see takes room then.
  const shown = visible(text.slice(0, 4 * most))
  return shown.length > most ? clipped(shown, most - 2) : shown
}

/** How wide a text is drawn, at most `most`. */
export const widthOf = (text: string, most = Number.POSITIVE_INFINITY): number =>
  Math.min(most, Math.ceil(visible(text).length * characterWidth))

const letters = { pass: 'P', fail: 'F', inconclusive: 'I', 'not-applicable': 'n/a' } as const

const shapeOf = (verdict: Verdict): ComponentChild | null => {
  const square = { x: -9, y: -9, width: 18, height: 18 }
  switch (verdict) {
    case 'pass':
      return h('circle', { class: 'ring', r: 9 })
    case 'fail':
      return h('rect', { class: 'full', ...square })
    case 'inconclusive':
      return h('rect', { class: 'ring dash', ...square })
    case 'not-applicable':
      return null
  }
}

const sign = (verdict: Verdict): ComponentChild =>
  h(
    'g',
    { id: `p-${verdict}`, class: verdict },
    shapeOf(verdict),
    h('text', { class: verdict === 'fail' ? 'letter on' : 'letter', y: 4 }, letters[verdict]),
  )

/** What a listener made of a code point: accepted what the profile approves or does not (or the profile is not known here), refused between accepted controls, or nobody knows. */
export type Taken = 'approved' | 'unapproved' | 'accepted' | 'refused' | 'unknown'

const takenSigns = (): ComponentChild[] => [
  h('g', { id: 'p-approved', class: 'pass' }, h('circle', { class: 'full', r: 6 })),
  h(
    'g',
    { id: 'p-unapproved', class: 'fail' },
    h('path', { class: 'full', d: 'M0-9 9 7H-9z' }),
    h('text', { class: 'letter on', y: 5 }, '!'),
  ),
  h('g', { id: 'p-accepted', class: 'faint' }, h('circle', { class: 'full', r: 6 }), h('text', { class: 'letter on', y: 4 }, '?')),
  h('g', { id: 'p-unknown', class: 'faint' }, h('text', { class: 'letter', y: 4 }, '?')),
  h('g', { id: 'p-refused', class: 'faint' }, h('path', { class: 'ring', d: 'M-4-4 4 4M4-4-4 4' })),
]

/** The signs that all pictures of the page share; drawn once, shown nowhere by themselves. */
export const signs = (): ComponentChild =>
  h(
    'svg',
    { class: 'signs', width: 0, height: 0, 'aria-hidden': 'true' },
    h(
      'defs',
      null,
      (['pass', 'fail', 'inconclusive', 'not-applicable'] as const).map(sign),
      takenSigns(),
      h(
        'pattern',
        { id: 'p-hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
        h('path', { class: 'stripe', d: 'M0 0V6' }),
      ),
    ),
  )

/** A sign with its middle at a place. */
export const signAt = (name: Verdict | Taken, x: number, y: number): ComponentChild => h('use', { href: `#p-${name}`, x, y })

const mostOfLabel = 700

/** A link in a picture; what it says is its name for whoever hears the page, and is shown to whoever points at it. Text that the link shows has to begin it. */
export const linkTo = (target: string, says: string, ...children: ComponentChildren[]): ComponentChild => {
  const label = clipped(says, mostOfLabel)
  return h('a', { href: `#${target}`, 'aria-label': label }, h('title', null, label), children)
}

/** Text in a box that cuts off what leaves it: text of a cluster can be of any length and of any height. */
export const textIn = (
  text: string,
  { x, y, width, height = line }: { x: number; y: number; width: number; height?: number },
  more: { class?: string; end?: boolean } = {},
): ComponentChild =>
  h(
    'svg',
    { x, y, width, height },
    h(
      'text',
      { x: more.end ? width : 0, y: height / 2 + 4, ...(more.end && { 'text-anchor': 'end' }), ...(more.class && { class: more.class }) },
      fitting(text, width),
    ),
  )

/** The heads of columns, written upwards, from `x` on, above `y`. */
export const columnHeads = (
  names: readonly string[],
  x: number,
  y: number,
  linkOf?: (index: number) => string | undefined,
): ComponentChild[] =>
  names.map((name, index) => {
    const head = h(
      'svg',
      { x: x + index * side, y: 0, width: side, height: y },
      h('text', { transform: `translate(${side / 2 + 4} ${y - 6}) rotate(-90)` }, fitting(name, y - 8)),
    )
    const target = linkOf?.(index)
    const text = fitting(name, y - 8)
    return target === undefined ? head : linkTo(target, text === name ? name : `${text}: ${name}`, head)
  })

/** How high the heads of columns have to be. */
export const headHeight = (names: readonly string[], most: number): number =>
  Math.max(40, ...names.map((name) => widthOf(name, most - 14) + 14))

/** Below which width of a page the picture does not fit into it; the style has the three. */
const breadthOf = (width: number): string => (width <= 600 ? 'small' : width <= 900 ? 'middle' : 'broad')

export type Drawing = { width: number; height: number; children: ComponentChildren }

/**
 * A picture with its name, what it shows in a sentence, and what its signs mean. It scrolls by itself where the page is narrow, and can be passed over by keyboard: `after` is
 * the anchor of what follows it.
 */
export const picture = (
  id: string,
  title: string,
  description: string,
  { width, height, children }: Drawing,
  after: string,
  legend?: ComponentChildren,
): ComponentChild =>
  h(
    'figure',
    { class: 'picture' },
    h('figcaption', null, title, h('span', { class: `narrow ${breadthOf(width)} faint` }, ' (wider than this screen: scroll it sideways)')),
    h('a', { class: 'skip', href: `#${after}` }, 'Skip this picture'),
    h(
      'div',
      { class: 'scroll', role: 'region', 'aria-label': `Picture: ${title}`, tabindex: 0 },
      h(
        'svg',
        {
          class: 'pic',
          role: 'group',
          'aria-labelledby': `${id}-t`,
          'aria-describedby': `${id}-d`,
          viewBox: `0 0 ${width} ${height}`,
          width,
          height,
        },
        h('title', { id: `${id}-t` }, title),
        h('desc', { id: `${id}-d` }, description),
        children,
      ),
    ),
    legend ?? null,
  )

/** The text alternative of a picture, folded away: it says the same. */
export const asTable = (id: string, table: ComponentChildren): ComponentChild =>
  h('details', { id }, h('summary', null, 'The same as a table'), table)
