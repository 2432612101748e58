import { type ComponentChild, h } from 'preact'
import type { Finding, Subject } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Verdict } from '../helpers/policy/verdict.ts'
import { anchor, breakable, countLines, rowHead, shortName, table } from './html-parts.ts'

const nodeOf = ({ kind, node, name }: Subject): string | undefined => (kind === 'node' ? name : node)

/** The requirements that the findings are about, in the order of the summary. */
export const judgedIds = (findings: readonly Finding[], { summary }: ReportInput): string[] => {
  const present = new Set(findings.map(({ requirement }) => requirement))
  return summary.rows.map(({ requirement }) => requirement).filter((id) => present.has(id))
}

const cell = (findings: readonly Finding[]): ComponentChild => {
  if (findings.length === 0) return h('td', { class: 'faint' }, 'nothing planned')
  const of = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length
  return h(
    'td',
    null,
    countLines({ pass: of('pass'), fail: of('fail'), inconclusive: of('inconclusive'), 'not-applicable': of('not-applicable') }),
  )
}

/** More nodes than this are shown together where the same was judged on them; more kinds of node are counted. */
const mostRows = 60
const mostNames = 300

const signature = (findings: readonly Finding[]): string => {
  const counts = new Map<string, number>()
  for (const { requirement, verdict } of findings)
    counts.set(`${requirement} ${verdict}`, (counts.get(`${requirement} ${verdict}`) ?? 0) + 1)
  return JSON.stringify([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const gravity = (findings: readonly Finding[]): number =>
  findings.some(({ verdict }) => verdict === 'fail') ? 0 : findings.some(({ verdict }) => verdict === 'inconclusive') ? 1 : 2

/** Nodes on which the same was judged: the findings of the first of them stand for all. `title` is the name of one, or how many they are. */
export type NodeRow = { title: string; role: string; names: readonly string[]; findings: readonly Finding[] }

/** What is shown of nodes x requirements: `left` nodes of further kinds are only counted. */
export type NodeRows = { ids: readonly string[]; rows: readonly NodeRow[]; left: number }

/** A row for each node of a small cluster; of a large one for each group of nodes alike, the gravest first. */
export const nodeRows = (input: ReportInput): NodeRows => {
  const { run, findings } = input
  const located = findings.filter(({ subject }) => subject.kind !== 'plant' && nodeOf(subject) !== undefined)
  const roles = new Map(run.cluster.nodes.map(({ name, role }) => [name, role]))
  const nodes = [...new Set([...roles.keys(), ...located.flatMap(({ subject }) => nodeOf(subject) ?? [])])]
  const byNode = Map.groupBy(located, ({ subject }) => nodeOf(subject))
  const of = (node: string): readonly Finding[] => byNode.get(node) ?? []
  const ids = judgedIds(located, input)
  const one = (name: string): NodeRow => ({ title: name, role: roles.get(name) ?? '', names: [name], findings: of(name) })
  if (nodes.length <= mostRows) return { ids, rows: nodes.map(one), left: 0 }
  const groups = [...Map.groupBy(nodes, (node) => signature(of(node))).values()]
    .flatMap((own): NodeRow[] => {
      const [first, ...others] = own
      if (first === undefined) return []
      return others.length === 0 ? [one(first)] : [{ title: `${own.length} nodes alike`, role: '', names: own, findings: of(first) }]
    })
    .sort((a, b) => gravity(a.findings) - gravity(b.findings))
  const left = groups.slice(mostRows).reduce((sum, { names }) => sum + names.length, 0)
  return { ids, rows: groups.slice(0, mostRows), left }
}

const headOf = ({ title, role, names }: NodeRow): ComponentChild => {
  if (names.length === 1) return rowHead(breakable(shortName(title)), h('div', { class: 'faint' }, role))
  const shown =
    names.slice(0, mostNames).map(shortName).join(', ') + (names.length > mostNames ? ` and ${names.length - mostNames} more` : '')
  return rowHead(h('details', null, h('summary', null, title), shown))
}

/** Nodes x requirements: how many findings of each verdict there are on that node. */
export const nodeTable = ({ ids, rows, left }: NodeRows): ComponentChild | null => {
  if (rows.length === 0) return null
  const links = ids.map((id) => h('a', { href: `#${anchor(id)}` }, breakable(id)))
  const shown = rows.map((row) => {
    const here = Map.groupBy(row.findings, ({ requirement }) => requirement)
    return h(
      'tr',
      null,
      headOf(row),
      ids.map((id) => cell(here.get(id) ?? [])),
    )
  })
  return table(
    'Nodes and what was judged on them',
    ['node', ...links],
    left > 0 ? [...shown, h('tr', null, rowHead(`and ${left} nodes more, which findings.csv holds`))] : shown,
  )
}
