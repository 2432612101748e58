import { type ComponentChild, h } from 'preact'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { SummaryRow } from '../helpers/evidence/summary.ts'
import type { Requirement } from '../helpers/policy/catalogue.ts'
import type { Places } from './conversations.ts'
import { type FindingGroup, type GroupMember, groupFindings } from './finding-groups.ts'
import { restsOn } from './html-observations.ts'
import { anchor, badge, breakable, clipped, list, pairs, subjectName, terms } from './html-parts.ts'

/** A reason of up to so many characters stands in the summary as a whole, and nowhere else. */
const inSummary = 300

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

const memberItem = ({ finding, observed, notes }: GroupMember, { anchorOf, conversationsOf }: Places): ComponentChild =>
  h(
    'li',
    { id: anchorOf(finding) },
    h('strong', null, breakable(subjectName(finding.subject))),
    terms([
      ['key', h('code', null, breakable(finding.subject.key))],
      ['details', pairs(finding.subject.detail)],
      ['observed', observed],
      ['notes', list(notes)],
      ['rests on', restsOn(conversationsOf(finding))],
    ]),
  )

const groupBlock = (group: FindingGroup, places: Places): ComponentChild => {
  const { verdict, reason, expected, observed, remedy, notes, members } = group
  return h(
    'details',
    { open: verdict === 'fail' || verdict === 'inconclusive' },
    h(
      'summary',
      null,
      badge(verdict),
      ' ',
      h('strong', null, breakable(titleOf(group))),
      h('span', { class: 'faint' }, ': ', clipped(reason, inSummary)),
    ),
    terms([
      ['reason', reason.length > inSummary ? reason : ''],
      ['expected', expected],
      ['observed', observed],
      ['remedy', remedy],
      ['notes', list(notes)],
    ]),
    h('p', { class: 'subjects' }, members.length === 1 ? 'Subject' : `Subjects, ${members.length}`),
    h(
      'ol',
      null,
      members.map((member) => memberItem(member, places)),
    ),
  )
}

const about = ({ statement, why, kind, nist80053, stig, cis }: Requirement): ComponentChild =>
  terms([
    ['must hold', statement],
    ['why', why],
    ['kind', kind === 'verification' ? 'verification: it is as documented' : 'validation: it works as intended'],
    ['NIST SP 800-53', nist80053.join(', ')],
    ['DISA STIG', stig.join(', ')],
    ['CIS Kubernetes 1.12', cis.join(', ')],
  ])

const section = (
  row: SummaryRow,
  requirement: Requirement | undefined,
  groups: readonly FindingGroup[],
  places: Places,
): ComponentChild => {
  const id = row.requirement
  const title = requirement ? `${id}: ${requirement.title}` : id
  return h(
    'section',
    { id: anchor(id), 'aria-labelledby': `${anchor(id)}-h` },
    h('h3', { id: `${anchor(id)}-h` }, breakable(title), row.claimed ? '' : ' (not claimed)'),
    requirement ? about(requirement) : null,
    groups.length === 0 ? h('p', null, 'There is no finding for it in this run.') : groups.map((group) => groupBlock(group, places)),
  )
}

/** For each requirement what it says and every finding, with all that a reader needs to check it. */
export const requirementSections = ({ requirements, findings, summary }: ReportInput, places: Places): ComponentChild[] => {
  const byRequirement = Map.groupBy(groupFindings(findings), ({ requirement }) => requirement)
  const known = new Map(requirements.map((requirement) => [requirement.id, requirement]))
  return summary.rows.map((row) => section(row, known.get(row.requirement), byRequirement.get(row.requirement) ?? [], places))
}
