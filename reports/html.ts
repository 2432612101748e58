import { createHash } from 'node:crypto'
import { type ComponentChild, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Counts } from '../helpers/evidence/summary.ts'
import { visible } from '../helpers/evidence/visible.ts'
import type { Verdict } from '../helpers/policy/verdict.ts'
import { requirementSections } from './html-findings.ts'
import { listenerMatrix, nodeMatrix } from './html-matrix.ts'
import { anchor, badge, type Row, rowHead, table, terms } from './html-parts.ts'
import { css } from './html-style.ts'

// The style is allowed by its hash, so that nothing that slips in can style or run.
const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'; base-uri 'none'; form-action 'none'`

const result = ({ exit, run }: ReportInput): { verdict: Verdict; text: string } => {
  if (exit === 1) return { verdict: 'fail', text: 'something that was claimed fails, or a planted defect was not caught' }
  if (exit === 0) return { verdict: 'pass', text: 'everything that was claimed passes, is not applicable or is waived' }
  const why = run.development
    ? 'nothing that was claimed fails, but this was a development run, which never passes'
    : 'nothing that was claimed fails, but not all of it could be shown'
  return { verdict: 'inconclusive', text: why }
}

const scope = ({ run, cut }: ReportInput): string[] => [
  ...(run.provider === 'kind'
    ? [
        "The nodes are containers, and the kernel that they show is the host's. What is said of FIPS mode is said of that kernel; only a node with a kernel of its own can prove its own FIPS mode.",
      ]
    : []),
  ...(run.development ? ['The cluster was judged before and may have been changed by hand since; this run is for development.'] : []),
  ...(run.finishedAt === undefined ? ['The run did not finish.'] : []),
  ...cut.map(
    ({ file, bytes }) =>
      `A worker was killed while it wrote: the last ${bytes} bytes of ${file} are an unfinished line and were passed over.`,
  ),
]

const countWords = (counts: Counts): string =>
  `${counts.pass} pass, ${counts.fail} fail, ${counts.inconclusive} inconclusive, ${counts['not-applicable']} not applicable${counts.waived > 0 ? `; ${counts.waived} of them waived` : ''}`

const summaryRows = ({ summary }: ReportInput): ComponentChild[] =>
  summary.rows.map(({ requirement, title, claimed, subjects, counts, first }) =>
    h(
      'tr',
      null,
      rowHead(h('a', { href: `#${anchor(requirement)}` }, requirement), h('div', { class: 'faint' }, title)),
      h('td', null, claimed ? 'claimed' : 'not claimed'),
      ...[subjects, counts.pass, counts.fail, counts.inconclusive, counts['not-applicable']].map((number) =>
        h('td', { class: 'number' }, number),
      ),
      h('td', null, first ? [badge(first.verdict), ` ${first.subject.name}: ${first.reason}`] : ''),
    ),
  )

const coverageRows = ({ run }: ReportInput): Row[] =>
  Object.entries(run.inventory ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([kind, { complete, count, reason }]): Row => [
        `inventory: ${kind}`,
        `${count}, ${complete ? 'complete' : `not complete: ${reason ?? 'no reason given'}`}`,
      ],
    )

const byName = (record: Readonly<Record<string, string>>, prefix: string): Row[] =>
  Object.entries(record)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]): Row => [`${prefix}${name}`, value])

const runTerms = (input: ReportInput): ComponentChild => {
  const { run } = input
  return terms([
    ['run', h('code', null, run.runId)],
    ['tool', `${run.tool.name} ${run.tool.version}${run.tool.commit ? ` (${run.tool.commit})` : ''}`],
    ['started', run.startedAt],
    ['finished', run.finishedAt ?? 'it did not finish'],
    ['cluster', `${run.cluster.name}, made by ${run.cluster.createdBy === 'user' ? 'the user' : run.cluster.createdBy}`],
    ['provider', run.provider],
    ['nodes', run.cluster.nodes.map(({ name, role }) => (role ? `${name} (${role})` : name)).join(', ')],
    ['image', run.image ? `${run.image.reference}, ${run.image.id}` : ''],
    ['profile', run.policy.profile],
    ['certificates as of', run.policy.certificatesAsOf],
    ...coverageRows(input),
    ['harness', `Node ${run.harness.node}, OpenSSL ${run.harness.openssl}`],
    ...byName(run.host, 'host: '),
  ])
}

const originTable = ({ run }: ReportInput): ComponentChild | null =>
  run.image && run.image.origin.length > 0
    ? table(
        'Where the components of the node image come from',
        ['component', 'version', 'origin', 'module', 'sum', 'toolchain'],
        run.image.origin.map((row) =>
          h(
            'tr',
            null,
            rowHead(row.component),
            [row.version, row.origin, row.module, row.sum, row.toolchain].map((text) => h('td', null, text ?? '')),
          ),
        ),
      )
    : null

const page = (input: ReportInput) => {
  const { verdict, text } = result(input)
  const title = `FIPS mode of ${input.run.cluster.name}: ${verdict}`
  const head = ['requirement', 'claim', 'subjects', 'pass', 'fail', 'inconclusive', 'not applicable', 'first that is no pass']
  return h(
    'html',
    { lang: 'en' },
    h(
      'head',
      null,
      h('meta', { charset: 'utf-8' }),
      h('meta', { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy }),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { name: 'referrer', content: 'no-referrer' }),
      h('title', null, title),
      h('style', { dangerouslySetInnerHTML: { __html: css } }),
    ),
    h(
      'body',
      null,
      h('a', { class: 'skip', href: '#main' }, 'Skip to the findings'),
      h(
        'header',
        null,
        h('p', { class: 'claim' }, input.claimLine),
        h('p', { class: `overall ${verdict}` }, badge(verdict), `: ${text}`),
        h('h1', null, `Cluster ${input.run.cluster.name}`),
        scope(input).map((line) => h('p', null, line)),
      ),
      h(
        'main',
        { id: 'main' },
        h('h2', null, 'Summary'),
        h(
          'p',
          null,
          `Of the cluster: ${countWords(input.summary.cluster)}. Of planted defects and controls: ${countWords(input.summary.plants)}.`,
        ),
        table('Requirements', head, summaryRows(input)),
        h('h2', null, 'The cluster'),
        nodeMatrix(input),
        listenerMatrix(input),
        h('h2', null, 'Findings'),
        requirementSections(input),
        h('h2', null, 'The run'),
        runTerms(input),
        originTable(input),
      ),
      h(
        'footer',
        null,
        h(
          'p',
          { class: 'faint' },
          'A pass says that what the requirement states was observed. It is no certificate: validation of modules is done by the Cryptographic Module Validation Program of NIST and CCCS.',
        ),
      ),
    ),
  )
}

/**
 * `report.html`: one file that needs no network and no script; the same bundle gives the same bytes.
 * Text of a cluster is shown, never obeyed: preact escapes it for HTML, and `visible`, over the whole page so that no place is forgotten, for the eye.
 */
export const htmlReport = (input: ReportInput): string => visible(`<!doctype html>\n${renderToString(page(input))}\n`)
