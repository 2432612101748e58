import { type ComponentChild, h } from 'preact'
import { isPlaceholder } from '../helpers/evidence/evaluate.ts'
import type { Finding, Subject } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { anchor, badge, rowHead, table, worst } from './html-parts.ts'

const nodeOf = ({ kind, node, name }: Subject): string | undefined => (kind === 'node' ? name : node)

const judgedIds = (findings: readonly Finding[], requirements: ReportInput['requirements']): string[] => {
  const present = new Set(findings.map(({ requirement }) => requirement))
  return [...new Set([...requirements.map(({ id }) => id), ...present])].filter((id) => present.has(id))
}

const cell = (findings: readonly Finding[], requirement: string): ComponentChild => {
  const verdict = worst(findings.map((finding) => finding.verdict))
  if (!verdict) return h('td', { class: 'faint' }, 'nothing planned')
  const count = findings.filter((finding) => finding.verdict === verdict).length
  return h('td', null, h('a', { href: `#${anchor(requirement)}` }, badge(verdict)), ` ${count} of ${findings.length}`)
}

/** Nodes x requirements: the worst verdict on that node, and how many of its findings have it. */
export const nodeMatrix = ({ run, findings, requirements }: ReportInput): ComponentChild | null => {
  const located = findings.filter(({ subject }) => subject.kind !== 'plant' && nodeOf(subject) !== undefined)
  const nodes = [...new Set([...run.cluster.nodes.map(({ name }) => name), ...located.flatMap(({ subject }) => nodeOf(subject) ?? [])])]
  if (nodes.length === 0) return null
  const ids = judgedIds(located, requirements)
  const byNode = Map.groupBy(located, ({ subject }) => nodeOf(subject))
  const rows = nodes.map((node) => {
    const here = Map.groupBy(byNode.get(node) ?? [], ({ requirement }) => requirement)
    return h(
      'tr',
      null,
      rowHead(node),
      ids.map((id) => cell(here.get(id) ?? [], id)),
    )
  })
  return table('Nodes and what was judged on them (worst verdict)', ['node', ...ids], rows)
}

/** Listeners x requirements, each with what was seen there: what it accepted and refused. */
export const listenerMatrix = ({ findings, requirements }: ReportInput): ComponentChild | null => {
  const about = findings.filter((finding) => finding.subject.kind === 'listener' && !isPlaceholder(finding))
  if (about.length === 0) return null
  const ids = judgedIds(about, requirements)
  const byKey = Map.groupBy(about, ({ subject }) => subject.key)
  const rows = [...byKey.values()].map((own) => {
    const subject = own[0]?.subject
    const columns = ids.map((id) => {
      const finding = own.find(({ requirement }) => requirement === id)
      return finding
        ? h('td', null, badge(finding.verdict), h('div', { class: 'wrap' }, finding.observed))
        : h('td', { class: 'faint' }, 'nothing planned')
    })
    return h('tr', null, rowHead(subject?.name ?? '', subject?.node ? h('div', { class: 'faint' }, subject.node) : null), columns)
  })
  return table('Listeners and what was seen of them', ['listener', ...ids], rows)
}
