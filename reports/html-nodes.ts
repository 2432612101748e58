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

/** Nodes x requirements: how many findings of each verdict there are on that node. */
export const nodeTable = (input: ReportInput): ComponentChild | null => {
  const { run, findings } = input
  const located = findings.filter(({ subject }) => subject.kind !== 'plant' && nodeOf(subject) !== undefined)
  const roles = new Map(run.cluster.nodes.map(({ name, role }) => [name, role]))
  const nodes = [...new Set([...roles.keys(), ...located.flatMap(({ subject }) => nodeOf(subject) ?? [])])]
  if (nodes.length === 0) return null
  const ids = judgedIds(located, input)
  const byNode = Map.groupBy(located, ({ subject }) => nodeOf(subject))
  const rows = nodes.map((node) => {
    const here = Map.groupBy(byNode.get(node) ?? [], ({ requirement }) => requirement)
    const head = rowHead(breakable(node), h('div', { class: 'faint' }, roles.get(node) ?? ''))
    return h(
      'tr',
      null,
      head,
      ids.map((id) => cell(here.get(id) ?? [])),
    )
  })
  const links = ids.map((id) => h('a', { href: `#${anchor(id)}` }, breakable(id)))
  return table('Nodes and what was judged on them', ['node', ...links], rows)
}
