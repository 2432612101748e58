import { expect, it } from 'vitest'
import { evidenceById, groupByPlace, indexedById, placesInPlan } from './indexes.ts'
import { sampleEvidence, sampleSubject } from './sample.ts'

const pair = (requirement: string, key: string) => ({ requirement, subject: sampleSubject(key) })

it('finds pairs of a plan, the first of two that are the same', () => {
  const plan = { claim: [], pairs: [pair('A-1', 'x'), pair('A-1', 'y'), pair('B-1', 'x'), pair('A-1', 'x')] }
  const places = placesInPlan(plan)
  expect([places.get('A-1', 'x'), places.get('A-1', 'y'), places.get('B-1', 'x'), places.get('B-1', 'y')]).toEqual([0, 1, 2, undefined])
  expect(places.size()).toBe(3)
  expect(placesInPlan(plan)).toBe(places)
})

it('keeps the order of what belongs together', () => {
  const own = groupByPlace([10, 21, 11, -5, 12, 20], 3, (item) => (item < 0 ? undefined : Math.floor(item / 10)))
  expect([0, 1, 2, 3, -1].map(own)).toEqual([[], [10, 11, 12], [21, 20], [], []])
})

it('takes the index that there is', () => {
  const evidence = [sampleEvidence('w-1', 'a', 'A-1'), sampleEvidence('w-2', 'a', 'A-1')]
  expect([...evidenceById(evidence).keys()]).toEqual(['w-1', 'w-2'])
  const index = new Map()
  const others = [...evidence]
  indexedById(others, index)
  expect(evidenceById(others)).toBe(index)
})
