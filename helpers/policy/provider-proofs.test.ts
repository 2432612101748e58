import { expect, it } from 'vitest'
import { catalogue, matchesClaim, selfFamily } from './catalogue.ts'
import { proofPlaces, providerProofs } from './provider-proofs.ts'

it('says of every requirement about a cluster what each place can prove, once', () => {
  for (const { id, family } of catalogue) {
    const rows = providerProofs.filter(({ requirements }) => requirements.some((name) => matchesClaim(name, id)))
    expect([id, rows.length]).toEqual([id, family === selfFamily ? 0 : 1])
  }
})

it('names no requirement that is not there, and tells why where something cannot be proven', () => {
  for (const row of providerProofs) {
    for (const name of row.requirements) expect(catalogue.filter(({ id }) => matchesClaim(name, id)).length).toBeGreaterThan(0)
    for (const place of proofPlaces) {
      const { reach, words } = row[place]
      if (reach !== 'yes') expect(words).not.toBe('yes')
    }
  }
})
