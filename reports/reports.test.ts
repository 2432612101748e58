import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { withUncovered } from '../helpers/evidence/evaluate.ts'
import type { Finding } from '../helpers/evidence/model.ts'
import { reportInput } from '../helpers/evidence/report-input.ts'
import { sampleEvidence, sampleFinding, sampleRun, sampleSubject } from '../helpers/evidence/sample.ts'
import { visible } from '../helpers/evidence/visible.ts'
import { catalogue } from '../helpers/policy/catalogue.ts'
import { css, palette } from './html-style.ts'
import { isReportFormat, reports } from './index.ts'

const hash = 'ab'.repeat(32)
const listener = sampleSubject('node-a:6443', { kind: 'listener', name: 'kube-apiserver :6443', node: 'node-a' })

const inputOf = (
  findings: readonly Finding[],
  { claim = ['FIPS-MOD', 'FIPS-TLS'], run = sampleRun(), source = '/usr/bin/kubelet' } = {},
) => {
  const evidence = [sampleEvidence('w-1', 'kubelet', 'FIPS-MOD-1', { source, data: { z: 1, a: source }, blobs: { content: hash } })]
  const inventory = { node: { complete: true, count: 0 } }
  return reportInput({
    bundle: { run, plan: { claim, pairs: [] }, evidence, cut: [] },
    findings: withUncovered(findings, { requirements: catalogue, inventory }),
  })
}

const plain = inputOf([
  sampleFinding('FIPS-MOD-1', 'pass', {
    observations: ['w-1'],
    subject: sampleSubject('kubelet', { node: 'node-a' }),
    notes: ['TLS key derivation runs outside'],
  }),
  sampleFinding('FIPS-TLS-2', 'fail', { subject: listener, observed: 'accepts cca8', reason: 'it accepted ChaCha20' }),
  sampleFinding('FIPS-TLS-3', 'inconclusive', { subject: listener, observed: 'no answer' }),
  sampleFinding('FIPS-SELF-1', 'pass'),
])

const nasty = `<script>alert(1)</script>"'&]]>--><!--\u0000\u001b[31m\u202e\uffff\ud800<img src=x onerror=y>`
const hostile = inputOf(
  [
    sampleFinding('FIPS-MOD-1', 'fail', {
      observations: ['w-1', nasty],
      subject: sampleSubject(nasty, { name: nasty, node: nasty, detail: { [nasty]: nasty } }),
      expected: nasty,
      observed: nasty,
      reason: nasty,
      remedy: nasty,
      notes: [nasty],
    }),
    sampleFinding('FIPS-MOD-1', 'not-applicable', { subject: sampleSubject(nasty, { name: nasty }), reason: nasty }),
    sampleFinding(nasty, 'inconclusive', { subject: { ...listener, name: nasty }, reason: nasty }),
  ],
  {
    claim: [nasty],
    source: nasty.toWellFormed(),
    run: sampleRun({
      runId: nasty,
      cluster: { name: nasty, createdBy: 'user', nodes: [{ name: nasty, role: nasty }] },
      host: { [nasty]: nasty },
    }),
  },
)

type XmlElement = { tag: string; attributes: Record<string, string>; text: string; parent: string }

const xmlText = (text: string): string =>
  text.replace(/&([^;]*;?)/g, (reference, name: string) => {
    const known: Record<string, string> = { 'amp;': '&', 'lt;': '<', 'gt;': '>', 'quot;': '"', 'apos;': "'", '#10;': '\n', '#9;': '\t' }
    return known[name] ?? expect.fail(`not a reference: ${reference}`)
  })

/** Reads XML 1.0 as far as a JUnit file goes (declaration, elements, attributes, text), and fails on whatever is not well-formed. */
const parseXml = (xml: string): XmlElement[] => {
  expect(xml).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u)
  const [, declaration = '', body = ''] = /^(<\?xml version="1\.0" encoding="UTF-8"\?>\n)([\s\S]*)$/.exec(xml) ?? []
  expect(declaration).not.toBe('')
  const found: XmlElement[] = []
  const open: XmlElement[] = []
  for (const [token] of body.matchAll(/<[^>]*>|[^<]+|</g)) {
    if (!token.startsWith('<')) {
      const inside = open.at(-1)
      if (inside) inside.text += xmlText(token)
      else expect(token.trim()).toBe('')
    } else if (token.startsWith('</')) {
      expect(token).toBe(`</${open.pop()?.tag}>`)
    } else {
      const [, tag = '', rest = '', empty] = /^<([a-z]+)((?: [a-z0-9]+="[^"<]*")*)(\/?)>$/.exec(token) ?? expect.fail(`not a tag: ${token}`)
      const pairs = Array.from(rest.matchAll(/ ([a-z0-9]+)="([^"]*)"/g), ([, name = '', value = '']) => [name, xmlText(value)] as const)
      expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length)
      if (found.length > 0) expect(open).not.toEqual([])
      const element = { tag, attributes: Object.fromEntries(pairs), text: '', parent: open.at(-1)?.tag ?? '' }
      found.push(element)
      if (!empty) open.push(element)
    }
  }
  expect(open).toEqual([])
  return found
}

