import { type ComponentChild, type ComponentChildren, h } from 'preact'
import type { Change, ComparisonSeen, ReportInput } from '../helpers/evidence/report-input.ts'
import { anchor, badge, breakable, rowHead, table } from './html-parts.ts'
import { coverageOf, inventoryText } from './result.ts'
import { changeWords } from './told.ts'

const mostChanges = 400

const verdictOf = (verdict: Change['before']): ComponentChildren => (verdict ? badge(verdict) : 'not judged')

const changeRow = ({ kind, requirement, name, before, now }: Change, known: ReadonlySet<string>): ComponentChild =>
  h(
    'tr',
    null,
    rowHead(changeWords[kind]),
    h('td', null, known.has(requirement) ? h('a', { href: `#${anchor(requirement)}` }, breakable(requirement)) : breakable(requirement)),
    h('td', null, breakable(name)),
    h('td', null, verdictOf(before)),
    h('td', null, verdictOf(now)),
  )

const changesTable = (caption: string, changes: readonly Change[], known: ReadonlySet<string>): ComponentChild =>
  table(
    caption,
    ['change', 'requirement', 'subject', 'before', 'now'],
    changes.map((change) => changeRow(change, known)),
  )

/** What neither breaks nor mends anything; many of them hide what does. */
const isQuiet = ({ kind }: Change): boolean => kind === 'evidence-changed' || kind === 'new-subject'
const mostQuiet = 10

/** What differs from the run that this one is held against, the gravest first. */
export const changesPart = ({ since, changes }: ComparisonSeen, { summary }: ReportInput): ComponentChildren => {
  const about = `Held against run ${since.runId}, which started ${since.startedAt}.`
  if (changes.length === 0) return h('p', null, about, ' Nothing changed.')
  const known = new Set(summary.rows.map(({ requirement }) => requirement))
  const kinds = [...Map.groupBy(changes, ({ kind }) => kind)].map(([kind, own]) => `${own.length} ${changeWords[kind]}`)
  const shown = changes.slice(0, mostChanges)
  const quiet = shown.filter(isQuiet)
  const isFolded = quiet.length > mostQuiet
  const open = isFolded ? shown.filter((change) => !isQuiet(change)) : shown
  return [
    h('p', null, about, ` ${kinds.join('; ')}.`),
    open.length > 0 ? changesTable('Changes', open, known) : null,
    isFolded
      ? h(
          'details',
          null,
          h('summary', null, `${quiet.length} that came out as before on other evidence, or are new`),
          changesTable('Changes that break and mend nothing', quiet, known),
        )
      : null,
    changes.length > mostChanges ? h('p', null, `And ${changes.length - mostChanges} more.`) : null,
  ]
}

/** A bundle knows its own run alone: what changed is told where two are at hand. */
export const notCompared = (): ComponentChild =>
  h(
    'p',
    null,
    'This report was made from one bundle, and holds it against no other run. ',
    h('code', null, 'fips-conformance report BUNDLE --since EARLIER'),
    ' tells here what changed; ',
    h('code', null, 'fips-conformance compare EARLIER BUNDLE'),
    ' tells it with an exit code.',
  )

/** Every waiver with its last day; what is waived stays a failure, and is counted as one. */
export const waiversPart = ({ waivers }: ReportInput): ComponentChildren =>
  waivers.length === 0
    ? h('p', null, 'There is no waiver: nothing that fails is accepted.')
    : table(
        'Waivers: failures that somebody accepted until a day',
        ['waiver', 'until', 'what it covers', 'findings', 'remark', 'why', 'owner, approver, ticket'],
        waivers.map(({ waiver: { id, scope, reason, owner, approver, ticket, expires }, covered, remark }) =>
          h(
            'tr',
            null,
            rowHead(breakable(id)),
            h('td', { class: 'line' }, expires),
            h('td', null, breakable(`${scope.requirement} on ${scope.subject}`)),
            h('td', { class: 'number' }, covered),
            h('td', null, remark),
            h('td', null, reason),
            h('td', null, breakable(`${owner}, ${approver}, ${ticket}`)),
          ),
        ),
      )

/** What was seen of what is there. */
export const coveragePart = (input: ReportInput): ComponentChildren =>
  table(
    'Coverage: what was judged of what the inventory has',
    ['kind', 'in the inventory', 'judged', 'with a result', 'inventory'],
    coverageOf(input).map((seen) =>
      h(
        'tr',
        null,
        rowHead(`${seen.kind}s`),
        h('td', { class: 'number' }, seen.there),
        h('td', { class: 'number' }, seen.judged),
        h('td', { class: 'number' }, seen.conclusive),
        h('td', null, inventoryText(seen)),
      ),
    ),
  )
