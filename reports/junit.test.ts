import { describe, expect, it } from 'vitest'
import { sampleFinding } from '../helpers/evidence/sample.ts'
import { catalogue } from '../helpers/policy/catalogue.ts'
import { reports } from './index.ts'
import { hostile, inputOf, mixed, plain } from './sample-input.ts'

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
      const [, tag = '', rest = '', empty] =
        /^<([a-z-]+)((?: [a-z0-9]+="[^"<]*")*)(\/?)>$/.exec(token) ?? expect.fail(`not a tag: ${token}`)
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

describe('junit.xml', () => {
  it('has a suite for each requirement and a case for each subject', () => {
    const elements = parseXml(reports.junit.report(plain))
    expect(elements.filter(({ tag }) => tag === 'testsuite')).toHaveLength(catalogue.length)
    const cases = elements.filter(({ tag }) => tag === 'testcase')
    expect(cases).toHaveLength(plain.findings.length)
    expect(elements[0]).toMatchObject({ tag: 'testsuites', attributes: { failures: '1' } })
    expect(elements.filter(({ tag }) => tag === 'failure')).toMatchObject([
      { parent: 'testcase', attributes: { message: 'it accepted ChaCha20', type: 'fail' } },
    ])
    const claimed = (id: string): boolean => /^FIPS-(MOD|TLS|SELF)-/.test(id)
    const errors = plain.findings.filter(({ verdict, requirement }) => verdict === 'inconclusive' && claimed(requirement))
    expect(elements.filter(({ tag }) => tag === 'error')).toHaveLength(errors.length)
  })

  it('turns nobody red who did not claim it, and tells it all the same', () => {
    const elements = parseXml(reports.junit.report(mixed))
    const cases = elements.filter(({ tag }) => tag === 'testcase')
    const outcomes = cases.map(({ attributes }) => {
      const at = elements.findIndex((element) => element.attributes === attributes)
      const next = elements.findIndex(({ tag }, index) => index > at && tag === 'testcase')
      const own = elements.slice(at + 1, next === -1 ? undefined : next)
      const outcome = own.find(({ tag }) => ['failure', 'error', 'skipped'].includes(tag))
      return [attributes.classname, attributes.name, outcome?.tag ?? 'passed', outcome?.attributes.message] as const
    })
    const of = (id: string, name: string) => outcomes.find(([requirement, subject]) => requirement === id && subject === name)?.slice(2)
    expect(of('FIPS-TLS-1', 'node-a:6443')).toEqual(['failure', 'it accepted TLS 1.1'])
    expect(of('FIPS-TLS-2', 'node-a:6443')).toEqual(['skipped', expect.stringContaining('fail, waived by W-1 until 2026-12-31')])
    expect(of('FIPS-NODE-1', 'node:node-a')).toEqual(['skipped', 'not claimed, fail: FIPS mode is off'])
    expect(of('FIPS-NODE-2', 'node:node-a')).toEqual(['skipped', expect.stringContaining('not claimed, inconclusive')])
    expect(of('FIPS-MOD-1', 'etcd')?.[0]).toBe('error')
    expect(of('FIPS-MOD-1', 'kubelet')?.[0]).toBe('passed')
    expect(elements.filter(({ tag }) => tag === 'system-out').length).toBeGreaterThan(2)
  })

  it('names a case by the key of its subject, which holds no port that changes', () => {
    const cases = parseXml(reports.junit.report(mixed)).filter(({ tag }) => tag === 'testcase')
    expect(cases.map(({ attributes }) => attributes.name)).toEqual(expect.arrayContaining(mixed.findings.map(({ subject }) => subject.key)))
  })

  it('stays well-formed with hostile text, and loses none of it', () => {
    const elements = parseXml(reports.junit.report(hostile))
    const message = elements.find(({ tag }) => tag === 'system-out')?.text
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

  it('tells times of the run only', () => {
    const suites = parseXml(reports.junit.report(plain)).filter(({ tag }) => tag === 'testsuite')
    expect(new Set(suites.map(({ attributes }) => attributes.timestamp))).toEqual(new Set(['2026-11-22T10:00:00']))
    expect(reports.junit.report(plain)).not.toMatch(/ time="[^0]/)
  })

  it('counts in its root what its suites count', () => {
    const elements = parseXml(reports.junit.report(plain))
    const suites = elements.filter(({ tag }) => tag === 'testsuite')
    for (const name of ['tests', 'failures', 'errors', 'skipped']) {
      const sum = suites.reduce((total, { attributes }) => total + Number(attributes[name]), 0)
      expect(elements[0]?.attributes[name]).toBe(String(sum))
    }
  })
})
