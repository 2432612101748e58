import { describe, expect, it } from 'vitest'
import { readWaivers, type Waiver } from './waiver-file.ts'
import { applyWaivers, waiverState } from './waivers.ts'

const waiver = (more: Partial<Waiver> = {}): Waiver => ({
  id: 'W-1',
  scope: { requirement: 'FIPS-MOD-1', subject: '**/loopback' },
  reason: 'does no cryptography',
  owner: 'Ada',
  approver: 'Grace',
  ticket: 'T-1',
  created: '2026-11-01',
  expires: '2027-04-01',
  ...more,
})
const asOf = new Date('2026-11-22T12:00:00Z')
const finding = { requirement: 'FIPS-MOD-1', verdict: 'fail', names: ['root/opt/cni/bin/loopback', 'loopback'] } as const

describe('a waiver file', () => {
  it('is a list of waivers with every field', () => {
    expect(readWaivers({ waivers: [waiver()] }, 'w.yaml')).toEqual([waiver()])
  })

  it.each([
    ['that holds longer than 180 days', waiver({ expires: '2027-05-01' }), /181 days; at most 180/],
    ['that expires before it was made', waiver({ expires: '2026-10-01' }), /before it was made/],
    ['whose owner approves it', waiver({ approver: 'ada' }), /somebody else/],
    ['for an unknown requirement', waiver({ scope: { requirement: 'FIPS-MOD-9', subject: 'x' } }), /no requirement named/],
    ['for what the harness proves of itself', waiver({ scope: { requirement: 'FIPS-SELF', subject: '*' } }), /cannot be waived/],
    ['without a reason', waiver({ reason: ' ' }), /reason/],
    ['with a day that is none', waiver({ created: '2026-11-31' }), /created/],
    ['with a field that is unknown', { ...waiver(), until: 'x' }, /until/],
  ])('is refused with a waiver %s', (_what, bad, why) => {
    expect(() => readWaivers({ waivers: [bad] }, 'w.yaml')).toThrowError(
      expect.objectContaining({ code: 'WAIVERS_INVALID', trouble: expect.objectContaining({ exit: 64, why: expect.stringMatching(why) }) }),
    )
  })

  it('is refused with two waivers of one id', () => {
    expect(() => readWaivers({ waivers: [waiver(), waiver()] }, 'w.yaml')).toThrowError(/WAIVERS_INVALID/)
  })
})

describe('a waiver on a day', () => {
  it.each([
    ['2026-10-31T23:59:59Z', 'not-yet'],
    ['2026-11-01T00:00:00Z', 'holds'],
    ['2027-04-01T23:59:59Z', 'holds'],
    ['2027-04-02T00:00:00Z', 'expired'],
  ])('%s: %s', (day, state) => {
    expect(waiverState(waiver(), new Date(day))).toBe(state)
  })

  it('covers a fail in its scope, and is counted', () => {
    const applied = applyWaivers([waiver()], asOf)
    expect(applied.waiverOf(finding)?.id).toBe('W-1')
    expect(applied.report()).toMatchObject([{ state: 'holds', covered: 1, remark: 'until 2027-04-01, 130 days' }])
  })

  it.each(['inconclusive', 'pass', 'not-applicable'] as const)('never covers %s', (verdict) => {
    const applied = applyWaivers([waiver()], asOf)
    expect(applied.waiverOf({ ...finding, verdict })).toBeUndefined()
    expect(applied.report()).toMatchObject([{ covered: 0, remark: 'nothing in its scope fails: remove it' }])
  })

  it('covers nothing outside its scope, nothing with another digest, and nothing once it has expired', () => {
    expect(applyWaivers([waiver()], asOf).waiverOf({ ...finding, names: ['root/usr/bin/kubelet'] })).toBeUndefined()
    expect(applyWaivers([waiver()], asOf).waiverOf({ ...finding, requirement: 'FIPS-TLS-1' })).toBeUndefined()
    const bound = waiver({ scope: { requirement: 'FIPS-MOD', subject: 'loopback', sha256: 'a'.repeat(64) } })
    expect(applyWaivers([bound], asOf).waiverOf({ ...finding, sha256: 'b'.repeat(64) })).toBeUndefined()
    expect(applyWaivers([bound], asOf).waiverOf({ ...finding, sha256: 'a'.repeat(64) })?.id).toBe('W-1')
    const late = applyWaivers([waiver()], new Date('2027-05-01'))
    expect(late.waiverOf(finding)).toBeUndefined()
    expect(late.report()).toMatchObject([{ state: 'expired', remark: 'expired on 2027-04-01: it waives nothing any more' }])
  })

  it('says when nothing at all is in its scope', () => {
    expect(applyWaivers([waiver()], asOf).report()).toMatchObject([{ remark: 'no finding is in its scope: remove it' }])
  })
})
