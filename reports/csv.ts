import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { visible } from '../helpers/evidence/visible.ts'
import { changesByFinding, toldFindings } from './told.ts'

const columns = [
  'requirement',
  'claimed',
  'verdict',
  'standing',
  'kind',
  'subject',
  'name',
  'node',
  'reason',
  'expected',
  'observed',
  'remedy',
  'waiver',
  'waived until',
  'change',
  'notes',
  'observations',
] as const

/** What a spreadsheet takes for a formula: also behind blanks, and in the wide forms that some of them fold (OWASP, CSV injection). */
const formula = /^[\s\u3000]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/u

/** A cell: always quoted (RFC 4180), one line, and with an apostrophe in front where it could be taken for a formula. */
const cell = (text: string): string => {
  const plain = visible(text).replace(/[\t\n]+/g, ' ')
  return `"${(formula.test(plain) ? `'${plain}` : plain).replaceAll('"', '""')}"`
}

const row = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`

/** CSV (RFC 4180): a row for each finding, claimed or not, in the order of the bundle. */
export function* csvPieces(input: ReportInput): Generator<string> {
  const changes = changesByFinding(input)
  yield row(columns)
  for (const { finding, key, claimed, standing, waiver } of toldFindings(input)) {
    const { requirement, subject, verdict, reason, expected, observed, remedy, notes, observations } = finding
    yield row([
      requirement,
      claimed ? 'yes' : 'no',
      verdict,
      standing,
      subject.kind,
      subject.key,
      subject.name,
      subject.node ?? '',
      reason,
      expected,
      observed,
      remedy,
      waiver?.id ?? '',
      waiver?.seen?.waiver.expires ?? '',
      changes.get(key)?.kind ?? '',
      notes.join('; '),
      observations.join(' '),
    ])
  }
}
