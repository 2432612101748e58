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

  it('name every suite that they ask for', () => {
    const asked = tlsQuestions.filter(({ asks }) => asks === 'suite').flatMap(({ codePoints }) => codePoints)
    expect(asked.filter((code) => suiteName(code) === 'suite')).toEqual([])
  })

  it('ask for what their titles say', () => {
    const named = (id: string): string[] => (tlsQuestions.find((question) => question.id === id)?.codePoints ?? []).map(suiteName)
    expect(named('tls12-cbc').filter((name) => !/_(EC)?DHE_.*AES_.*_CBC_/.test(name))).toEqual([])
    expect(named('tls12-rsa').filter((name) => !name.startsWith('TLS_RSA_WITH_AES_'))).toEqual([])
    expect(named('tls12-chacha20').filter((name) => !name.includes('CHACHA20'))).toEqual([])
    expect(named('tls12-weak').filter((name) => !/NULL|EXPORT|anon|RC4|_DES_|3DES|IDEA/.test(name))).toEqual([])
  })

  it('have controls that every profile approves', () => {
    expect(controls.version.every((code) => approves(fips1403Tls, 'version', code))).toBe(true)
    expect([...controls.tls12Suites, ...controls.tls13Suites].every((code) => approves(fips1403Tls, 'suite', code))).toBe(true)
    expect(controls.groups.every((code) => approves(fips1403Tls, 'group', code))).toBe(true)
  })

  it('ask for something that the default profile forbids in every block', () => {
    const forbidden = tlsQuestions.filter(({ asks, codePoints }) => codePoints.some((code) => !approves(fips1403Tls, asks, code)))
    expect(new Set(forbidden.map(({ block }) => block))).toEqual(new Set(['versions', 'tls12', 'tls13']))
    expect(approves(fips1403Tls, 'suite', '1303')).toBe(false)
    expect(approves(fips1403Tls, 'group', '001d')).toBe(false)
  })
})
