import { type ComponentChild, type ComponentChildren, h } from 'preact'
import type { Finding } from '../helpers/evidence/model.ts'
import type { AcceptedIn, ListenerSeen, ReportInput } from '../helpers/evidence/report-input.ts'
import { shown } from '../helpers/policy/code-points.ts'
import type { Places } from './conversations.ts'
import { judgedIds } from './html-nodes.ts'
import { anchor, breakable, groupedTable, legend, mark, type RowGroup, rowHead } from './html-parts.ts'

const protocolWords = {
  tls: 'TLS',
  http: 'plain HTTP',
  ssh: 'SSH',
  dns: 'DNS',
  'plaintext-other': 'octets of no known protocol',
  silent: 'no answer',
  unreachable: 'not reached',
  unasked: 'not asked',
} as const

const versionName = (code: string): string => shown('version', code).replace(/ \(.*/, '')

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

const place = ({ subject }: Finding): string => {
  const { place: inside = '' } = subject.detail
  return `${subject.node ?? 'no node'}: ${inside === 'node' ? 'its own network' : inside === '' ? 'network not known' : `network of ${inside}`}`
}

const acceptedKey = (seen: ListenerSeen | undefined): unknown =>
  seen?.state === 'read' ? [seen.protocol, seen.accepted] : (seen?.reason ?? null)

const listenerRow = (own: readonly Finding[], ids: readonly string[], input: ReportInput, places: Places): ComponentChild => {
  const key = own[0]?.subject.key ?? ''
  const seen = Object.hasOwn(input.listeners, key) ? input.listeners[key] : undefined
  return h(
    'tr',
    null,
    rowHead(breakable(own[0]?.subject.name ?? '')),
    h('td', { class: 'speaks' }, speaks(seen)),
    ids.map((id) =>
      marks(
        own.filter(({ requirement }) => requirement === id),
        places,
      ),
    ),
    h('td', { class: 'accepts' }, accepts(seen)),
  )
}

/** More listeners than this are shown together where they are called the same, accept the same and were judged the same. */
const mostListeners = 300

const byPlace = (about: readonly Finding[], ids: readonly string[], input: ReportInput, places: Places): RowGroup[] =>
  [...Map.groupBy(about, place)].map(([title, findings]) => ({
    title: breakable(title),
    rows: [...Map.groupBy(findings, ({ subject }) => subject.key).values()].map((own) => listenerRow(own, ids, input, places)),
  }))

const alike = (byKey: ReadonlyMap<string, readonly Finding[]>, ids: readonly string[], input: ReportInput, places: Places): RowGroup[] => {
  const groups = [
    ...Map.groupBy(byKey, ([key, own]) =>
      JSON.stringify([
        own[0]?.subject.name,
        own.map(({ requirement, verdict }) => [requirement, verdict]),
        Object.hasOwn(input.listeners, key) ? acceptedKey(input.listeners[key]) : null,
      ]),
    ).values(),
  ].map((members) => ({
    count: members.length,
    own: members[0]?.[1] ?? [],
    isGood: members[0]?.[1].every(({ verdict }) => verdict === 'pass' || verdict === 'not-applicable') ?? true,
  }))
  const shown = groups.toSorted((a, b) => Number(a.isGood) - Number(b.isGood)).slice(0, mostListeners)
  const left = groups.length - shown.length
  return [
    ...[...Map.groupBy(shown, ({ count }) => count)]
      .sort(([a], [b]) => b - a)
      .map(([count, rows]) => ({
        title: count === 1 ? 'Listeners of which there is one' : `Listeners of which there are ${count} alike; marks lead to the first`,
        rows: rows.map(({ own }) => listenerRow(own, ids, input, places)),
      })),
    ...(left > 0 ? [{ title: `And ${left} kinds of listener more, which findings.csv holds`, rows: [] }] : []),
  ]
}

/** Each listener by node and network namespace: what it speaks, what it accepted, and the verdicts, each a link to its finding. */
export const listenerTable = (input: ReportInput, places: Places): ComponentChildren => {
  const about = input.findings.filter(({ subject }) => subject.kind === 'listener')
  if (about.length === 0) return null
  const ids = judgedIds(about, input)
  const byKey = Map.groupBy(about, ({ subject }) => subject.key)
  const groups = byKey.size <= mostListeners ? byPlace(about, ids, input, places) : alike(byKey, ids, input, places)
  const links = ids.map((id) => h('a', { href: `#${anchor(id)}`, title: id }, breakable(id.replace(/^FIPS-/, ''))))
  return [
    groupedTable(
      'Listeners: what they speak, the verdicts, and what they accepted',
      ['listener (owner)', 'speaks', ...links, 'accepted'],
      groups,
    ),
    legend(),
    h(
      'p',
      { class: 'faint' },
      '«Accepted» is what a listener chose and could serve when it was asked; what it refused stands in its findings. A mark leads to its finding.',
    ),
  ]
}
