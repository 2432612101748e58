import { createHash } from 'node:crypto'
import { type ComponentChild, type ComponentChildren, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Counts } from '../helpers/evidence/summary.ts'
import { visible } from '../helpers/evidence/visible.ts'
import { type Places, placesOf } from './conversations.ts'
import { certificateTables } from './html-certificates.ts'
import { changesPart, coveragePart, notCompared, waiversPart } from './html-changes.ts'
import { requirementSections } from './html-findings.ts'
import { listenerTable } from './html-listeners.ts'
import { nextSteps } from './html-next.ts'
import { nodeRows, nodeTable } from './html-nodes.ts'
import { observationLists } from './html-observations.ts'
import { originSection } from './html-origins.ts'
import { badge, type Row, sorted, terms } from './html-parts.ts'
import { providerTable } from './html-providers.ts'
import { css } from './html-style.ts'
import { summaryTable } from './html-summary.ts'
import { listenerRows } from './listener-rows.ts'
import { claimPicture, coveragePicture } from './picture-coverage.ts'
import { listenerPicture } from './picture-listeners.ts'
import { clusterMap } from './picture-map.ts'
import { nodePicture } from './picture-nodes.ts'
import { asTable, signs } from './picture-parts.ts'
import { resultOf } from './result.ts'

// The style is allowed by its hash, so that nothing that slips in can style or run.
const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'; base-uri 'none'; form-action 'none'`

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

const coverageRows = ({ run }: ReportInput): Row[] =>
  sorted(run.inventory ?? {}).map(
    ([kind, { complete, count, reason }]): Row => [
      `inventory: ${kind}`,
      `${count}, ${complete ? 'complete' : `not complete: ${reason ?? 'no reason given'}`}`,
    ],
  )

const mostNodes = 100

const nodeNames = ({ run: { cluster } }: ReportInput): string => {
  const shown = cluster.nodes.slice(0, mostNodes).map(({ name, role }) => (role ? `${name} (${role})` : name))
  return shown.join(', ') + (cluster.nodes.length > mostNodes ? ` and ${cluster.nodes.length - mostNodes} more` : '')
}

const runTerms = (input: ReportInput): ComponentChild => {
  const { run } = input
  return terms([
    ['run', h('code', null, run.runId)],
    ['tool', `${run.tool.name} ${run.tool.version}${run.tool.commit ? ` (${run.tool.commit})` : ''}`],
    ['operator', run.operator ?? 'nobody was named'],
    ['started', run.startedAt],
    ['finished', run.finishedAt ?? 'it did not finish'],
    ['cluster', `${run.cluster.name}, made by ${run.cluster.createdBy === 'user' ? 'the user' : run.cluster.createdBy}`],
    ['provider', run.provider],
    ['nodes', nodeNames(input)],
    ...coverageRows(input),
    ['harness', `Node ${run.harness.node}, OpenSSL ${run.harness.openssl}`],
    [
      'seconds',
      sorted(run.phases)
        .map(([phase, seconds]) => `${phase} ${seconds}`)
        .join(', '),
    ],
    ...sorted(run.host).map(([name, value]): Row => [`host: ${name}`, value]),
  ])
}

const contents = [
  ['next', 'What to do next'],
  ['changes', 'What changed'],
  ['waivers', 'Waivers'],
  ['summary', 'Summary'],
  ['coverage', 'Coverage'],
  ['cluster', 'The cluster'],
  ['origins', 'What the nodes are made of'],
  ['findings', 'Findings'],
  ['observations', 'Observations'],
  ['run', 'The run'],
] as const

const contentsList = (): ComponentChild =>
  h(
    'nav',
    { 'aria-label': 'Contents' },
    contents.map(([id, title], index) => [index > 0 ? ' · ' : '', h('a', { href: `#${id}` }, title)]),
  )

const part = (id: (typeof contents)[number][0], ...children: ComponentChildren[]): ComponentChild =>
  h('section', { id, 'aria-labelledby': `${id}-h` }, h('h2', { id: `${id}-h` }, contents.find(([name]) => name === id)?.[1]), children)

const head = (title: string): ComponentChild =>
  h(
    'head',
    null,
    h('meta', { charset: 'utf-8' }),
    h('meta', { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy }),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'referrer', content: 'no-referrer' }),
    h('title', null, title),
    h('style', { dangerouslySetInnerHTML: { __html: css } }),
  )

const opening = (input: ReportInput): ComponentChild => {
  const { verdict, text } = resultOf(input)
  return h(
    'header',
    null,
    h('p', { class: 'claim' }, input.claimLine),
    h('p', { class: `overall ${verdict}` }, badge(verdict), `: ${text}`),
    h('h1', null, `Cluster ${input.run.cluster.name}`),
    scope(input).map((line) => h('p', null, line)),
    contentsList(),
  )
}

/** The cluster as pictures, each with the table that says the same. */
const clusterPart = (input: ReportInput, places: Places): ComponentChildren => {
  const [nodes, listeners] = [nodeRows(input), listenerRows(input)]
  return [
    clusterMap(nodes, places, 'nodes'),
    nodePicture(nodes, places, 'nodes'),
    nodes.rows.length > 0 ? asTable('nodes', nodeTable(nodes)) : null,
    listenerPicture(listeners, input, places, 'listeners'),
    listeners.groups.length > 0 ? asTable('listeners', listenerTable(listeners, places)) : null,
  ]
}

const main = (input: ReportInput): ComponentChild => {
  const places = placesOf(input)
  const counts = `Of the cluster: ${countWords(input.summary.cluster)}. Of planted defects and controls: ${countWords(input.summary.plants)}.`
  return h(
    'main',
    { id: 'main' },
    part('next', nextSteps(input, places)),
    part('changes', input.comparison ? changesPart(input.comparison, input) : notCompared()),
    part('waivers', waiversPart(input)),
    part(
      'summary',
      h('p', null, counts),
      claimPicture(input, 'requirements'),
      h('div', { id: 'requirements' }, summaryTable(input, places)),
    ),
    part('coverage', coveragePicture(input, 'covered'), h('div', { id: 'covered' }, coveragePart(input))),
    part('cluster', clusterPart(input, places)),
    part('origins', originSection(input, places), certificateTables(input)),
    part('findings', requirementSections(input, places)),
    part('observations', observationLists(places)),
    part('run', runTerms(input), providerTable(input.run.provider)),
  )
}

const closing = (): ComponentChild =>
  h(
    'footer',
    null,
    h(
      'p',
      { class: 'faint' },
      'A pass says that what the requirement states was observed. It is no certificate: validation of modules is done by the Cryptographic Module Validation Program of NIST and CCCS.',
    ),
  )

const page = (input: ReportInput) =>
  h(
    'html',
    { lang: 'en' },
    head(`FIPS mode of ${input.run.cluster.name}: ${resultOf(input).verdict}`),
    h('body', null, h('a', { class: 'skip', href: '#main' }, 'Skip to what to do next'), signs(), opening(input), main(input), closing()),
  )

/**
 * `report.html`: one file that needs no network and no script; the same bundle gives the same bytes.
 * Text of a cluster is shown, never obeyed: preact escapes it for HTML, and `visible`, over the whole page so that no place is forgotten, for the eye.
 */
export const htmlReport = (input: ReportInput): string => visible(`<!doctype html>\n${renderToString(page(input))}\n`)
