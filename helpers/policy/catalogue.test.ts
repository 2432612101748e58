import { describe, expect, it } from 'vitest'
import { catalogue, familyOf, matchesClaim, unknownNames } from './catalogue.ts'

describe('the catalogue', () => {
  it('has each id once, in a family that the id names', () => {
    expect(new Set(catalogue.map(({ id }) => id)).size).toBe(catalogue.length)
    for (const { id, family } of catalogue) expect(familyOf(id)).toBe(family)
  })

  it('maps every requirement to well-formed control ids', () => {
    for (const { nist80053 } of catalogue) {
      expect(nist80053.length).toBeGreaterThan(0)
      for (const control of nist80053) expect(control).toMatch(/^[A-Z]{2}-\d+(\(\d+\))?$/)
    }
  })

  it('uses no word that only a laboratory may use', () => {
    expect(JSON.stringify(catalogue)).not.toMatch(/complian|certified/i)
  })
})

describe('a name of a claim', () => {
  it.each([
    ['FIPS-TLS', 'FIPS-TLS-1', true],
    ['FIPS-TLS-1', 'FIPS-TLS-1', true],
    ['FIPS-TLS-1', 'FIPS-TLS-12', false],
    ['FIPS-TLS-1', 'FIPS-TLS-2', false],
    ['FIPS', 'FIPS-TLS-1', false],
    ['fips-tls', 'FIPS-TLS-1', false],
    ['', 'FIPS-TLS-1', false],
  ])('%s means %s: %s', (name, id, means) => {
    expect(matchesClaim(name, id)).toBe(means)
  })

  it('that means nothing is found', () => {
    expect(unknownNames(['FIPS-TLS', 'FIPS-TSL', 'FIPS-MOD-1', 'FIPS-MOD-99'])).toEqual(['FIPS-TSL', 'FIPS-MOD-99'])
  })
})
