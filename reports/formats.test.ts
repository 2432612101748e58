import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../helpers/evidence/canonical-json.ts'
import type { Finding } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { visible } from '../helpers/evidence/visible.ts'
import { verdicts } from '../helpers/policy/verdict.ts'
import { reports } from './index.ts'
import { manyNodes } from './many-nodes.ts'
import { coverageLines } from './result.ts'
import { hostile, listener, mixed, nasty, plain, threeNodes } from './sample-input.ts'

// biome-ignore lint/suspicious/noExplicitAny: a document of another format, read back as whoever gets it would
type Document = any
const json = (format: 'oscal' | 'hdf' | 'sarif' | 'cyclonedx' | 'ctrf' | 'sdr', input: ReportInput): Document =>
  JSON.parse(reports[format].report(input))

/** What a format says was judged: requirement, subject and verdict, in no order. */
type Said = readonly string[]

const line = (requirement: string, subject: string, verdict: string): string => visible(JSON.stringify([requirement, subject, verdict]))
const unquoted = (text: string): string => text.replaceAll('\\\\u{', '\\u{')
const said = (rows: readonly (readonly [string, string, string])[]): Said =>
  rows.map(([requirement, subject, verdict]) => unquoted(line(requirement, subject, verdict))).sort()

const xml = (text: string): string =>
  text.replace(
    /&(amp|lt|gt|quot|apos|#10|#9);/g,
    (_all, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#10': '\n', '#9': '\t' })[name] ?? '',
  )

const csvRows = (text: string): string[][] => {
  const rows: string[][] = []
  for (const row of text.split('\r\n').slice(0, -1)) {
    rows.push([...row.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, cell = '']) => cell.replaceAll('""', '"')))
  }
  return rows
}

const propertyOf = (properties: readonly { name: string; value: string }[], name: string): string =>
  properties.find((each) => each.name === name)?.value ?? ''

const read: Readonly<Record<string, (input: ReportInput) => Said>> = {
  junit: (input) =>
    said(
      [
        ...reports.junit
          .report(input)
          .matchAll(
            /<testcase classname="([^"]*)"[^>]*>\s*<properties>\s*<property name="verdict" value="([^"]*)"\/>[\s\S]*?<property name="subject" value="([^"]*)"/g,
          ),
      ].map(([, id = '', verdict = '', key = '']) => [xml(id), xml(key), verdict]),
    ),
  oscal: (input) =>
    said(
      json('oscal', input)['assessment-results'].results[0].observations.map(({ props }: Document) => [
        propertyOf(props, 'requirement'),
        propertyOf(props, 'subject'),
        propertyOf(props, 'verdict'),
      ]),
    ),
  hdf: (input) =>
    said(
      json('hdf', input).profiles[0].controls.flatMap(({ id, results }: Document) =>
        results.map(({ resource_id, verdict }: Document) => [id, resource_id, verdict]),
      ),
    ),
  sarif: (input) =>
    said(
      json('sarif', input)
        .runs[0].results.filter(({ baselineState }: Document) => baselineState !== 'absent')
        .map(({ ruleId, properties, kind }: Document) => [
          ruleId,
          properties.subject,
          { pass: 'pass', fail: 'fail', open: 'inconclusive', notApplicable: 'not-applicable' }[kind as 'pass'],
        ]),
    ),
  cyclonedx: (input) =>
    said(
      json('cyclonedx', input).declarations.evidence.flatMap(({ propertyName, data }: Document) => {
        const [, id, verdict] = /^([\s\S]*):([^:]*)$/.exec(propertyName) ?? []
        return verdict === 'waiver' ? [] : data.map(({ name }: Document) => [id, name, verdict])
      }),
    ),
  ctrf: (input) =>
    said(json('ctrf', input).results.tests.map(({ labels, rawStatus }: Document) => [labels.requirement, labels.subject, rawStatus])),
  csv: (input) =>
    said(
      csvRows(reports.csv.report(input))
        .slice(1)
        .map((cells) => [cells[0] ?? '', cells[5] ?? '', cells[2] ?? '']),
    ),
}

const expected = ({ findings }: ReportInput): Said =>
  said(findings.map(({ requirement, subject, verdict }: Finding) => [requirement, subject.key, verdict]))

