import { type ComponentChild, h } from 'preact'
import type { Finding, Subject } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Verdict } from '../helpers/policy/verdict.ts'
import { anchor, breakable, countLines, rowHead, table } from './html-parts.ts'

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

const groupedRows = (
  nodes: readonly string[],
  byNode: ReadonlyMap<string | undefined, readonly Finding[]>,
  cellsOf: (node: string) => ComponentChild[],
): ComponentChild[] => {
  const groups = [...Map.groupBy(nodes, (node) => signature(byNode.get(node) ?? [])).values()]
    .flatMap((own) => (own[0] === undefined ? [] : [{ first: own[0], own, grave: gravity(byNode.get(own[0]) ?? []) }]))
    .sort((a, b) => a.grave - b.grave)
  const rows = groups.slice(0, mostRows).map(({ first, own }) => {
    const names = own.slice(0, mostNames).join(', ') + (own.length > mostNames ? ` and ${own.length - mostNames} more` : '')
    const head = own.length === 1 ? breakable(first) : h('details', null, h('summary', null, `${own.length} nodes alike`), names)
    return h('tr', null, rowHead(head), cellsOf(first))
  })
  const left = groups.slice(mostRows).reduce((sum, { own }) => sum + own.length, 0)
  return left > 0 ? [...rows, h('tr', null, rowHead(`and ${left} nodes more, which findings.csv holds`))] : rows
}

/** Nodes x requirements: how many findings of each verdict there are on that node. */
export const nodeTable = (input: ReportInput): ComponentChild | null => {
  const { run, findings } = input
  const located = findings.filter(({ subject }) => subject.kind !== 'plant' && nodeOf(subject) !== undefined)
  const roles = new Map(run.cluster.nodes.map(({ name, role }) => [name, role]))
  const nodes = [...new Set([...roles.keys(), ...located.flatMap(({ subject }) => nodeOf(subject) ?? [])])]
  if (nodes.length === 0) return null
  const ids = judgedIds(located, input)
  const byNode = Map.groupBy(located, ({ subject }) => nodeOf(subject))
  const cellsOf = (node: string): ComponentChild[] => {
    const here = Map.groupBy(byNode.get(node) ?? [], ({ requirement }) => requirement)
    return ids.map((id) => cell(here.get(id) ?? []))
  }
  const oneRow = (node: string): ComponentChild =>
    h('tr', null, rowHead(breakable(node), h('div', { class: 'faint' }, roles.get(node) ?? '')), cellsOf(node))
  const rows = nodes.length <= mostRows ? nodes.map(oneRow) : groupedRows(nodes, byNode, cellsOf)
  const links = ids.map((id) => h('a', { href: `#${anchor(id)}` }, breakable(id)))
  return table('Nodes and what was judged on them', ['node', ...links], rows)
}
