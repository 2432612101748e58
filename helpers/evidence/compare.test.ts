import { describe, expect, it } from 'vitest'
import { compareRuns, comparisonSeen, type Side } from './compare.ts'
import { notSeenKey } from './evaluate.ts'
import type { Finding } from './model.ts'
import { sampleEvidence, sampleFinding, samplePlaceholder, sampleRun, sampleSubject } from './sample.ts'

const side = (findings: readonly Finding[], more: Partial<Side> = {}): Side => ({
  run: sampleRun(),
  claim: ['FIPS-MOD'],
  findings,
  evidence: [],
  waived: () => false,
  ...more,
})
const kinds = (before: readonly Finding[], now: readonly Finding[], more: Partial<Side> = {}) =>
  compareRuns(side(before), side(now, more)).changes.map(({ kind, requirement, claimed }) => [kind, requirement, claimed])
const pass = sampleFinding('FIPS-MOD-1', 'pass')
const fail = sampleFinding('FIPS-MOD-1', 'fail')
const inconclusive = sampleFinding('FIPS-MOD-1', 'inconclusive')
const notSeen = sampleFinding('FIPS-MOD-1', 'inconclusive', {
  subject: { kind: 'cluster', key: notSeenKey, name: 'what was not seen', detail: {} },
})

describe('a pair of requirement and subject', () => {
  it.each<[string, Finding[], Finding[], string | undefined, 0 | 1]>([
    ['passes as before', [pass], [pass], undefined, 0],
    ['failed and passes', [fail], [pass], 'fixed', 0],
    ['passed and fails', [pass], [fail], 'new-failure', 1],
    ['could not be told and fails', [inconclusive], [fail], 'new-failure', 1],
    ['is new and fails', [], [fail], 'new-failure', 1],
    ['fails as before', [fail], [fail], 'still-failing', 0],
    ['passed and cannot be told', [pass], [inconclusive], 'lost-coverage', 1],
    ['failed and cannot be told', [fail], [inconclusive], 'lost-coverage', 1],
    ['passed and is gone', [pass], [], 'lost-coverage', 1],
    ['could not be told and is gone', [inconclusive], [], undefined, 0],
    ['is new and passes', [], [pass], 'new-subject', 0],
    ['may be one of more than were seen', [pass], [pass, notSeen], 'lost-coverage', 1],
    ['was one of more than were seen', [pass, notSeen], [pass], undefined, 0],
    ['passes for another reason', [pass], [{ ...pass, reason: 'another' }], 'evidence-changed', 0],
  ])('that %s', (_name, before, now, kind, exit) => {
    const comparison = compareRuns(side(before), side(now))
    expect(comparison.changes.map((change) => change.kind)).toEqual(kind === undefined ? [] : [kind])
    expect(comparison.exit).toBe(exit)
  })

  it('whose file is another one has other evidence', () => {
    const rests = { ...pass, observations: ['w-1'] }
    const withDigest = (sha256: string) => [sampleEvidence('w-1', 'kubelet', 'FIPS-MOD-1', { data: { sha256 } })]
    const of = (a: string, b: string) =>
      compareRuns(side([rests], { evidence: withDigest(a) }), side([rests], { evidence: withDigest(b) })).counts['evidence-changed']
    expect([of('aa', 'aa'), of('aa', 'bb')]).toEqual([0, 1])
  })

  it('whose waiver has expired', () => {
    const comparison = compareRuns(side([fail], { waived: () => true }), side([fail]))
    expect(comparison).toMatchObject({ exit: 1, changes: [{ kind: 'waiver-expired' }] })
    expect(compareRuns(side([fail], { waived: () => true }), side([fail], { waived: () => true })).changes).toEqual([])
  })

  it('outside the claim drifts all the same, and is marked', () => {
    expect(kinds([sampleFinding('FIPS-TLS-1', 'pass')], [sampleFinding('FIPS-TLS-1', 'fail')])).toEqual([
      ['new-failure', 'FIPS-TLS-1', false],
    ])
  })
})

