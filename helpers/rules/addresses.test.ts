import { describe, expect, it } from 'vitest'
import type { Protocol } from '../tls/analyse/protocol.ts'
import { type AtAddress, judgeAddresses } from './addresses.ts'
import type { Outcome, Rule } from './outcome.ts'

const by = { asOf: new Date('2026-11-22T00:00:00Z') }
/** A rule that says what it is told. */
const rule: Rule<Outcome['verdict']> = (verdict) => ({
  verdict,
  reason: `it is ${verdict}`,
  expected: '',
  observed: '',
  remedy: '',
  notes: [],
})
const at = (address: string, facts: Outcome['verdict'], protocol: Protocol = 'tls'): AtAddress<Outcome['verdict']> => ({
  at: address,
  protocol,
  seenFrom: `${protocol} at ${address}`,
  facts,
})

describe('a listener with two addresses', () => {
  it.each([
    ['pass', 'fail', 'fail'],
    ['fail', 'pass', 'fail'],
    ['pass', 'inconclusive', 'inconclusive'],
    ['inconclusive', 'fail', 'fail'],
    ['pass', 'pass', 'pass'],
    ['not-applicable', 'pass', 'pass'],
  ] as const)('%s and %s is %s', (first, second, verdict) => {
    const outcome = judgeAddresses(rule, [at('127.0.0.1', first), at('[::1]', second)], by)
    expect(outcome.verdict).toBe(verdict)
    expect(outcome.reason).toBe(first === second ? 'it is pass' : `at ${first === verdict ? '127.0.0.1' : '[::1]'}: it is ${verdict}`)
    expect(outcome.notes).toHaveLength(1)
  })

  it('is judged where it is, and says where it is not', () => {
    const outcome = judgeAddresses(rule, [at('127.0.0.1', 'pass'), at('[::1]', 'inconclusive', 'unreachable')], by)
    expect(outcome).toMatchObject({ verdict: 'pass', reason: 'it is pass', notes: ['not reached at [::1]: unreachable at [::1]'] })
  })

  it('is not passed for being nowhere', () => {
    const both = judgeAddresses(rule, [at('127.0.0.1', 'inconclusive', 'unreachable'), at('[::1]', 'inconclusive', 'unreachable')], by)
    expect(both).toMatchObject({ verdict: 'inconclusive', reason: 'it is inconclusive' })
  })

  it('with one address is as the rule says', () => {
    expect(judgeAddresses(rule, [at('127.0.0.1', 'fail')], by)).toEqual(rule('fail', by))
  })
})
