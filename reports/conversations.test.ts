import { expect, it } from 'vitest'
import { sampleEvidence, sampleFinding } from '../helpers/evidence/sample.ts'
import { placesOf } from './conversations.ts'
import { threeNodes } from './sample-input.ts'

const observations = Object.fromEntries(['a', 'b', 'c', 'd'].map((id) => [id, sampleEvidence(id, 'kubelet', 'FIPS-MOD-1')]))
const resting = (on: readonly string[]) => sampleFinding('FIPS-MOD-1', 'pass', { observations: [...on] })
const idsIn = (places: ReturnType<typeof placesOf>): string[][] =>
  places.conversations.map((one) => one.observations.map((each) => (typeof each === 'string' ? `missing ${each}` : each.id)))

it('lists what the same findings rest on together, once, and what no finding names last', () => {
  const findings = [resting(['b', 'a', 'b']), resting(['b', 'c']), resting(['c', 'b'])]
  const places = placesOf({ claim: [], waivers: [], waivedBy: {}, findings, observations })
  expect(idsIn(places)).toEqual([['b'], ['a'], ['c'], ['d']])
  expect(places.conversations.map((one) => one.findings.length)).toEqual([3, 1, 2, 0])
  expect(findings.map((finding) => places.conversationsOf(finding).map(({ anchor }) => anchor))).toEqual([
    ['o-1', 'o-2'],
    ['o-1', 'o-3'],
    ['o-1', 'o-3'],
  ])
})

it.each(['gone', 'toString', '__proto__'])('keeps the id %s, which the bundle does not hold', (id) => {
  expect(idsIn(placesOf({ claim: [], waivers: [], waivedBy: {}, findings: [resting([id])], observations: {} }))).toEqual([
    [`missing ${id}`],
  ])
})

it('holds every observation of three nodes exactly once', () => {
  const input = threeNodes()
  expect(idsIn(placesOf(input)).flat().toSorted()).toEqual(Object.keys(input.observations).toSorted())
})

it('gives each finding an anchor of its own', () => {
  const input = threeNodes()
  const { anchorOf } = placesOf(input)
  expect(new Set(input.findings.map(anchorOf)).size).toBe(input.findings.length)
})
