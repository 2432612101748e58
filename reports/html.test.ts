import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sampleRun } from '../helpers/evidence/sample.ts'
import { visible } from '../helpers/evidence/visible.ts'
import { catalogue } from '../helpers/policy/catalogue.ts'
import { css } from './html-style.ts'
import { reports } from './index.ts'
import { manyNodes } from './many-nodes.ts'
import { hash, hostile, inputOf, mixed, plain, threeNodes } from './sample-input.ts'

const elements = new Set(
  '!doctype html head meta title style body a header p span h1 h2 h3 main div table caption thead tr th tbody td section dl dt dd pre code details summary ol ul li time footer nav wbr strong b br figure figcaption svg g defs use desc text circle rect path pattern'.split(
    ' ',
  ),
)

describe('report.html', () => {
  const html = reports.html.report(plain)
  const bad = reports.html.report(hostile)
  const large = reports.html.report(threeNodes())

  it('begins with the claim and the result', () => {
    const text = html
      .slice(html.indexOf('<header>'))
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
    expect(text.startsWith(`${plain.claimLine} fail : something that was claimed fails`)).toBe(true)
    expect(plain.claimLine).toMatch(/^claimed: FIPS-MOD, FIPS-TLS \(and FIPS-SELF\)\. Not claimed: FIPS-NODE-1, which is not applicable/)
  })

  it('holds each finding with all that is known of it', () => {
    for (const part of [
      'it accepted ChaCha20',
      'accepts cca8',
      'what must be seen',
      'do this',
      'TLS key derivation runs outside',
      `sha256 of content</dt><dd><code>${hash}`,
      'file of this process',
      '2026-11-22T10:00:00.000Z',
      '<dt>a</dt><dd>/usr/bin/kubelet',
    ]) {
      expect(html).toContain(part)
    }
    for (const { id, statement, why } of catalogue) {
      expect(html).toContain(`id="r-${id}"`)
      expect(html).toContain(statement)
      expect(html.replaceAll('&quot;', '"')).toContain(why)
    }
  })

  it('says what a kind cluster cannot show', () => {
    expect(html).toContain('only a node with a kernel of its own')
    expect(reports.html.report(inputOf([], { run: sampleRun({ provider: 'machine' }) }))).not.toContain(
      'only a node with a kernel of its own',
    )
  })

  it('uses no word that only a laboratory may use', () => {
    expect(html).not.toMatch(/complian|certified/i)
  })

  it('loads nothing and runs nothing, by its policy and by what is in it', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? ''
    expect(style).toBe(css)
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`,
    )
    for (const page of [html, bad]) {
      expect(page).not.toMatch(/<(script|img|iframe|object|embed|link|form|base)\b/i)
      expect(page).not.toMatch(/<[^>]*\s(on\w+|style|src)=/i)
      for (const [, target] of page.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#[A-Za-z0-9_-]+$/)
    }
  })

  it('shows hostile text as text', () => {
    expect(bad).toContain('&lt;script>alert(1)')
    expect(visible(bad)).toBe(bad)
    expect(bad.isWellFormed()).toBe(true)
    // A bracket that is not an element of ours came from text.
    const names = new Set(Array.from(bad.matchAll(/<\/?([^\s>/]*)/g), ([, name]) => name))
    expect([...names].filter((name) => !elements.has(name ?? ''))).toEqual([])
  })

  it('links only to places that are there', () => {
    for (const page of [html, bad, large]) {
      const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
      expect(new Set(ids).size).toBe(ids.length)
      for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target)
    }
  })

  it('names the language, its landmarks and the heads of its tables', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/)
    for (const part of ['<header>', '<main id="main">', '<footer>', '<caption>', 'scope="col"', 'scope="row"', 'class="skip"'])
      expect(html).toContain(part)
  })

  it('tells what to do right after the result, before anything else', () => {
    const order = [
      'class="claim"',
      'class="overall',
      'id="next"',
      'id="waivers"',
      'id="summary"',
      'id="coverage"',
      'id="cluster"',
      'id="origins"',
      'id="findings"',
    ]
    const places = order.map((part) => html.indexOf(part))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('holds a cluster of three nodes in 600 KB, each observation once', () => {
    const input = threeNodes()
    const stored = JSON.stringify([input.findings, input.observations]).length
    expect(stored).toBeGreaterThan(1_000_000)
    expect(new TextEncoder().encode(large).length).toBeLessThan(600_000)
    const rows = [...large.matchAll(/<th scope="row">(listener:[^<]*-\d+)<|<dt>observation<\/dt><dd><code>([^<]*)</g)].map(
      ([, a, b]) => a ?? b,
    )
    expect(rows.toSorted()).toEqual(Object.keys(input.observations).toSorted())
  })

  it('leads to every finding, and from every finding to all that it rests on', () => {
    const input = threeNodes()
    for (const index of input.findings.keys()) expect(large.split(`id="f-${index + 1}"`)).toHaveLength(2)
    const marks = [...large.matchAll(/class="mark [a-z-]+" href="#(f-\d+)" aria-label="[^",]*, FIPS-TLS/g)].map(([, id]) => id)
    const expected = input.findings.flatMap(({ requirement }, index) => (requirement.startsWith('FIPS-TLS') ? [`f-${index + 1}`] : []))
    expect(marks.toSorted()).toEqual(expected.toSorted())
    const rests = [...large.matchAll(/<dt>rests on<\/dt><dd>(?:<a href="#o-\d+">(\d+) observations?<\/a>|no observation)/g)]
    expect(rests.reduce((sum, [, count]) => sum + Number(count ?? 0), 0)).toBe(
      input.findings.reduce((sum, { observations }) => sum + observations.length, 0),
    )
  })

  it('tells the verdict of a mark by a letter and by a name that can be read aloud', () => {
    for (const [, verdict, label, text] of [...html.matchAll(/class="mark ([a-z-]+)" href="[^"]*" aria-label="([^"]*)"[^>]*>([^<]*)</g)]) {
      expect({ pass: 'P', fail: 'F', inconclusive: 'I', 'not-applicable': 'n/a' }[verdict ?? '']).toBe(text)
      expect(label).toContain(verdict?.replace('-', ' '))
    }
  })

  it('shows 5,000 nodes with 100,000 findings in less than 5 MB, and hides none that fails', () => {
    const input = manyNodes(5000)
    expect(input.findings.length).toBe(100_000)
    const page = reports.html.report(input)
    expect(new TextEncoder().encode(page).length).toBeLessThan(5_000_000)
    for (const { subject } of input.findings.filter(({ verdict }) => verdict === 'fail').slice(0, 60)) expect(page).toContain(subject.key)
    expect(page).toContain('nodes alike')
    expect(page).toMatch(/And \d+ more, which findings\.json and findings\.csv hold/)
    const ids = new Set(Array.from(page.matchAll(/ id="([^"]*)"/g), ([, id]) => id))
    for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) expect(ids.has(target)).toBe(true)
  }, 30_000)

  const long = 'r'.repeat(50_000)
  it.each([
    ['long, each other than the next', (index: number) => `${'r'.repeat(5000)} ${index}`],
    ['longer than any reader has time for', () => long],
    ['short, each other than the next', (index: number) => `do ${index}`],
  ])(
    'keeps 10,000 failures under 5 MB whose texts are %s, and says what it left out',
    (_what, text) => {
      const many = manyNodes(500)
      const findings = many.findings.map((finding, index) => ({
        ...finding,
        verdict: 'fail' as const,
        reason: text(index),
        remedy: text(index),
        subject: { ...finding.subject, name: `${finding.subject.name}${'y'.repeat(3000)}` },
      }))
      const page = reports.html.report({ ...many, findings })
      expect(new TextEncoder().encode(page).length).toBeLessThan(5_000_000)
      expect(page).toMatch(/And \d+ (more|findings in other words|steps more), which findings/)
    },
    60_000,
  )

  it('tells what is waived beside the finding, and what was seen of what is there', () => {
    const page = reports.html.report(mixed)
    expect(page).toContain('(waived)')
    expect(page).toContain('waived by W-1 until 2026-12-31')
    expect(page).toContain('Coverage: what was judged of what the inventory has')
    expect(page.indexOf('id="changes"')).toBeGreaterThan(page.indexOf('class="overall'))
    expect(reports.html.report(plain)).toContain('holds it against no other run')
    expect(page).not.toContain('holds it against no other run')
  })
})
