import type { Change, ReportInput } from '../helpers/evidence/report-input.ts'
import type { Counts } from '../helpers/evidence/summary.ts'
import { visible } from '../helpers/evidence/visible.ts'
import { providerLines } from './html-providers.ts'
import { coverageLines, resultOf } from './result.ts'
import { changeWords, type Told, toldFindings, waiverLine, waiverWords } from './told.ts'

/** GitHub takes job summaries of up to 1 MiB; what is left over is for what a caller puts around it. */
const mostBytes = 1_000_000
/** A longer text of a cluster is cut. */
const mostCharacters = 600

/**
 * Text of a cluster as text: every sign that Markdown, HTML, mentions or automatic links could be made of becomes its number. One line, so that it can stand in a table.
 */
const plainMarkdown = (text: string): string => {
  // Cut before it is looked at: the length of a text is the cluster's choice.
  const shown = visible(text.slice(0, 2 * mostCharacters).toWellFormed())
    .replace(/\s+/g, ' ')
    .trim()
  const cut = shown.length > mostCharacters ? `${shown.slice(0, mostCharacters).toWellFormed()} ...` : shown
  return cut
    .replace(/[&<>|`*_[\]()#@!\\~^{}$"']/g, (sign) => `&#${sign.codePointAt(0)};`)
    .replace(/:(?=\/\/)/g, '&#58;')
    .replace(/\bwww\./gi, (start) => `${start.slice(0, -1)}&#46;`)
    .replace(/^([-+=]|\d+(?=[.)]))/, (start) => [...start].map((sign) => `&#${sign.codePointAt(0)};`).join(''))
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`

const countWords = (counts: Counts): string =>
  [`${counts.pass} pass`, `${counts.fail} fail`, `${counts.inconclusive} inconclusive`, `${counts['not-applicable']} not applicable`].join(
    ', ',
  ) + (counts.waived > 0 ? `; ${counts.waived} of them waived` : '')

const summaryLines = ({ summary }: ReportInput): string[] => [
  '## Requirements',
  '',
  row(['requirement', 'claimed', 'subjects', 'pass', 'fail', 'inconclusive', 'not applicable', 'waived']),
  row(['---', '---', '---:', '---:', '---:', '---:', '---:', '---:']),
  ...summary.rows.map(({ requirement, title, claimed, subjects, counts }) =>
    row([
      `${plainMarkdown(requirement)}${title === requirement ? '' : `: ${plainMarkdown(title)}`}`,
      claimed ? 'yes' : 'no',
      subjects,
      counts.pass,
      counts.fail,
      counts.inconclusive,
      counts['not-applicable'],
      counts.waived,
    ]),
  ),
  '',
  `Of the cluster: ${countWords(summary.cluster)}. Of planted defects and controls: ${countWords(summary.plants)}.`,
  '',
]

const findingLine = ({ finding: { requirement, subject, verdict, reason, remedy }, claimed, waiver }: Told): string =>
  [
    `- **${verdict}** ${plainMarkdown(requirement)}${claimed ? '' : ' (not claimed)'}: ${plainMarkdown(subject.name)}`,
    subject.node && subject.kind !== 'node' ? ` on ${plainMarkdown(subject.node)}` : '',
    `: ${plainMarkdown(reason)}.`,
    waiver ? ` ${plainMarkdown(waiverWords(waiver))}.` : '',
    remedy && !waiver ? ` Remedy: ${plainMarkdown(remedy)}` : '',
    ` <sub>${plainMarkdown(subject.key)}</sub>`,
  ].join('')

/** As many lines as there is room for, made one by one, and how many were left out. */
const within = <T>(items: readonly T[], toLine: (item: T) => string, room: number): { shown: string[]; left: number } => {
  const encoder = new TextEncoder()
  let used = 0
  const shown: string[] = []
  for (const item of items) {
    const line = toLine(item)
    used += encoder.encode(line).length + 1
    if (used > room) break
    shown.push(line)
  }
  return { shown, left: items.length - shown.length }
}

const part = <T>(title: string, items: readonly T[], toLine: (item: T) => string, room: number): string[] => {
  if (items.length === 0) return []
  const { shown, left } = within(items, toLine, room)
  return [`## ${title}`, '', ...shown, ...(left > 0 ? [`- and ${left} more, which findings.json and findings.csv hold`] : []), '']
}

const changeLine = ({ kind, requirement, name, before, now }: Change): string =>
  `- ${changeWords[kind]}: ${plainMarkdown(requirement)} on ${plainMarkdown(name)} (${before ?? 'not judged'} before, ${now ?? 'not judged'} now)`

/** Markdown fit for a job summary: claim and result, requirements, what changed, what is waived, what fails, what was seen of what is there; under 1 MiB. */
export const markdownReport = (input: ReportInput): string => {
  const { run, comparison, waivers } = input
  const trouble = toldFindings(input).filter(({ finding }) => finding.verdict === 'fail' || finding.verdict === 'inconclusive')
  const rank = ({ claimed, standing }: Told): number => (claimed ? 0 : 10) + (standing === 'fail' ? 0 : standing === 'inconclusive' ? 1 : 2)
  const { verdict, text } = resultOf(input)
  const since = comparison ? `What changed since ${plainMarkdown(comparison.since.runId)}` : ''
  return `${[
    `# FIPS mode of ${plainMarkdown(run.cluster.name)}: ${verdict}`,
    '',
    `${plainMarkdown(input.claimLine)}.`,
    '',
    `**${verdict}**: ${text}.`,
    '',
    ...part(since, comparison?.changes ?? [], changeLine, mostBytes * 0.15),
    ...(comparison && comparison.changes.length === 0 ? [`## ${since}`, '', 'Nothing.', ''] : []),
    ...part('Waivers', waivers, (seen) => `- ${plainMarkdown(waiverLine(seen))}`, mostBytes * 0.15),
    ...within(summaryLines(input), (text) => text, mostBytes * 0.2).shown,
    ...part(
      'What fails or could not be shown',
      trouble.toSorted((a, b) => rank(a) - rank(b)),
      findingLine,
      mostBytes * 0.4,
    ),
    ...part('Coverage', coverageLines(input), (text) => `- ${plainMarkdown(text)}`, mostBytes * 0.05),
    ...providerLines(run.provider),
    `Run ${plainMarkdown(run.runId)}, ${run.startedAt}, ${plainMarkdown(run.tool.name)} ${plainMarkdown(run.tool.version)}, profile ${plainMarkdown(run.policy.profile)}, certificate data of ${plainMarkdown(run.policy.certificatesAsOf)}.`,
  ].join('\n')}\n`
}
