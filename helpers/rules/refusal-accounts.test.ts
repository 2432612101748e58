import { describe, expect, it } from 'vitest'
import { askable } from '../policy/code-point-space.ts'
import { fips1403Tls } from '../policy/profiles.ts'
import { code4, ranges } from '../tls/analyse/ranges.ts'
import type { SweepAccount } from '../tls/analyse/sweep.ts'
import type { SweepFacts } from '../tls/analyse/sweep-accounts.ts'
import { judgeAccounts } from './refusal-accounts.ts'

const asOf = new Date('2026-11-22T00:00:00Z')
const except = (...codes: string[]): string[] => ranges(askable('suite').filter((number) => !codes.includes(code4(number))))
const account = (rest: Partial<SweepAccount> = {}): SweepAccount => ({
  asks: 'suite',
  version: '0304',
  certificate: 'any',
  sni: null,
  scope: 'whole',
  asked: 65_518,
  accepted: ['1301', '1302'],
  unconfirmed: [],
  notServable: [],
  refused: except('1301', '1302'),
  refusedAtypically: [],
  silent: [],
  inconclusive: [],
  violations: [],
  proofs: [],
  ...rest,
})
const sweep = (one: SweepAccount): SweepFacts => ({ accounts: [one], absentCertificates: [], omitted: [] })
const judge = (one: SweepAccount, profile = fips1403Tls) => judgeAccounts(sweep(one), 'suite', profile, asOf)

describe('judgeAccounts', () => {
  it('is content with an account that closes', () => {
    expect(judge(account())).toMatchObject({ offences: [], doubts: [], refused: 65_516 })
    expect(judge(account()).observed).toBe('suites of TLS 1.3: 65,516 of 65,518 refused, 2 accepted')
    expect(judge(account()).notes.join()).toContain('00ff, 5600 and the 16 GREASE values 0a0a to fafa')
  })

  it.each([
    ['a number is missing', account({ refused: except('1301', '1302', 'abcd') }), 'does not close: 65,517 of 65,518'],
    ['a number stands twice', account({ accepted: ['1301', '1302', '1304'] }), 'twice'],
    ['a signalling value was counted', account({ silent: ['5600'] }), 'does not close: 65,519'],
    ['its own total is another', account({ asked: 65_517 }), 'does not close'],
  ])('doubts where %s', (_case, one, doubt) => {
    expect(judge(one).doubts.join()).toContain(doubt)
  })

  it('counts what could not be served as accepted', () => {
    const one = account({ notServable: ['1303'], refused: except('1301', '1302', '1303') })
    expect(judge(one).offences).toEqual(['TLS_CHACHA20_POLY1305_SHA256 (1303) accepted in TLS 1.3, though it could not go through with it'])
  })

  it('leaves open what is inconclusive and not approved, and no more', () => {
    const open = (code: string): SweepAccount =>
      account({ refused: except('1301', '1302', code), inconclusive: [{ codes: [code], why: 'a test' }] })
    expect(judge(open('1303')).doubts).toEqual(['1 suites of TLS 1.3: a test'])
    expect(judge(open('1304')).doubts).toEqual([])
  })

  it('takes silence and unusual alerts as the profile says', () => {
    const silent = account({ refused: except('1301', '1302', '1303'), silent: ['1303'] })
    expect(judge(silent).doubts).toHaveLength(1)
    expect(judge(silent, { ...fips1403Tls, silentRefusal: true }).doubts).toEqual([])
    const odd = account({ refused: except('1301', '1302', '1303'), refusedAtypically: ['1303'] })
    expect(judge(odd).doubts).toEqual([])
    expect(judge(odd, { ...fips1403Tls, atypicalRefusal: false }).doubts).toHaveLength(1)
  })

  it('fails a protocol violation, and passes nothing without an account', () => {
    expect(judge(account({ violations: ['suite 1303 was not offered (o1)'] })).offences.join()).toContain('protocol violation')
    expect(judgeAccounts({ accounts: [], absentCertificates: [], omitted: [] }, 'suite', fips1403Tls, asOf).doubts).toEqual([
      'no account of suites',
    ])
  })
})
