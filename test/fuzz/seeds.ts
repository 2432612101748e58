import { readFile } from 'node:fs/promises'
import { builtFile } from '../corpus/build.ts'
import { boringOf, buildInfoMagic, indexOf, nativeOf, numbersAt, type Part, placesOf, recordMagic } from '../corpus/places.ts'
import { recipes } from '../corpus/recipes.ts'
import type { Seed } from './mutate.ts'

/** The real programs, the small ones more often. Those of the last group have symbols, or are large. */
const names: readonly (readonly [weight: number, name: string])[] = [
  [8, 'go1.26.8 boring hash stripped'],
  [4, 'go1.23.12 boring hash stripped'],
  [3, 'go1.19.13 boring hash stripped'],
  [8, 'go1.26.8 v1.0.0 hash stripped'],
  [3, 'go1.26.8 v1.0.0 hash stripped for s390x'],
  [3, 'go1.26.8 v1.0.0 hash stripped for arm'],
  [3, 'go1.26.8 v1.0.0 hash stripped for arm64'],
  [3, 'go1.26.8 plain hash stripped'],
  [2, 'go1.22.0 plain hash stripped'],
  [4, 'go1.26.8 plain none stripped'],
  [1, 'go1.26.8 boring hash external pie'],
  [1, 'go1.26.8 boring hash'],
  [1, 'go1.26.8 boring tls'],
]

const functionTables = ['f1ffffff0000', 'f0ffffff0000', 'fffffff10000'].map((hex) => Buffer.from(hex, 'hex'))

const seedOf = (name: string, bytes: Uint8Array): Seed => {
  const { wide } = numbersAt(bytes)
  const width = wide ? 8 : 4
  const [boring, native] = [boringOf(bytes), nativeOf(bytes)]
  const tables = functionTables.flatMap((magic) => placesOf(bytes, magic)).filter((at) => [4, 8].includes(bytes[at + 7] ?? 0))
  const infos = placesOf(bytes, buildInfoMagic)
  const parts: Part[] = [
    ...(boring === undefined ? [] : [boring.block, boring.digest]),
    ...(native === undefined ? [] : [...native.parts, native.record]),
    ...tables.map((offset) => ({ offset, length: 72 })),
    ...infos.map((offset) => ({ offset, length: 400 })),
  ]
  const words = (offset: number, count: number): Seed['numbers'] =>
    Array.from({ length: count }, (_, at) => ({ offset: offset + at * width, width: width as 4 | 8 }))
  const numbers = [
    ...tables.flatMap((offset) => [...words(offset + 8, 8), ...words(offset, 1)]),
    ...infos.flatMap((offset) => [
      ...words(offset + 16, 2),
      { offset: offset + 32, width: 2 as const },
      { offset: offset + 14, width: 2 as const },
    ]),
    ...placesOf(bytes, recordMagic).flatMap((offset) => words(offset + 48, 9)),
  ]
  // Dynamic entries of a position-independent program: libraries, tables, their lengths.
  const dynamic = indexOf(bytes, '.dynstr')
  return { name, bytes, ...(boring && { boring }), parts, numbers: dynamic < 0 ? numbers : [...numbers, ...words(dynamic, 2)] }
}

/** All programs, built where they are not at hand, each as often as it is to be taken. */
export const fuzzSeeds = async (): Promise<Seed[]> => {
  const seeds: Seed[] = []
  for (const [weight, name] of names) {
    const recipe = recipes.get(name)
    if (recipe === undefined) throw new Error(`the corpus has no ${name}`)
    const seed = seedOf(name, new Uint8Array(await readFile(await builtFile(name, recipe))))
    seeds.push(...Array.from({ length: weight }, () => seed))
  }
  return seeds
}
