import { type ComponentChild, type ComponentChildren, h } from 'preact'
import type { Finding } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import type { Origin } from '../helpers/evidence/run.ts'
import { type Verdict, verdicts } from '../helpers/policy/verdict.ts'
import type { Places } from './conversations.ts'
import { breakable, mark, rowHead, table, terms } from './html-parts.ts'

const countLine = (verdict: Verdict, count: number): ComponentChild[] => (count > 0 ? [h('div', null, mark(verdict), ` ${count}`)] : [])

/** The component's name in the findings; CNI plugins stand there under `cni/`. */
const isNamed = (name: string, component: string): boolean => name === component || name === `cni/${component}`

/** More findings than this are counted instead of marked one by one. */
const mostMarks = 24

const verdictsOf = (name: string, findings: readonly Finding[], { anchorOf }: Places): ComponentChildren => {
  const own = findings.filter(({ subject }) => isNamed(subject.name, name))
  if (own.length > mostMarks) return verdicts.flatMap((verdict) => countLine(verdict, own.filter((one) => one.verdict === verdict).length))
  return own.map((finding) =>
    mark(finding.verdict, {
      href: `#${anchorOf(finding)}`,
      label: `${finding.requirement} on ${finding.subject.node ?? 'no node'}: ${finding.verdict.replace('-', ' ')}`,
    }),
  )
}

const originRow = ({ component, version, origin, module, sum, toolchain, build }: Origin, judged: ComponentChildren): ComponentChild =>
  h(
    'tr',
    null,
    rowHead(breakable(component)),
    h('td', { class: 'line' }, version),
    h('td', null, origin, h('div', { class: 'faint' }, [toolchain, build].filter((text) => text !== undefined).join('; '))),
    h('td', null, module ?? '', h('div', { class: 'line faint' }, h('code', null, sum ?? ''))),
    h('td', { class: 'marks' }, judged),
  )

const unrecorded = (names: readonly string[]): ComponentChild | null =>
  names.length > 0 ? h('p', null, `Found on the nodes, and their origin is not recorded: ${names.join(', ')}.`) : null

/** What runs beside the components: seen, and not judged. */
const alsoRunning = (programs: NonNullable<ReportInput['run']['otherPrograms']>): ComponentChild | null => {
  const paths = [...Map.groupBy(programs, ({ path }) => path)].map(([path, rows]) => {
    const processes = rows.reduce((sum, row) => sum + row.processes, 0)
    return `${path} (${processes} ${processes === 1 ? 'process' : 'processes'})`
  })
  return paths.length > 0 ? h('p', null, `Also running on the nodes, and no component, so not judged: ${paths.join(', ')}.`) : null
}

const newest = ({ run }: ReportInput): string => {
  const days = Math.floor((Date.parse(run.startedAt) - Date.parse(run.policy.certificatesAsOf)) / 86_400_000)
  return `${run.policy.certificatesAsOf}${Number.isFinite(days) ? `, ${days} days before this run` : ''}; a finding names the date of the row that it rests on`
}

/** The origin of every component that was put into the nodes, and the dated policy that they were judged with. */
export const originSection = (input: ReportInput, places: Places): ComponentChildren => {
  const { run, findings } = input
  const components = findings.filter(({ subject }) => subject.kind === 'component')
  const origin = run.image?.origin ?? []
  const others = [...new Set(components.map(({ subject }) => subject.name))]
    .filter((name) => !origin.some(({ component }) => isNamed(name, component)))
    .sort()
  return [
    terms([
      [
        'node image',
        run.image
          ? breakable(`${run.image.reference}, ${run.image.id}`)
          : 'not made by this tool: the origin of its components is not known',
      ],
      ['judged for', `the day ${run.startedAt.slice(0, 'yyyy-mm-dd'.length)}`],
      ['profile', run.policy.profile],
      ['newest certificate data', newest(input)],
    ]),
    origin.length > 0
      ? table(
          'Where each component of the node image comes from',
          ['component', 'version', 'origin and toolchain', 'module and its sum', 'judged'],
          origin.map((row) => originRow(row, verdictsOf(row.component, components, places))),
        )
      : null,
    origin.length > 0
      ? h(
          'p',
          { class: 'faint' },
          'Origins are what was recorded when the image was made, and stand beside findings by name. What a program on a node really carries is what its findings say.',
        )
      : null,
    unrecorded(others),
    alsoRunning(run.otherPrograms ?? []),
  ]
}
