import { describe, expect, it } from 'vitest'
import { suiteName } from './code-points.ts'
import { approves, fips1403Tls } from './profiles.ts'
import { controls, everyGroup, everySuite, tlsQuestions } from './tls-questions.ts'

describe('questions', () => {
  it('never offer a signalling value, GREASE, or a code point twice', () => {
    for (const { codePoints } of [...tlsQuestions, { codePoints: everySuite }, { codePoints: everyGroup }]) {
      expect(new Set(codePoints).size).toBe(codePoints.length)
      expect(codePoints.filter((code) => code === '00ff' || code === '5600' || /^(.)a\1a$/.test(code))).toEqual([])
      expect(codePoints.every((code) => /^[0-9a-f]{4}$/.test(code))).toBe(true)
    }
  })

  it('name every suite that their hellos offer', () => {
    expect(everySuite.filter((code) => suiteName(code) === 'suite')).toEqual([])
  })

  it('have controls that every profile approves', () => {
    expect(controls.version.every((code) => approves(fips1403Tls, 'version', code))).toBe(true)
    expect([...controls.tls12Suites, ...controls.tls13Suites].every((code) => approves(fips1403Tls, 'suite', code))).toBe(true)
    expect(controls.groups.every((code) => approves(fips1403Tls, 'group', code))).toBe(true)
  })

  it('ask for every version, and those below TLS 1.2 are what the default profile forbids', () => {
    const asked = tlsQuestions.flatMap(({ codePoints }) => codePoints)
    expect(asked.toSorted()).toEqual(['0300', '0301', '0302', '0303', '0304'])
    expect(asked.filter((code) => !approves(fips1403Tls, 'version', code))).toEqual(['0300', '0301', '0302'])
  })

  it('are put in hellos that offer what the default profile forbids: a version that serves nothing else is found too', () => {
    expect(approves(fips1403Tls, 'suite', everySuite[0] ?? '')).toBe(false)
    expect(approves(fips1403Tls, 'group', everyGroup[0] ?? '')).toBe(false)
  })
})
