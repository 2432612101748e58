import { type ComponentChild, h } from 'preact'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { SummaryRow } from '../helpers/evidence/summary.ts'
import type { Requirement } from '../helpers/policy/catalogue.ts'
import { conflictsOf } from '../helpers/policy/frameworks.ts'
import { type Step, stepsByHand } from './by-hand.ts'
import type { Places } from './conversations.ts'
import type { FindingGroup, GroupMember } from './finding-groups.ts'
import { mostOfText } from './html-levels.ts'
import { restsOn } from './html-observations.ts'
import { anchor, badge, breakable, clipped, list, pairs, subjectName, terms } from './html-parts.ts'
import { waiverWords } from './told.ts'

/** A reason of up to so many characters stands in the summary as a whole, and nowhere else. */
const inSummary = 300

const text = (words: string): string => clipped(words, mostOfText)

const titleOf = ({ members }: FindingGroup): string => {
  const subjects = members.map(({ finding }) => finding.subject)
  const [first, ...others] = subjects
  if (!first) return ''
  const kind = first.kind === 'cluster' ? '' : `${first.kind} `
  if (others.length === 0) return `${kind}${subjectName(first)}`
  const nodes = new Set(subjects.map(({ node }) => node)).size
  const isOnePerNode = nodes === subjects.length && others.every(({ name }) => name === first.name)
  return isOnePerNode ? `${kind}${first.name} on ${nodes} nodes` : `${subjects.length} ${first.kind}s`
}

const stepItem = ({ what, command, prints }: Step): ComponentChild =>
  h('li', null, what, ':', h('pre', { tabindex: 0 }, h('code', null, command)), 'prints ', h('code', null, breakable(prints)))

const byHand = (steps: readonly Step[]): ComponentChild | '' =>
  steps.length === 0
    ? ''
    : h(
        'details',
        { class: 'hand' },
        h('summary', null, 'with openssl and a shell, in the folder of the bundle'),
        h('ol', null, steps.map(stepItem)),
      )

const memberItem = (
  { finding, observed, notes }: GroupMember,
  { anchorOf, conversationsOf, waiverOf, isListed }: Places,
  input: ReportInput,
): ComponentChild => {
  const waiver = waiverOf(finding)
  return h(
    'li',
    { id: anchorOf(finding) },
    h('strong', null, breakable(subjectName(finding.subject))),
    terms([
      ['key', h('code', null, breakable(finding.subject.key))],
      ['details', pairs(finding.subject.detail)],
      ['observed', text(observed)],
      ['notes', list(notes.map(text))],
      ['waiver', waiver ? waiverWords(waiver) : ''],
      ['rests on', restsOn(conversationsOf(finding), isListed)],
      ['by hand', byHand(stepsByHand(finding, input))],
    ]),
  )
}

/** Members that are only named, and how many are not even that. */
const others = ({ members }: FindingGroup, { levelOf }: Places): ComponentChild[] => {
  const named = members.filter(({ finding }) => levelOf(finding) === 'name')
  const left = members.filter(({ finding }) => levelOf(finding) === 'left').length
  return [
    ...(named.length > 0
      ? [
          h(
            'details',
            null,
            h('summary', null, `${named.length} more, judged in the same words`),
            h('p', null, named.map(({ finding }) => subjectName(finding.subject)).join(', ')),
          ),
        ]
      : []),
    ...(left > 0 ? [h('p', null, `And ${left} more, which findings.json and findings.csv hold.`)] : []),
  ]
}

const groupBlock = (group: FindingGroup, places: Places, input: ReportInput): ComponentChild => {
  const full = group.members.filter(({ finding }) => places.levelOf(finding) === 'full')
  const waived = group.members.filter(({ finding }) => places.waiverOf(finding)).length
  const { verdict, reason, expected, observed, remedy, notes, members } = group
  return h(
    'details',
    { open: verdict === 'fail' || verdict === 'inconclusive' },
    h(
      'summary',
      null,
      badge(verdict),
      waived > 0 ? ` (${waived === members.length ? 'waived' : `${waived} waived`})` : '',
      ' ',
      h('strong', null, breakable(titleOf(group))),
      h('span', { class: 'faint' }, ': ', clipped(reason, inSummary)),
    ),
    terms([
      ['reason', reason.length > inSummary ? text(reason) : ''],
      ['expected', text(expected)],
      ['observed', text(observed)],
      ['remedy', text(remedy)],
      ['notes', list(notes.map(text))],
    ]),
    h('p', { class: 'subjects' }, members.length === 1 ? 'Subject' : `Subjects, ${members.length}`),
    h(
      'ol',
      null,
      full.map((member) => memberItem(member, places, input)),
    ),
    others(group, places),
  )
}

const about = ({ id, statement, why, kind, nist80053, stig, cis }: Requirement): ComponentChild =>
  terms([
    ['must hold', statement],
    ['why', why],
    ['kind', kind === 'verification' ? 'verification: it is as documented' : 'validation: it works as intended'],
    ['NIST SP 800-53', nist80053.join(', ')],
    ['DISA STIG', stig.join(', ')],
    ['CIS Kubernetes 1.12', cis.join(', ')],
    [
      'conflicts',
      list(conflictsOf(id).map(({ document, ids, words }) => `${document.title}, ${document.version}, ${ids.join(', ')}: ${words}`)),
    ],
  ])

const section = (
  row: SummaryRow,
  requirement: Requirement | undefined,
  groups: readonly FindingGroup[],
  places: Places,
  input: ReportInput,
): ComponentChild => {
  const shown = groups.filter(({ members }) => members.some(({ finding }) => places.levelOf(finding) === 'full'))
  const hidden = groups.filter((group) => !shown.includes(group)).reduce((sum, { members }) => sum + members.length, 0)
  const id = row.requirement
  const title = requirement ? `${id}: ${requirement.title}` : id
  return h(
    'section',
    { id: anchor(id), 'aria-labelledby': `${anchor(id)}-h` },
    h('h3', { id: `${anchor(id)}-h` }, breakable(title), row.claimed ? '' : ' (not claimed)'),
    requirement ? about(requirement) : null,
    groups.length === 0 ? h('p', null, 'There is no finding for it in this run.') : shown.map((group) => groupBlock(group, places, input)),
    hidden > 0 ? h('p', null, `And ${hidden} findings in other words, which findings.json and findings.csv hold.`) : null,
  )
}

/** For each requirement what it says and every finding, with all that a reader needs to check it. */
export const requirementSections = (input: ReportInput, places: Places): ComponentChild[] => {
  const { requirements, summary } = input
  const byRequirement = Map.groupBy(places.groups, ({ requirement }) => requirement)
  const known = new Map(requirements.map((requirement) => [requirement.id, requirement]))
  return summary.rows.map((row) => section(row, known.get(row.requirement), byRequirement.get(row.requirement) ?? [], places, input))
}
