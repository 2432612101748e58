import { expect, it } from 'vitest'
import { sampleEvidence, sampleFinding, sampleSubject } from './sample.ts'
import { createShare, shareFindings, shareObservation } from './share-texts.ts'

const plan = { claim: [], pairs: [{ requirement: 'FIPS-MOD-1', subject: sampleSubject('a') }] }

it('changes nothing but which of equal things stands there', () => {
  const own = sampleFinding('FIPS-MOD-1', 'fail', { subject: sampleSubject('a'), notes: ['x'] })
  const other = sampleFinding('FIPS-MOD-1', 'fail', { subject: sampleSubject('a', { name: 'edited' }) })
  const shared = shareFindings([structuredClone(own), structuredClone(other)], plan, createShare())
  expect(shared).toEqual([own, other])
  expect(shared[0]?.subject).toBe(plan.pairs[0]?.subject)
  expect(shared[1]?.subject.name).toBe('edited')
  const { bytes: _bytes, ...observation } = sampleEvidence('w-1', 'a', 'FIPS-MOD-1', { blobs: { content: 'ab' }, redacted: [] })
  expect(shareObservation(observation, createShare())).toEqual(observation)
})
