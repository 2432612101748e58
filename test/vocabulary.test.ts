import { expect, it } from 'vitest'
import { forbiddenAt, forbiddenInTree } from '../scripts/vocabulary.ts'

it('finds nothing in the tree', () => {
  expect(forbiddenInTree()).toEqual([])
})

it.each([
  'FIPS compliant',
  'fips certified',
  'Fips-Compliant',
  'FIPS 140-2 compliant',
  'FIPS 140-3 certified',
  'FIPS-140-2-compliant',
  'FIPS 140 certified',
  '**FIPS** compliant',
  '// FIPS\n// certified',
])('finds %j', (text) => {
  expect(forbiddenAt(`first line\nthis is ${text}, they say`)).toMatchObject([{ line: 2 }])
})

it.each([
  'FIPS 140-3 validated',
  'in FIPS mode',
  'the FIPS suite; compliant with RFC 8446',
  'a FIPS cluster',
  'certificate of a FIPS module',
])('leaves %j alone', (text) => {
  expect(forbiddenAt(text)).toEqual([])
})
