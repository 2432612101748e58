import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { judged } from '../corpus/judged.ts'
import { check, limit, pristineOf } from './check.ts'
import { createFuzzer, type Fuzzer } from './fuzz.ts'
import { fuzzSeeds } from './seeds.ts'

// A small part of what `npm run fuzz` does, and that it would find what it looks for.

const run = promisify(execFile)
const process_ = join(import.meta.dirname, 'fuzz-process.ts')
let fuzzer: Fuzzer
beforeAll(async () => {
  fuzzer = await createFuzzer(2026)
}, 600_000)

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)

it('answers 2000 changed programs in time, and no changed module passes', async () => {
  const tally = await fuzzer.run(numbers(0, 2000))
  expect(tally.findings).toEqual([])
  expect(tally.inputs).toBe(2000)
  // Some changes do not touch the module, and some do: both kinds have to be among the inputs, or this shows nothing.
  expect(tally.passes).toBeGreaterThan(200)
  expect(tally.answers['boringcrypto-20220613 modified']).toBeGreaterThan(20)
  expect(tally.answers['go-native-v1.0.0-c2097c7c modified']).toBeGreaterThan(20)
}, 120_000)

it('makes the same input again from its number', async () => {
  const copy = (number: number): Uint8Array => fuzzer.input(number).bytes.slice()
  const other = await createFuzzer(2026)
  for (const number of [3, 77, 1234]) expect(Buffer.compare(copy(number), other.input(number).bytes)).toBe(0)
  const different = await createFuzzer(2027)
  expect(numbers(0, 5).some((number) => Buffer.compare(copy(number), different.input(number).bytes) !== 0)).toBe(true)
})

it('would find what it looks for', async () => {
  const seeds = await fuzzSeeds()
  const pristine = await pristineOf(seeds)
  const [seed] = seeds
  if (seed?.boring === undefined) throw new Error('the first program has no BoringCrypto')
  const changed = seed.bytes.slice()
  const at = seed.boring.block.offset + 1000
  changed[at] = (changed[at] ?? 0) ^ 1
  const told = { name: seed.name, changes: [] }
  const problem = async (judge: typeof judged): Promise<string | undefined> => (await check(changed, told, pristine, false, judge)).problem
  expect(await problem(judged)).toBeUndefined()
  // The answer for the unchanged program, given for the changed one.
  expect(await problem(() => judged(seed.bytes))).toContain('its bytes are not those of any program')
  expect(await problem(() => Promise.reject(new RangeError('outside')))).toBe('no answer: outside')
  const slow = async (bytes: Uint8Array) => {
    for (const before = process.threadCpuUsage(); process.threadCpuUsage(before).user < (limit + 0.1) * 1e6; );
    return judged(bytes)
  }
  expect(await problem(slow)).toMatch(/^\d+\.\d\d s for \d+ bytes$/)
  const free = seeds.find(({ name }) => pristine.free.has(name))
  if (free === undefined) throw new Error('no program without cryptography')
  expect(await problem(() => judged(free.bytes))).toBe('a program with cryptography is proven to have none')
})

it('runs as a job of its own, in threads', async () => {
  const out = await mkdtemp(join(tmpdir(), 'fips-conformance-fuzz-'))
  try {
    const { stdout } = await run(process.execPath, [process_, '--inputs', '450', '--seed', '5', '--out', out, '--threads', '2'])
    expect(stdout).toContain('seed 5: 450 inputs in ')
    expect(await readdir(out)).toEqual([])
    await expect(run(process.execPath, [process_, '--inputs', 'many'])).rejects.toMatchObject({ code: 64 })
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}, 120_000)