const inputs = { plain, mixed, threeNodes: threeNodes() }

describe.each(Object.entries(inputs))('of the bundle %s', (_name, input) => {
  it.each(Object.keys(read))('%s tells each finding with its requirement, subject and verdict, and no other', (format) => {
    expect(read[format]?.(input)).toEqual(expected(input))
  })

  it('all formats count the same', () => {
    const { cluster, plants } = input.summary
    const document = (format: Parameters<typeof json>[0]) => json(format, input)
    expect(document('hdf').passthrough.verdicts).toEqual({ cluster, plants })
    expect(document('sarif').runs[0].properties.verdicts).toEqual({ cluster, plants })
    expect(document('ctrf').results.extra.verdicts).toEqual({ cluster, plants })
    expect(document('sdr').fragment.verdicts).toEqual({ cluster, plants })
    const bom = document('cyclonedx').metadata.properties
    const { props } = document('oscal')['assessment-results'].results[0]
    for (const [whose, counts] of Object.entries({ cluster, plants })) {
      for (const verdict of [...verdicts, 'waived'] as const) {
        expect(propertyOf(bom, `fips-conformance:verdicts:${whose}:${verdict}`)).toBe(String(counts[verdict]))
        expect(propertyOf(props, `${whose}-${verdict}`)).toBe(String(counts[verdict]))
      }
    }
    const words = `Of the cluster: ${cluster.pass} pass, ${cluster.fail} fail, ${cluster.inconclusive} inconclusive, ${cluster['not-applicable']} not applicable`
    expect(reports.markdown.report(input)).toContain(words)
    expect(reports.html.report(input)).toContain(words)
    expect(document('sdr').fragment.findings).toHaveLength(input.findings.length)
  })

  it('all formats that tell the coverage tell the same', () => {
    const lines = coverageLines(input)
    expect(lines.length).toBeGreaterThan(1)
    const html = reports.html.report(input)
    for (const one of lines) {
      const [, kind = '', judged, there] = /^(\S+): (\d+) of (\d+) were judged/.exec(one) ?? expect.fail(one)
      expect(reports.markdown.report(input)).toContain(`- ${kind}: ${judged} of ${there} were judged`)
      expect(html).toMatch(new RegExp(`<th scope="row">${kind}</th><td class="number">${there}</td><td class="number">${judged}</td>`))
    }
    for (const { ksiValidation } of json('sdr', input).keySecurityIndicators) expect(ksiValidation).toEqual(expect.arrayContaining(lines))
  })

  it('all formats tell the claim and the exit code', () => {
    const { claimLine, exit } = input
    expect(json('hdf', input).passthrough).toMatchObject({ claim: claimLine, exit })
    expect(json('sarif', input).runs[0]).toMatchObject({ properties: { claim: claimLine }, invocations: [{ exitCode: exit }] })
    expect(json('ctrf', input).results.extra).toMatchObject({ claim: claimLine, exit })
    expect(json('sdr', input).fragment).toMatchObject({ claim: claimLine, exit })
    expect(propertyOf(json('cyclonedx', input).metadata.properties, 'fips-conformance:exit')).toBe(String(exit))
    expect(json('oscal', input)['assessment-results'].results[0].description).toBe(`${claimLine}.`)
  })

  it.each(['oscal', 'hdf', 'sarif', 'cyclonedx', 'ctrf', 'sdr'] as const)('%s is canonical JSON', (format) => {
    const text = reports[format].report(input)
    expect(canonicalJson(JSON.parse(text)) === text).toBe(true)
  })
})

