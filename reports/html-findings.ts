import { type ComponentChild, h } from 'preact'
import { canonicalJson } from '../helpers/evidence/canonical-json.ts'
import type { Finding, Observation } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Requirement } from '../helpers/policy/catalogue.ts'
import { anchor, badge, type Row, terms } from './html-parts.ts'

/** How much of an observation's data is printed; all of it is in the bundle. */
const dataLimit = 4096

const dataText = (data: Observation['data']): string => {
  const text = Object.keys(data).length > 0 ? canonicalJson(data) : ''
  return text.length > dataLimit
    ? `${text.slice(0, dataLimit).toWellFormed()} … (${text.length} characters, the rest is in the bundle)`
    : text
}

// Hashes are text, not links: a browser that opens a stored blob would guess its type, and a blob is what a stranger sent.
const blobList = (blobs: Observation['blobs']): ComponentChild[] =>
  Object.entries(blobs)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sha256]) => h('div', null, `${name}: `, h('code', null, `sha256:${sha256}`)))

const observation = (id: string, found: Observation | undefined): ComponentChild => {
  if (!found) return h('li', null, h('code', null, id), ' is not in the bundle')
  const { kind, at, means, source, data, blobs } = found
  const rows: Row[] = [
    ['kind', kind],
    ['source', source],
    ['means', means],
    ['time', h('time', { datetime: at }, at)],
    ['data', dataText(data) && h('code', null, dataText(data))],
    ['bytes', Object.keys(blobs).length > 0 ? blobList(blobs) : ''],
  ]
  return h('li', null, h('code', null, id), terms(rows))
}

const observations = (ids: readonly string[], all: ReportInput['observations']): ComponentChild =>
  ids.length === 0
    ? h('p', { class: 'faint' }, 'It rests on no observation.')
    : h(
        'details',
        null,
        h('summary', null, `observations it rests on: ${ids.length}`),
        h(
          'ol',
          null,
          ids.map((id) => observation(id, Object.hasOwn(all, id) ? all[id] : undefined)),
        ),
      )

const findingBlock = (finding: Finding, all: ReportInput['observations']): ComponentChild => {
  const { subject, verdict, expected, observed, reason, remedy, notes } = finding
  const rows: Row[] = [
    ['reason', reason],
    ['expected', expected],
    ['observed', observed],
    ['remedy', remedy],
    [
      'notes',
      notes.length > 0
        ? h(
            'ul',
            null,
            notes.map((note) => h('li', null, note)),
          )
        : '',
    ],
    ['subject', h('code', null, subject.key)],
    ['node', subject.node ?? ''],
    ...Object.entries(subject.detail)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]): Row => [name, value]),
  ]
  return h(
    'details',
    { open: verdict !== 'pass' },
    h('summary', null, badge(verdict), ` ${subject.kind} ${subject.name}${subject.node ? ` on ${subject.node}` : ''}`),
    terms(rows),
    observations(finding.observations, all),
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
  id: string,
  requirement: Requirement | undefined,
  findings: readonly Finding[],
  all: ReportInput['observations'],
): ComponentChild =>
  h(
    'section',
    { id: anchor(id), 'aria-labelledby': `${anchor(id)}-h` },
    h('h3', { id: `${anchor(id)}-h` }, requirement ? `${id}: ${requirement.title}` : id),
    requirement ? about(requirement) : null,
    findings.length === 0 ? h('p', null, 'There is no finding for it in this run.') : findings.map((finding) => findingBlock(finding, all)),
  )

/** For each requirement what it says and every finding, with all that a reader needs to check it. */
export const requirementSections = ({ requirements, findings, observations: all }: ReportInput): ComponentChild[] => {
  const byRequirement = Map.groupBy(findings, ({ requirement }) => requirement)
  const known = new Map(requirements.map((requirement) => [requirement.id, requirement]))
  return [...new Set([...known.keys(), ...byRequirement.keys()])].map((id) => section(id, known.get(id), byRequirement.get(id) ?? [], all))
}
