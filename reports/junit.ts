import type { Finding } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { visible } from '../helpers/evidence/visible.ts'

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

const element = (name: string, attributes: Attributes, children: readonly string[] = []): string => {
  const tag = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escaped(String(value))}"`)].join(' ')
  return children.length > 0 ? `<${tag}>\n${children.join('\n')}\n</${name}>` : `<${tag}/>`
}

const detail = ({ subject, expected, observed, reason, remedy, notes, observations }: Finding): string =>
  [
    `subject: ${subject.key}`,
    `reason: ${reason}`,
    `expected: ${expected}`,
    `observed: ${observed}`,
    ...(remedy ? [`remedy: ${remedy}`] : []),
    ...notes.map((note) => `note: ${note}`),
    `observations: ${observations.join(', ') || 'none'}`,
  ].join('\n')

const outcome = (finding: Finding): string[] => {
  switch (finding.verdict) {
    case 'pass':
      return []
    case 'not-applicable':
      return [element('skipped', { message: finding.reason })]
    case 'fail':
      return [element('failure', { message: finding.reason, type: 'fail' }, [escaped(detail(finding))])]
    case 'inconclusive':
      return [element('error', { message: finding.reason, type: 'inconclusive' }, [escaped(detail(finding))])]
  }
}

const testcases = (findings: readonly Finding[]): string[] => {
  const names = Map.groupBy(findings, ({ subject }) => subject.name)
  return findings.map((finding) => {
    const { requirement, subject } = finding
    // Readers tell test cases apart by name; subjects are told apart by key.
    const name = names.get(subject.name)?.length === 1 ? subject.name : `${subject.name} [${subject.key}]`
    return element('testcase', { classname: requirement, name }, outcome(finding))
  })
}

const counts = (findings: readonly Finding[]): Attributes => ({
  tests: findings.length,
  failures: findings.filter(({ verdict }) => verdict === 'fail').length,
  errors: findings.filter(({ verdict }) => verdict === 'inconclusive').length,
  skipped: findings.filter(({ verdict }) => verdict === 'not-applicable').length,
})

const property = (name: string, value: string): string => element('property', { name, value })

/**
 * JUnit XML: a test suite for each requirement, a test case for each subject. fail is a failure, inconclusive an error, not-applicable is skipped.
 * Everything that was judged is in it, claimed or not; the property `claimed` of a suite says which, and `claim` and `exit` what the run makes of it.
 */
export const junitReport = ({ run, requirements, findings, summary, claimLine, exit }: ReportInput): string => {
  const byRequirement = Map.groupBy(findings, ({ requirement }) => requirement)
  const kinds = new Map(requirements.map(({ id, nist80053 }) => [id, nist80053.join(', ')]))
  const suites = summary.rows.map(({ requirement, title, claimed }) => {
    const own = byRequirement.get(requirement) ?? []
    const properties = element('properties', {}, [
      property('claimed', String(claimed)),
      property('nist80053', kinds.get(requirement) ?? ''),
      property('run', run.runId),
      property('claim', claimLine),
      property('exit', String(exit)),
    ])
    const name = title === requirement ? requirement : `${requirement}: ${title}`
    return element('testsuite', { name, ...counts(own), timestamp: run.startedAt.slice(0, 'yyyy-mm-ddThh:mm:ss'.length) }, [
      properties,
      ...testcases(own),
    ])
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('testsuites', { name: `fips-conformance ${run.cluster.name}`, ...counts(findings) }, suites)}\n`
}