describe('waivers', () => {
  it.each(Object.keys(reports) as (keyof typeof reports)[])('%s names the waiver that holds, and its last day', (format) => {
    const text = reports[format].report(mixed)
    expect(text).toContain('W-1')
    expect(text).toContain('2026-12-31')
  })

  it.each(['html', 'markdown', 'junit', 'hdf', 'sarif', 'cyclonedx', 'ctrf', 'sdr', 'oscal'] as const)(
    '%s tells the waivers that waive nothing, too',
    (format) => {
      const text = reports[format].report(mixed)
      for (const id of ['W-2', 'W-3']) expect(text).toContain(id)
    },
  )

  it('never turn a failure into a pass', () => {
    const satisfied = json('oscal', mixed)['assessment-results'].results[0].findings.filter(
      ({ target }: Document) => target.status.state === 'satisfied',
    )
    expect(satisfied.map(({ target }: Document) => target['target-id'])).not.toContain('sc-8_obj')
    const result = json('sarif', mixed).runs[0].results.find(({ suppressions }: Document) => suppressions?.length === 1)
    expect(result).toMatchObject({ kind: 'fail', ruleId: 'FIPS-TLS-2', suppressions: [{ kind: 'external', status: 'accepted' }] })
    const test = json('ctrf', mixed).results.tests.find(({ labels }: Document) => labels.waiver === 'W-1')
    expect(test).toMatchObject({ status: 'other', rawStatus: 'fail' })
    const control = json('hdf', mixed).profiles[0].controls.find(({ id }: Document) => id === 'FIPS-TLS-2')
    expect(control.results[0].status).toBe('failed')
    expect(control.waiver_data).toMatchObject({ expiration_date: '2026-12-31', skipped_due_to_waiver: false })
    const risks = json('oscal', mixed)['assessment-results'].results[0].risks
    expect(risks.find(({ status }: Document) => status === 'deviation-approved')).toMatchObject({ deadline: '2026-12-31T23:59:59Z' })
  })
})

describe('what was not claimed', () => {
  it('is told and turns no reader red', () => {
    const sarif = json('sarif', mixed).runs[0].results.find(({ ruleId, kind }: Document) => ruleId === 'FIPS-NODE-1' && kind === 'fail')
    expect(sarif).toMatchObject({ level: 'note', properties: { claimed: false } })
    const ctrf = json('ctrf', mixed).results.tests.find(({ labels }: Document) => labels.requirement === 'FIPS-NODE-1')
    expect(ctrf).toMatchObject({ status: 'other', rawStatus: 'fail', labels: { claimed: false } })
    expect(json('ctrf', mixed).results.summary.failed).toBe(1)
    const row = csvRows(reports.csv.report(mixed)).find(([id]) => id === 'FIPS-NODE-1')
    expect(row?.slice(1, 3)).toEqual(['no', 'fail'])
    expect(reports.markdown.report(mixed)).toContain('FIPS-NODE-1 (not claimed)')
  })
})

describe('changes', () => {
  it.each(['html', 'markdown'] as const)('%s tells what is new and what is not seen any more', (format) => {
    const text = reports[format].report(mixed)
    expect(text).toContain('new failure')
    expect(text).toContain('lost coverage')
  })

  it('are the baseline of SARIF', () => {
    const results = json('sarif', mixed).runs[0].results
    expect(results.filter(({ baselineState }: Document) => baselineState === 'absent')).toHaveLength(1)
    expect(results.find(({ ruleId }: Document) => ruleId === 'FIPS-TLS-1')).toMatchObject({ baselineState: 'updated' })
    const states = (['new-failure', 'new-subject', 'still-failing', 'evidence-changed', 'waiver-expired', 'fixed'] as const).map((kind) => {
      const change = { kind, requirement: 'FIPS-TLS-1', subject: listener.key, name: 'x', now: 'fail' as const }
      const isNew = kind === 'new-subject' || kind === 'new-failure'
      const { since } = mixed.comparison ?? expect.fail('no comparison')
      const input = { ...mixed, comparison: { since, changes: [{ ...change, ...(!isNew && { before: 'pass' as const }) }] } }
      return json('sarif', input).runs[0].results.find(({ ruleId }: Document) => ruleId === 'FIPS-TLS-1').baselineState
    })
    expect(states).toEqual(['new', 'new', 'unchanged', 'updated', 'updated', 'updated'])
    expect(json('sarif', mixed).runs[0].baselineGuid).toBe(
      json('sarif', { ...mixed, run: { ...mixed.run, runId: 'run-0' } }).runs[0].automationDetails.guid,
    )
    expect(results.find(({ ruleId }: Document) => ruleId === 'FIPS-TLS-2')).toMatchObject({ baselineState: 'unchanged' })
    expect(json('sarif', plain).runs[0].results[0]).not.toHaveProperty('baselineState')
  })
})

