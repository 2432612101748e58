import { expect, it } from 'vitest'
import type { Finding } from '../helpers/evidence/model.ts'
import { sampleFinding, sampleSubject } from '../helpers/evidence/sample.ts'
import { levelsOf, limits, mostOfText } from './html-levels.ts'

const finding = (name: string, more: Partial<Finding> = {}, verdict: 'pass' | 'fail' = 'fail'): Finding =>
  sampleFinding('FIPS-MOD-1', verdict, { subject: sampleSubject(name), ...more })
const levels = (findings: readonly Finding[]): string[] => {
  const { levelOf } = levelsOf({ findings, claim: [] })
  return findings.map((each) => levelOf(each))
}
const count = (all: readonly string[], level: string): number => all.filter((each) => each === level).length

it('shows all of a small cluster with all that is known of it', () => {
  const findings = Array.from({ length: limits.full }, (_, index) => finding(`c-${index}`))
  expect(new Set(levels(findings))).toEqual(new Set(['full']))
})

it('names what has no room beside others of the same words, and counts the rest', () => {
  const findings = Array.from({ length: limits.full + limits.names + 10 }, (_, index) => finding(`c-${index}`))
  const all = levels(findings)
  expect([count(all, 'full'), count(all, 'name'), count(all, 'left')]).toEqual([limits.full, limits.names, 10])
})

it('takes long texts for what they need, up to what is shown of one', () => {
  const long = 'x'.repeat(10 * mostOfText)
  const findings = Array.from({ length: 400 }, (_, index) =>
    finding(`c-${index}`, { reason: `${index}${long}`, remedy: long, expected: long, observed: long }),
  )
  const shown = count(levels(findings), 'full')
  expect(shown).toBeGreaterThan(10)
  expect(shown * mostOfText).toBeLessThan(limits.fullCharacters)
})

it('shows a short one that fails although a long one found no room', () => {
  const long = Array.from({ length: 300 }, (_, index) => finding(`long-${index}`, { reason: `${index}${'x'.repeat(mostOfText)}` }))
  const short = finding('short', { reason: 'short' })
  expect(levels([...long, short]).at(-1)).toBe('full')
})

it('leaves out what passes before what fails', () => {
  const passing = Array.from({ length: 3000 }, (_, index) => finding(`p-${index}`, { reason: `reason ${index}` }, 'pass'))
  const failing = Array.from({ length: 300 }, (_, index) => finding(`f-${index}`, { reason: `reason ${index}` }))
  const all = levels([...passing, ...failing])
  expect(new Set(all.slice(passing.length))).toEqual(new Set(['full']))
  expect(count(all, 'left')).toBeGreaterThan(0)
})