describe('identity', () => {
  const listener = (cluster: string, address: string, verdict: 'pass' | 'fail' = 'pass'): Finding =>
    sampleFinding('FIPS-TLS-1', verdict, {
      subject: sampleSubject(`listener:${cluster}-control-plane/node/tcp/${address}:2379`, { kind: 'listener', detail: { address } }),
      reason: `${cluster} refuses`,
    })
  const of = (name: string, findings: readonly Finding[]) =>
    side(findings, { run: sampleRun({ cluster: { name, createdBy: 'this run', nodes: [] } }) })

  it('is the same in a cluster that is made anew, with another name and other addresses', () => {
    expect(compareRuns(of('fips-a', [listener('fips-a', '172.26.0.2')]), of('fips-b', [listener('fips-b', '172.27.0.3')]))).toMatchObject({
      changes: [],
      unchanged: 1,
    })
  })

  it.each(['172.26.0.2', 'fd00::2'])('is the same in a bundle whose keys held the address %s and in one whose keys do not', (address) => {
    const host = address.includes(':') ? `[${address}]` : address
    const now = listener('fips-b', 'own-address')
    const before = sampleFinding('FIPS-TLS-1', 'pass', {
      subject: sampleSubject(`listener:fips-a-control-plane/node/tcp/${host}:2379`, { kind: 'listener', detail: { address } }),
      reason: 'fips-a refuses',
    })
    expect(
      compareRuns(of('fips-a', [before]), of('fips-b', [{ ...now, subject: { ...now.subject, detail: { address } } }])).changes,
    ).toEqual([])
  })

  it('is the address where the cluster is the same one', () => {
    expect(compareRuns(of('lab', [listener('lab', '10.0.0.1')]), of('lab', [listener('lab', '10.0.0.2')])).counts).toMatchObject({
      'lost-coverage': 1,
      'new-subject': 1,
    })
  })

  it('of two listeners that only their addresses tell apart stays two', () => {
    const two = (name: string, net: string, last: 'pass' | 'fail') =>
      of(name, [listener(name, `${net}.1`), listener(name, `${net}.2`, last)])
    expect(compareRuns(two('fips-a', '10.0.0', 'pass'), two('fips-b', '10.9.9', 'fail')).counts).toMatchObject({
      'new-failure': 1,
      'lost-coverage': 0,
    })
  })
})

it('does not count plants that were drawn, but those that were missed', () => {
  const plant = (key: string, verdict: 'pass' | 'fail') =>
    sampleFinding('FIPS-SELF-1', verdict, { subject: sampleSubject(key, { kind: 'plant' }) })
  expect(kinds([plant('a', 'pass')], [plant('b', 'pass')])).toEqual([])
  expect(kinds([], [plant('b', 'fail')])).toEqual([['new-failure', 'FIPS-SELF-1', true]])
})

it('takes a plant that was caught as before for the same, whatever was drawn', () => {
  const caught = (reason: string) =>
    sampleFinding('FIPS-SELF-1', 'pass', { subject: sampleSubject('plant:tls/suite', { kind: 'plant' }), reason })
  expect(kinds([caught('suite 214f was caught')], [caught('suite fa95 was caught')])).toEqual([])
})

it('passes over findings that only say that there is nothing', () => {
  expect(kinds([samplePlaceholder('FIPS-TLS-1', 'not-applicable')], [])).toEqual([])
})

it('tells reports the same, the gravest first', () => {
  const before = side([pass, sampleFinding('FIPS-TLS-1', 'fail')], { id: 'ab' })
  const seen = comparisonSeen(compareRuns(before, side([fail, sampleFinding('FIPS-TLS-1', 'pass')])), before)
  expect(seen).toMatchObject({
    since: { runId: 'run-1', id: 'ab' },
    changes: [{ kind: 'new-failure', before: 'pass', now: 'fail' }, { kind: 'fixed' }],
  })
})
