import type { Finding } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { visible } from '../helpers/evidence/visible.ts'
import { changesByFinding, type Told, toldFindings, waiverLine, waiverWords } from './told.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Text and attribute values alike. `visible` has already turned what XML 1.0 cannot carry (section 2.2) into its code point. */
const escaped = (text: string): string => visible(text).replace(/[&<>"'\n\t]/g, (character) => entities[character] ?? character)

type Attributes = Readonly<Record<string, string | number>>

const tagOf = (name: string, attributes: Attributes): string =>
  [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escaped(String(value))}"`)].join(' ')

const element = (name: string, attributes: Attributes, children: readonly string[] = []): string => {
  const tag = tagOf(name, attributes)
  return children.length > 0 ? `<${tag}>\n${children.join('\n')}\n</${name}>` : `<${tag}/>`
}

/** An element that has children, each made when it is written. */
function* largeElement(name: string, attributes: Attributes, children: Iterable<Iterable<string>>): Generator<string> {
  yield `<${tagOf(name, attributes)}>\n`
  for (const child of children) {
    yield* child
    yield '\n'
  }
  yield `</${name}>`
}

const detail = ({ subject, expected, observed, reason, remedy, notes, observations }: Finding): string =>
  [
    `subject: ${subject.key}`,
    `name: ${subject.name}`,
    `reason: ${reason}`,
    `expected: ${expected}`,
    `observed: ${observed}`,
    ...(remedy ? [`remedy: ${remedy}`] : []),
    ...notes.map((note) => `note: ${note}`),
    `observations: ${observations.join(', ') || 'none'}`,
  ].join('\n')

type Outcome = 'passed' | 'failures' | 'errors' | 'skipped'

/** A reader is red by failures and errors alone, so only what decides the exit code is one. */
const outcomeOf = ({ claimed, standing }: Told): Outcome => {
  if (standing === 'pass') return 'passed'
  if (!claimed || standing === 'waived' || standing === 'not-applicable') return 'skipped'
  return standing === 'fail' ? 'failures' : 'errors'
}

const outcome = (told: Told): string[] => {
  const { finding, claimed, waiver } = told
  switch (outcomeOf(told)) {
    case 'passed':
      return []
    case 'skipped': {
      const why = [
        ...(claimed || finding.verdict === 'not-applicable' ? [] : [`not claimed, ${finding.verdict}`]),
        ...(waiver ? [`${finding.verdict}, ${waiverWords(waiver)}`] : []),
        finding.reason,
      ].join(': ')
      const told = finding.verdict === 'not-applicable' ? [] : [`<system-out>${escaped(detail(finding))}</system-out>`]
      return [element('skipped', { message: why }), ...told]
    }
    case 'failures':
      return [element('failure', { message: finding.reason, type: 'fail' }, [escaped(detail(finding))])]
    case 'errors':
      return [element('error', { message: finding.reason, type: 'inconclusive' }, [escaped(detail(finding))])]
  }
}

const property = (name: string, value: string): string => element('property', { name, value })

// Readers tell test cases apart by name, over runs too: so it holds no port that changes and no name of a cluster that is made anew.
const testcase = (told: Told, change: string | undefined): string => {
  const { finding, stable, claimed, standing, waiver } = told
  const properties = element('properties', {}, [
    property('verdict', finding.verdict),
    property('claimed', String(claimed)),
    property('standing', standing),
    property('subject', finding.subject.key),
    ...(waiver ? [property('waiver', waiver.id)] : []),
    ...(waiver?.seen ? [property('waived-until', waiver.seen.waiver.expires)] : []),
    ...(change ? [property('change', change)] : []),
  ])
  return element('testcase', { classname: finding.requirement, name: stable, time: '0' }, [properties, ...outcome(told)])
}

const counts = (told: readonly Told[]): Attributes => {
  const of = (wanted: Outcome): number => told.filter((one) => outcomeOf(one) === wanted).length
  return { tests: told.length, failures: of('failures'), errors: of('errors'), skipped: of('skipped') }
}

/**
 * JUnit XML: a test suite for each requirement, a test case for each subject, named by what of its key outlives the cluster. A claimed fail is a failure, a claimed inconclusive an error; what is
 * waived, not claimed or not applicable is skipped with a message that says which. The property `verdict` of a test case always says what was judged.
 */
export function* junitPieces(input: ReportInput): Generator<string> {
  const { run, requirements, summary, claimLine, exit, waivers, comparison } = input
  const told = toldFindings(input)
  const changes = changesByFinding(input)
  const byRequirement = Map.groupBy(told, ({ finding }) => finding.requirement)
  const kinds = new Map(requirements.map(({ id, nist80053 }) => [id, nist80053.join(', ')]))
  const suiteOf = ({ requirement, title, claimed }: (typeof summary.rows)[number]): Iterable<string> => {
    const own = byRequirement.get(requirement) ?? []
    const properties = element('properties', {}, [
      property('claimed', String(claimed)),
      property('nist80053', kinds.get(requirement) ?? ''),
      property('run', run.runId),
      property('cluster', run.cluster.name),
      property('claim', claimLine),
      property('exit', String(exit)),
      ...(comparison ? [property('since', comparison.since.runId)] : []),
      ...waivers.map((seen) => property('waiver', waiverLine(seen))),
    ])
    const name = title === requirement ? requirement : `${requirement}: ${title}`
    const timestamp = run.startedAt.slice(0, 'yyyy-mm-ddThh:mm:ss'.length)
    const children = function* (): Generator<Iterable<string>> {
      yield [properties]
      for (const one of own) yield [testcase(one, changes.get(one.key)?.kind)]
    }
    return largeElement('testsuite', { name, ...counts(own), time: '0', timestamp }, children())
  }
  const suites = function* (): Generator<Iterable<string>> {
    for (const row of summary.rows) yield suiteOf(row)
  }
  const attributes = { name: run.tool.name, ...counts(told) }
  yield '<?xml version="1.0" encoding="UTF-8"?>\n'
  // Without a suite it is an element without children, which is written in another way.
  if (summary.rows.length === 0) yield element('testsuites', attributes)
  else yield* largeElement('testsuites', attributes, suites())
  yield '\n'
}