describe('text of a cluster', () => {
  it.each(Object.keys(reports) as (keyof typeof reports)[])(
    '%s holds nothing that a terminal would obey, and no half of a pair',
    (format) => {
      // Rows of CSV end in two characters (RFC 4180).
      const text = reports[format].report(hostile).replaceAll('\r\n', '\n')
      expect(visible(text) === text).toBe(true)
      expect(text.isWellFormed()).toBe(true)
    },
  )

  it.each(['oscal', 'hdf', 'sarif', 'cyclonedx', 'ctrf', 'sdr'] as const)('%s stays JSON', (format) => {
    const text = reports[format].report(hostile)
    expect(canonicalJson(JSON.parse(text)) === text).toBe(true)
  })

  const attacks = ['=HYPERLINK("http://x")', '+1', '-1+1', '@SUM(A1)', '\t=1', '  =1', '\n=1', '＝1', '|calc', '%0A=1', 'a"\r\n"=1']

  it.each(attacks)('CSV makes no formula of %j', (attack) => {
    const finding = { ...plain.findings[0]!, reason: attack, subject: { ...plain.findings[0]!.subject, key: attack } }
    const rows = csvRows(reports.csv.report({ ...plain, findings: [finding] }))
    expect(rows).toHaveLength(2)
    expect(rows[1]).toHaveLength(rows[0]!.length)
    for (const cell of rows[1]!) expect(cell).not.toMatch(/^[\s\u3000]*[=+\-@|%＝＋－＠]/u)
  })

  it.each([
    '<script>alert(1)</script>',
    '[click](javascript:alert(1))',
    '![x](http://evil/x.png)',
    '| a | b |',
    '`code`',
    '# heading',
    '- item',
    '1. item',
    '> quote',
    '@maintainer',
    'owner/repo#1',
    'https://evil.example/',
    'www.evil.example',
    '<!--',
    '&lt;b&gt;',
    '**bold** _it_ ~~no~~',
    'a\n\n## b',
    '$x^2$',
    ':tada:',
  ])('Markdown shows %j and obeys nothing of it', (attack) => {
    const findings = plain.findings.map((finding) => ({ ...finding, reason: attack }))
    const text = reports.markdown.report({ ...plain, findings })
    const lines = text.split('\n').filter((each) => each.startsWith('- **'))
    expect(lines.length).toBeGreaterThan(0)
    for (const each of lines) {
      const own = each.replace(/^- \*\*(fail|inconclusive)\*\* /, '').replace(/<sub>[^<]*<\/sub>$/, '')
      expect(own).not.toMatch(/[<>|`*_[\]@!~^$]|(?<!&)#|:\/\/|\bwww\./)
      const shown = own.replace(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))
      expect(shown).toContain(attack.replace(/\s+/g, ' '))
    }
  })

  it('Markdown stays under 1 MiB with 100,000 findings that fail, as many changes and 5,000 waivers, and says what it left out', () => {
    const large = manyNodes(5000)
    const findings = large.findings.map((finding) => ({ ...finding, verdict: 'fail' as const, reason: nasty.repeat(8), remedy: nasty }))
    const change = { kind: 'new-failure' as const, requirement: 'FIPS-MOD-1', name: nasty, before: 'pass' as const, now: 'fail' as const }
    const [waived] = mixed.waivers
    const text = reports.markdown.report({
      ...large,
      findings,
      comparison: {
        since: { runId: 'run-0', startedAt: '2026-11-21T10:00:00.000Z' },
        changes: findings.map(({ subject }) => ({ ...change, subject: subject.key })),
      },
      waivers: Array.from({ length: 5000 }, (_, index) => ({ ...waived!, waiver: { ...waived!.waiver, id: `W-${index}`, reason: nasty } })),
    })
    expect(findings).toHaveLength(100_000)
    expect(new TextEncoder().encode(text).length).toBeLessThan(1024 * 1024)
    expect(text.match(/^- and \d+ more/gm)).toHaveLength(3)
    for (const part of ['## What changed', '## Waivers', '## Requirements', '## What fails', '## Coverage', 'Run '])
      expect(text).toContain(part)
  }, 30_000)
})