const elements = new Set(
  '!doctype html head meta title style body a header p span h1 h2 h3 main div table caption thead tr th tbody td section dl dt dd code details summary ol ul li time footer'.split(
    ' ',
  ),
)

describe('report.html', () => {
  const html = reports.html.report(plain)
  const bad = reports.html.report(hostile)

  it('begins with the claim and the result', () => {
    const text = html
      .slice(html.indexOf('<header>'))
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
    expect(text).toMatch(
      /^claimed: FIPS-MOD, FIPS-TLS \(and FIPS-SELF\)\. Not claimed: FIPS-NODE-1, which is not applicable fail : something that was claimed fails/,
    )
  })

  it('holds each finding with all that is known of it', () => {
    for (const part of [
      'it accepted ChaCha20',
      'accepts cca8',
      'what must be seen',
      'do this',
      'TLS key derivation runs outside',
      `sha256:${hash}`,
      'file of this process',
      '2026-11-22T10:00:00.000Z',
      '{&quot;a&quot;:',
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
    for (const page of [html, bad]) {
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
})

describe('the colours', () => {
  const luminance = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a: string, b: string): number => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
    return (high + 0.05) / (low + 0.05)
  }
  it.each(['light', 'dark'] as const)('of the %s scheme can be told from their ground (WCAG 2.2, 1.4.3)', (scheme) => {
    const { ground, panel, line: _line, ...texts } = palette[scheme]
    for (const text of Object.values(texts))
      for (const behind of [ground, panel]) expect(contrast(text, behind)).toBeGreaterThanOrEqual(4.5)
  })
})

describe('junit.xml', () => {
  it('has a suite for each requirement and a case for each subject', () => {
    const elements = parseXml(reports.junit.report(plain))
    expect(elements.filter(({ tag }) => tag === 'testsuite')).toHaveLength(catalogue.length)
    const cases = elements.filter(({ tag }) => tag === 'testcase')
    expect(cases).toHaveLength(plain.findings.length)
    expect(elements[0]).toMatchObject({ tag: 'testsuites', attributes: { failures: '1', skipped: '1' } })
    expect(elements.filter(({ tag }) => tag === 'failure')).toMatchObject([
      { parent: 'testcase', attributes: { message: 'it accepted ChaCha20', type: 'fail' } },
    ])
    expect(elements.filter(({ tag }) => tag === 'error').length).toBe(
      plain.findings.filter(({ verdict }) => verdict === 'inconclusive').length,
    )
    expect(elements.filter(({ tag }) => tag === 'skipped')).toMatchObject([{ parent: 'testcase' }])
  })

  it('stays well-formed with hostile text, and loses none of it', () => {
    const elements = parseXml(reports.junit.report(hostile))
    const message = elements.find(({ tag }) => tag === 'failure')?.attributes.message
    expect(message).toContain('<script>alert(1)</script>"\'&]]>--><!--\\u{0}\\u{1b}[31m')
    const names = elements
      .filter(({ tag, attributes }) => tag === 'testcase' && attributes.classname === 'FIPS-MOD-1')
      .map(({ attributes }) => attributes.name)
    expect(names).toHaveLength(2)
  })

  it('keeps line feeds in a message', () => {
    const elements = parseXml(reports.junit.report(inputOf([sampleFinding('FIPS-MOD-1', 'fail', { reason: 'one\ntwo\tthree' })])))
    expect(elements.find(({ tag }) => tag === 'failure')?.attributes.message).toBe('one\ntwo\tthree')
  })
})

describe.each(['html', 'junit'] as const)('the format %s', (format) => {
  const { report } = reports[format]
  it('gives the same bytes for the same bundle, however it was put together', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, reversed(member)]),
      )
    }
    expect(report(plain)).toBe(report(structuredClone(plain)))
    expect(report(reversed(plain) as typeof plain)).toBe(report(plain))
  })

  it('reads no clock, zone or locale', () => {
    const program = `
import { reports } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
let text = ''
for await (const chunk of process.stdin) text += chunk
process.stdout.write(reports[${JSON.stringify(format)}].report(JSON.parse(text)))`
    const elsewhere = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      input: JSON.stringify(plain),
      encoding: 'utf8',
      env: { ...process.env, TZ: 'Pacific/Kiritimati', LC_ALL: 'ar_EG.UTF-8', LANG: 'ar_EG.UTF-8' },
    })
    expect(elsewhere).toBe(report(plain))
  })
})

it.each([
  ['html', true],
  ['junit', true],
  ['toString', false],
  ['pdf', false],
])('%s is a format: %s', (name, is) => {
  expect(isReportFormat(name)).toBe(is)
})
