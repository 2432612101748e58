import { type ComponentChild, h } from 'preact'
import type { Standing } from '../helpers/evidence/claim.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { line, picture, textIn, widthOf } from './picture-parts.ts'
import { coverageOf } from './result.ts'
import { toldFindings } from './told.ts'

const [labelWidth, barWidth, barHeight, rowHeight] = [130, 420, 18, 28]

/** A part of a bar: how much, how it is filled, and its letter. */
type Part = { count: number; style: string; letter: string; words: string }
type Bar = { name: string; parts: readonly Part[]; words: string }

const standings: readonly { standing: Standing; style: string; letter: string }[] = [
  { standing: 'fail', style: 'fail full', letter: 'F' },
  { standing: 'waived', style: 'fail hatch', letter: 'W' },
  { standing: 'inconclusive', style: 'inconclusive dash', letter: 'I' },
  { standing: 'pass', style: 'pass ring', letter: 'P' },
  { standing: 'not-applicable', style: 'faint thin', letter: 'n/a' },
]

const bar = (name: string, parts: readonly Part[], more = ''): Bar => ({
  name,
  parts: parts.filter(({ count }) => count > 0),
  words: `${parts
    .filter(({ count }) => count > 0)
    .map(({ count, words }) => `${count} ${words}`)
    .join(', ')}${more}`,
})

/** How findings stand: what was claimed, what was not, and what was planted. */
const claimBars = (input: ReportInput): Bar[] => {
  const told = toldFindings(input)
  const groups = [
    ['claimed', told.filter(({ claimed, plant }) => claimed && !plant)],
    ['not claimed', told.filter(({ claimed, plant }) => !claimed && !plant)],
    ['planted', told.filter(({ plant }) => plant)],
  ] as const
  return groups
    .filter(([, own]) => own.length > 0)
    .map(([name, own]) =>
      bar(
        name,
        standings.map(({ standing, style, letter }) => ({
          count: own.filter((each) => each.standing === standing).length,
          style,
          letter,
          words: standing.replace('-', ' '),
        })),
      ),
    )
}

/** What was seen of what is there: with a result, judged without one, not judged. */
const coverageBars = (input: ReportInput): Bar[] =>
  coverageOf(input).map(({ kind, there, judged, conclusive, complete }) =>
    bar(
      `${kind}s`,
      [
        { count: conclusive, style: 'seen full', letter: '', words: 'with a result' },
        { count: judged - conclusive, style: 'inconclusive dash', letter: 'I', words: 'judged without a result' },
        { count: Math.max(0, there - judged), style: 'faint hatch', letter: '?', words: 'not judged' },
      ],
      complete ? '' : '; inventory not complete',
    ),
  )

const least = 4

/** Widths that add up to the bar's: each in proportion, none so small that it is not seen. */
const widthsOf = (counts: readonly number[]): number[] => {
  const all = counts.reduce((sum, count) => sum + count, 0)
  const free = barWidth - least * counts.length
  return counts.map((count) => least + (free * count) / all)
}

const round = (length: number): number => Math.round(length * 10) / 10

const barAt = ({ name, parts, words }: Bar, y: number): ComponentChild => {
  const widths = widthsOf(parts.map(({ count }) => count))
  let x = labelWidth
  return h(
    'g',
    null,
    textIn(name, { x: 0, y: y + (rowHeight - line) / 2, width: labelWidth - 8 }, { end: true }),
    parts.map(({ count, style, letter, words: what }, index) => {
      const [from, width] = [x, widths[index] ?? 0]
      x += width
      const text = letter === '' ? String(count) : `${count} ${letter}`
      return h(
        'g',
        { class: style },
        h('title', null, `${name}: ${count} ${what}`),
        h('rect', { class: 'part', x: round(from), y: y + (rowHeight - barHeight) / 2, width: round(width - 2), height: barHeight }),
        widthOf(text) + 6 <= width ? h('text', { class: 'letter', x: round(from + width / 2 - 1), y: y + rowHeight / 2 + 4 }, text) : null,
      )
    }),
    textIn(words === '' ? 'nothing' : words, { x: labelWidth + barWidth + 10, y: y + (rowHeight - line) / 2, width: 400 }),
  )
}

const barPicture = (id: string, title: string, description: string, bars: readonly Bar[], after: string): ComponentChild | null =>
  bars.length === 0
    ? null
    : picture(
        id,
        title,
        description,
        {
          width: labelWidth + barWidth + 412,
          height: bars.length * rowHeight,
          children: bars.map((each, index) => barAt(each, index * rowHeight)),
        },
        after,
      )

/** How far the claim is shown, as a bar of its findings. */
export const claimPicture = (input: ReportInput, after: string): ComponentChild | null =>
  barPicture(
    'pic-claim',
    'The claim: how its findings stand',
    'A bar for what was claimed, one for what was not, one for planted defects, each divided by verdict; the numbers stand beside it.',
    claimBars(input),
    after,
  )

/** What was seen of what is there, as bars. */
export const coveragePicture = (input: ReportInput, after: string): ComponentChild | null =>
  barPicture(
    'pic-coverage',
    'Coverage: what was seen of what is there',
    'A bar for each kind of subject in the inventory: with a result, judged without one, not judged; the numbers stand beside it.',
    coverageBars(input),
    after,
  )
