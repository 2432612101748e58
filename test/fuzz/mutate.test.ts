import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { madeElf } from '../../helpers/crypto-modules/analyse/made-elf.ts'
import { mutated, room, type Seed } from './mutate.ts'
import { randomOf } from './random.ts'

const bytes = madeElf({ segments: [{ rights: 'rx', bytes: new Uint8Array(20_000).map((_, at) => at) }] })
const boring = { block: { offset: 4096, length: 1000 }, digest: { offset: 6000, length: 32 }, mac: 'sha256' } as const
const seed: Seed = { name: 'made', bytes, parts: [boring.block], numbers: [{ offset: 24, width: 8 }], boring }

const digests = (from: number): string[] => {
  const buffer = new Uint8Array(room(seed))
  return Array.from({ length: 300 }, (_, input) => {
    const made = mutated(seed, [seed], randomOf(from, input), buffer)
    return createHash('sha256').update(made.bytes).update(made.changes.join()).digest('hex')
  })
}

it('makes the same inputs for a seed, others for another one, and hardly any twice', () => {
  expect(digests(1)).toEqual(digests(1))
  expect(digests(1)).not.toEqual(digests(2))
  expect(new Set(digests(1)).size).toBeGreaterThan(280)
})

it('leaves the program that it changes a copy of alone', () => {
  const before = bytes.slice()
  digests(3)
  expect(bytes).toEqual(before)
})

it('draws numbers below the bound, all of them', () => {
  const random = randomOf(1, 1)
  const drawn = Array.from({ length: 1000 }, () => random.below(10))
  expect([Math.min(...drawn), Math.max(...drawn), new Set(drawn).size]).toEqual([0, 9, 10])
  expect(() => random.pick([])).toThrow('nothing to pick from')
})
