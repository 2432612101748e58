import { styleText } from 'node:util'
import { type Verdict, verdicts } from '../policy/verdict.ts'
import type { Counts, Summary, SummaryRow } from './summary.ts'
import { visible } from './visible.ts'

/** Colours, and nothing else: it must not change the width of a text. */
export type Styler = {
  verdict: (verdict: Verdict, text: string) => string
  strong: (text: string) => string
  faint: (text: string) => string
}

export const plainStyler: Styler = { verdict: (_verdict, text) => text, strong: (text) => text, faint: (text) => text }

const colours = { pass: 'green', fail: 'red', inconclusive: 'yellow', 'not-applicable': 'gray' } as const

const colourStyler: Styler = {
  verdict: (verdict, text) => styleText(colours[verdict], text, { validateStream: false }),
  strong: (text) => styleText('bold', text, { validateStream: false }),
  faint: (text) => styleText('dim', text, { validateStream: false }),
}

/** Colours for a terminal, unless NO_COLOR is set to anything (no-color.org), TERM is dumb, or there is no terminal. */
export const stylerFor = ({ env, isTerminal }: { env: Readonly<Record<string, string | undefined>>; isTerminal: boolean }): Styler =>
  isTerminal && !env.NO_COLOR && env.TERM !== 'dumb' ? colourStyler : plainStyler

const wide =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\u3000-\u303f\uff00-\uff60\uffe0-\uffe6]/u

const cells = (text: string): number =>
  Array.from(text).reduce((sum, character) => sum + (wide.test(character) ? 2 : /\p{Mn}/u.test(character) ? 0 : 1), 0)

/** Breaks at spaces, and inside a word only where it is wider than the line. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  let line = ''
  const room = () => width - cells(line) - (line ? 1 : 0)
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (cells(word) <= room()) {
      line = line ? `${line} ${word}` : word
      continue
    }
    if (line) lines.push(line)
    line = ''
    for (const character of word) {
      if (cells(line) + cells(character) > width && line) {
        lines.push(line)
        line = ''
      }
      line += character
    }
  }
  return line ? [...lines, line] : lines
}

const padding = (text: string, width: number): string => ' '.repeat(Math.max(0, width - cells(text)))

/** The counts that are not 0, the worst first. */
const countWords = (counts: Counts): { verdict: Verdict; text: string }[] => {
  const worstFirst: Verdict[] = ['fail', 'inconclusive', 'pass', 'not-applicable']
  const words = worstFirst.filter((verdict) => counts[verdict] > 0).map((verdict) => ({ verdict, text: `${counts[verdict]} ${verdict}` }))
  if (words.length === 0) return [{ verdict: 'inconclusive', text: 'not judged' }]
  return counts.waived > 0 ? [...words, { verdict: 'not-applicable' as const, text: `${counts.waived} waived` }] : words
}

const countWidth = Math.max(...verdicts.map((verdict) => verdict.length)) + 6

const rowLines = (row: SummaryRow, idWidth: number, width: number, style: Styler): string[] => {
  const subjectsWidth = 'subjects'.length
  const reasonWidth = width - idWidth - subjectsWidth - countWidth - 6
  const counts = countWords(row.counts)
  const reason = row.first ? wrap(visible(`${row.first.subject.name}: ${row.first.reason}`), reasonWidth) : []
  const name = wrap(visible(row.requirement), idWidth)
  if (!row.claimed) name.push('not claimed')
  const height = Math.max(name.length, counts.length, reason.length)
  return Array.from({ length: height }, (_, index) => {
    const id = name[index] ?? ''
    const tally = counts[index]
    // Padding stays outside of the colours, so that trimming a line is the same with them and without.
    const columns = [
      (index === 0 ? style.strong(id) : style.faint(id)) + padding(id, idWidth),
      (index === 0 ? String(row.subjects) : '').padStart(subjectsWidth),
      (tally ? style.verdict(tally.verdict, tally.text) : '') + padding(tally?.text ?? '', countWidth),
      reason[index] ?? '',
    ]
    return columns.join('  ').trimEnd()
  })
}

/** The table for a terminal: requirement, subjects, verdicts, and the first reason that is no pass; lines of at most `width` columns, each ending in a line feed. */
export const summaryTable = (summary: Summary, { width = 100, style = plainStyler }: { width?: number; style?: Styler } = {}): string => {
  const idWidth = Math.min(24, Math.max('not claimed'.length, ...summary.rows.map(({ requirement }) => requirement.length)))
  const head = ['requirement'.padEnd(idWidth), 'subjects', 'verdicts'.padEnd(countWidth), 'first that is no pass'].join('  ')
  const lines = [style.strong(head), ...summary.rows.flatMap((row) => rowLines(row, idWidth, width, style))]
  return lines.map((line) => `${line}\n`).join('')
}
