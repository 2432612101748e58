import { type ComponentChild, type ComponentChildren, h } from 'preact'
import type { Finding } from '../helpers/evidence/model.ts'
import type { AcceptedIn, ListenerSeen } from '../helpers/evidence/report-input.ts'
import { shown } from '../helpers/policy/code-points.ts'
import type { Places } from './conversations.ts'
import { anchor, breakable, groupedTable, legend, mark, type RowGroup, rowHead } from './html-parts.ts'
import type { ListenerRow, ListenerRows } from './listener-rows.ts'

export const protocolWords = {
  tls: 'TLS',
  http: 'plain HTTP',
  ssh: 'SSH',
  dns: 'DNS',
  'plaintext-other': 'octets of no known protocol',
  silent: 'no answer',
  unreachable: 'not reached',
  unasked: 'not asked',
} as const

export const versionName = (code: string): string => shown('version', code).replace(/ \(.*/, '')

const speaks = (seen: ListenerSeen | undefined): ComponentChildren => {
  if (!seen) return 'not known'
  if (seen.state === 'unread') return `not known: ${seen.reason}`
  if (seen.protocol !== 'tls') return protocolWords[seen.protocol]
  if (seen.accepted.length === 0) return 'TLS, no version accepted'
  return seen.accepted.map(({ version }) => h('div', { class: 'line' }, versionName(version)))
}

const named = (kind: 'suite' | 'group', codes: readonly string[], before = ''): ComponentChildren =>
  codes.map((code, index) => [
    index > 0 ? ', ' : '',
    h('span', { class: 'line' }, index === 0 ? before : '', shown(kind, code).replace(/^TLS_/, '')),
  ])

const acceptedLines = ({ version, suites, groups }: AcceptedIn): ComponentChild =>
  h(
    'div',
    null,
    h('b', null, versionName(version)),
    ': ',
    named('suite', suites),
    groups.length > 0 ? ['; ', named('group', groups, 'groups ')] : '',
  )

const accepts = (seen: ListenerSeen | undefined): ComponentChildren => (seen?.state === 'read' ? seen.accepted.map(acceptedLines) : '')

const marks = (findings: readonly Finding[], { anchorOf }: Places): ComponentChild =>
  h(
    'td',
    { class: 'marks' },
    findings.length === 0
      ? '·'
      : findings.map((finding) =>
          mark(finding.verdict, { href: `#${anchorOf(finding)}`, label: `${finding.requirement}: ${finding.verdict.replace('-', ' ')}` }),
        ),
  )

const rowOf = ({ name, own, seen }: ListenerRow, ids: readonly string[], places: Places): ComponentChild =>
  h(
    'tr',
    null,
    rowHead(breakable(name)),
    h('td', { class: 'speaks' }, speaks(seen)),
    ids.map((id) =>
      marks(
        own.filter(({ requirement }) => requirement === id),
        places,
      ),
    ),
    h('td', { class: 'accepts' }, accepts(seen)),
  )

/** Each listener by node and network namespace: what it speaks, what it accepted, and the verdicts, each a link to its finding. */
export const listenerTable = ({ ids, groups, left }: ListenerRows, places: Places): ComponentChildren => {
  if (groups.length === 0) return null
  const shown: RowGroup[] = groups.map(({ title, rows }) => ({ title: breakable(title), rows: rows.map((row) => rowOf(row, ids, places)) }))
  const rest: RowGroup[] = left > 0 ? [{ title: `And ${left} kinds of listener more, which findings.csv holds`, rows: [] }] : []
  const links = ids.map((id) => h('a', { href: `#${anchor(id)}`, title: id }, breakable(id.replace(/^FIPS-/, ''))))
  return [
    groupedTable(
      'Listeners: what they speak, the verdicts, and what they accepted',
      ['listener (owner)', 'speaks', ...links, 'accepted'],
      [...shown, ...rest],
    ),
    legend(),
    h(
      'p',
      { class: 'faint' },
      '«Accepted» is what a listener chose and could serve when it was asked; what it refused stands in its findings. A mark leads to its finding.',
    ),
  ]
}
