import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildAll, builtC } from './build.ts'
import { changedFiles } from './changed-files.ts'
import { callsRemoved } from './changes.ts'
import { baseBytes, builtBytes, donors } from './donors.ts'
import type { Expectation } from './expectation.ts'
import { builtExpectations } from './expectations-built.ts'
import { changedExpectations } from './expectations-changed.ts'
import { oddExpectations } from './expectations-odd.ts'
import { type Judged, judged, replayed } from './judged.ts'
import { cPrograms, oddFiles, opensslFiles } from './odd-files.ts'
import { recipes } from './recipes.ts'

// No false pass, no false fail: each file of the corpus against what is true of it (expectation.ts), and once again from what a bundle would store of it.
// The programs come from the cache where they were built before (build.ts); the toolchains are fetched where they are missing, and the tier fails where they cannot be.

type Files = ReadonlyMap<string, () => Promise<Uint8Array>>

const built: Files = new Map([...recipes.keys()].map((name) => [name, () => builtBytes(name)]))
const odd: Files = new Map([
  ...[...oddFiles].map(([name, make]): [string, () => Promise<Uint8Array>] => [name, async () => make()]),
  ...Object.entries(cPrograms).map(([name, [text, args]]): [string, () => Promise<Uint8Array>] => [
    name,
    async () => new Uint8Array(await readFile(await builtC(text, args))),
  ]),
])
let changed: Files = new Map()

beforeAll(async () => {
  await buildAll(recipes)
  const all = changedFiles(await donors())
  changed = new Map([...all].map(([name, { base, change }]) => [name, async () => change(await baseBytes(base))]))
}, 900_000)

const rowOf = (name: string, { module, integrity, mode, goboring, verdicts, contradictions }: Judged): Expectation =>
  contradictions === ''
    ? [name, module, integrity, mode, goboring, verdicts]
    : [name, module, integrity, mode, goboring, verdicts, contradictions]

const isAsExpected = async (files: Files, row: Expectation): Promise<void> => {
  const [name] = row
  const bytes = await files.get(name)?.()
  if (bytes === undefined) throw new Error(`the corpus has no file ${name}`)
  const answer = await judged(bytes)
  expect(rowOf(name, answer)).toEqual(row)
  if (answer.facts?.state !== 'inspected') return
  const facts = await replayed(bytes)
  expect({ ...facts, sha256: '' }).toEqual(answer.facts)
}

it('expects something of every file', () => {
  const named = (rows: readonly Expectation[]): string[] => rows.map(([name]) => name).sort()
  expect(named(builtExpectations)).toEqual([...built.keys()].sort())
  expect(named(changedExpectations)).toEqual([...changed.keys()].sort())
  expect(named(oddExpectations)).toEqual([...odd.keys()].sort())
  expect(built.size + changed.size + odd.size).toBeGreaterThanOrEqual(150)
})

describe('programs as toolchains build them', () => {
  it.each(builtExpectations.map((row) => [row[0], row] as const))('%s', (_, row) => isAsExpected(built, row))
})
describe('programs with changes', () => {
  it.each(changedExpectations.map((row) => [row[0], row] as const))('%s', (_, row) => isAsExpected(changed, row))
})
describe('other files', () => {
  it.each(oddExpectations.map((row) => [row[0], row] as const))('%s', (_, row) => isAsExpected(odd, row))
  it.each([...opensslFiles.keys()])('%s: no file alone is a module in use', async (name) => {
    const { verdicts, goboring } = await judged(opensslFiles.get(name)?.() ?? new Uint8Array())
    expect(verdicts + goboring).not.toContain('p')
  })
})

it.each(['go1.26.8 boring hash', 'go1.26.8 boring hash stripped', 'go1.26.8 boring hash external pie'])(
  'does not pass once every call into the module that it follows is removed: %s',
  async (name) => {
    let bytes = await builtBytes(name)
    let answer = await judged(bytes)
    expect(answer.goboring).toBe('p')
    for (let round = 0; round < 100 && answer.goboring === 'p'; round++) {
      const calls = answer.facts?.state === 'inspected' ? answer.facts.calls : undefined
      if (calls?.state !== 'proven') break
      bytes = callsRemoved(calls.chains.flatMap(({ calls: [first] }) => (first === undefined ? [] : [first])))(bytes)
      answer = await judged(bytes)
    }
    expect(answer).toMatchObject({ module: 'boringcrypto-20220613', integrity: 'intact' })
    expect(answer.goboring + answer.verdicts).not.toContain('p')
  },
)
