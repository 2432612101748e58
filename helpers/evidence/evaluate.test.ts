import { describe, expect, it } from 'vitest'
import { FipsConformanceError } from '../errors/error.ts'
import { catalogue } from '../policy/catalogue.ts'
import type { Outcome } from '../rules/outcome.ts'
import { exitCode } from './claim.ts'
import { evaluate, isNotSeen, isPlaceholder, type Judge, withUncovered } from './evaluate.ts'
import type { Plan } from './model.ts'
import { sampleClosing as closing, sampleEvidence as evidence, sampleFinding as finding, sampleSubject as subject } from './sample.ts'

const pass: Outcome = { verdict: 'pass', reason: 'seen', expected: 'x', observed: 'x', remedy: '', notes: ['a note'] }

const plan: Plan = {
  claim: [],
  pairs: [
    { requirement: 'FIPS-MOD-1', subject: subject('b') },
    { requirement: 'FIPS-MOD-1', subject: subject('a') },
    { requirement: 'FIPS-NODE-1', subject: subject('a') },
  ],
}

const allPass: Judge = () => pass

describe('evaluate', () => {
  it('gives one finding for every planned pair, in the order of the plan, whatever was collected', () => {
    const findings = evaluate({ plan, evidence: [], closings: [] }, allPass)
    expect(findings.map(({ requirement, subject: { key }, verdict }) => [requirement, key, verdict])).toEqual([
      ['FIPS-MOD-1', 'b', 'inconclusive'],
      ['FIPS-MOD-1', 'a', 'inconclusive'],
      ['FIPS-NODE-1', 'a', 'inconclusive'],
    ])
    expect(findings[0]?.reason).toBe('planned, but its collection did not finish')
  })

  it('judges a closed pair by its own observations, in the order of the closing', () => {
    const seen: unknown[] = []
    const judge: Judge = (requirement, { key }, given) => {
      seen.push([requirement, key, given.map(({ id }) => id)])
      return pass
    }
    const [first, second] = evaluate(
      {
        plan,
        evidence: [evidence('w-1', 'a', 'FIPS-MOD-1'), evidence('w-2', 'a', 'FIPS-MOD-1'), evidence('w-3', 'b', 'FIPS-MOD-1')],
        closings: [closing('FIPS-MOD-1', 'a', ['w-2', 'w-1'])],
      },
      judge,
    )
    expect(seen).toEqual([['FIPS-MOD-1', 'a', ['w-2', 'w-1']]])
    expect(first).toMatchObject({ verdict: 'inconclusive', observations: ['w-3'], observed: 'one observation made for it' })
    expect(second).toMatchObject({ verdict: 'pass', observations: ['w-2', 'w-1'], notes: ['a note'] })
  })

  it('lets a pair rest on what was observed for another one', () => {
    const shared = { plan, evidence: [evidence('w-1', 'a', 'FIPS-MOD-1')], closings: [closing('FIPS-NODE-1', 'a', ['w-1'])] }
    expect(evaluate(shared, allPass)[2]).toMatchObject({ verdict: 'pass', observations: ['w-1'] })
  })

  it.each([
    ['names an observation that is not there', [closing('FIPS-MOD-1', 'a', ['w-1', 'w-9'])], 'w-9'],
    ['leaves an observation out', [closing('FIPS-MOD-1', 'a', [])], 'w-1'],
    ['stands there twice', [closing('FIPS-MOD-1', 'a', ['w-1']), closing('FIPS-MOD-1', 'a', ['w-1'])], '2 times'],
  ])('does not judge a pair whose closing %s', (_name, closings, reason) => {
    const found = evaluate({ plan, evidence: [evidence('w-1', 'a', 'FIPS-MOD-1')], closings }, allPass)[1]
    expect(found).toMatchObject({ verdict: 'inconclusive', observations: ['w-1'] })
    expect(found?.reason).toContain(reason)
  })

  it.each([
    ['an error', new Error('no such rule'), 'its rule could not judge: Error: no such rule'],
    [
      'a trouble',
      new FipsConformanceError({ code: 'BLOB_DIFFERS', what: 'a blob is not what was stored', where: 'blobs/00' }),
      'its rule could not judge: BLOB_DIFFERS: a blob is not what was stored; where: blobs/00',
    ],
  ])('makes %s of the judge inconclusive, with its reason', (_name, error, reason) => {
    const judge: Judge = () => {
      throw error
    }
    const closings = [closing('FIPS-MOD-1', 'b', [])]
    expect(evaluate({ plan, evidence: [], closings }, judge)[0]).toMatchObject({ verdict: 'inconclusive', reason })
  })
})

describe('a requirement without a subject', () => {
  const complete = { complete: true, count: 0 }
  const node = catalogue.filter(({ id }) => id === 'FIPS-NODE-1')
  const plant = catalogue.filter(({ id }) => id === 'FIPS-SELF-1')
  it.each([
    ['complete and empty', node, { node: complete }, 'not-applicable', 'shows no node'],
    [
      'not complete',
      node,
      { node: { complete: false, count: 0, reason: 'node-b did not answer' } },
      'inconclusive',
      'node-b did not answer',
    ],
    ['complete, but not planned from', node, { node: { complete: true, count: 2 } }, 'inconclusive', 'has 2'],
    ['missing', node, {}, 'inconclusive', 'no inventory'],
    ['complete about plants', plant, { plant: complete }, 'inconclusive', 'nothing was planted'],
  ])('when the inventory is %s', (_name, requirements, inventory, verdict, reason) => {
    const [added, ...more] = withUncovered([], { requirements, inventory })
    expect(added).toMatchObject({ requirement: requirements[0]?.id, verdict })
    expect(added?.reason).toContain(reason)
    expect(added && isPlaceholder(added)).toBe(true)
    expect(more).toEqual([])
  })

  it('is added only where there is no finding', () => {
    const present = finding('FIPS-NODE-1', 'fail')
    expect(withUncovered([present], { requirements: node, inventory: { node: complete } })).toEqual([present])
  })
})

describe('an inventory that is not complete', () => {
  const requirements = catalogue.filter(({ id }) => ['FIPS-MOD-1', 'FIPS-TLS-1', 'FIPS-NODE-1', 'FIPS-SELF-1'].includes(id))
  const passes = requirements.map(({ id }) => finding(id, 'pass'))
  const inventory = {
    node: { complete: true, count: 1 },
    component: { complete: true, count: 1 },
    listener: { complete: false, count: 24, reason: 'a: not looked at again' },
  }

  it('leaves what it was to show inconclusive, whatever was seen of it, and nothing else', () => {
    const [added, ...more] = withUncovered(passes, { requirements, inventory }).slice(passes.length)
    expect(added).toMatchObject({
      requirement: 'FIPS-TLS-1',
      verdict: 'inconclusive',
      reason: 'there may be more of the kind listener than the 24 that were seen: a: not looked at again',
    })
    expect(added && isNotSeen(added) && isPlaceholder(added)).toBe(true)
    expect(more).toEqual([])
  })

  it('decides the exit code of a claim about it', () => {
    const findings = withUncovered(passes, { requirements, inventory })
    expect(exitCode({ findings, claim: ['FIPS-TLS'], requirements })).toBe(2)
    expect(exitCode({ findings, claim: ['FIPS-MOD'], requirements })).toBe(0)
    const failed = findings.map((one) => (one.requirement === 'FIPS-TLS-1' && !isNotSeen(one) ? { ...one, verdict: 'fail' as const } : one))
    expect(exitCode({ findings: failed, claim: ['FIPS-TLS'], requirements })).toBe(1)
  })
})
