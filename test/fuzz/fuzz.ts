import { check, pristineOf } from './check.ts'
import { mutated, room, type Seed } from './mutate.ts'
import { randomOf } from './random.ts'
import { fuzzSeeds } from './seeds.ts'

/** Every so many inputs are checked for what costs more. */
const deepEach = 40

export type Finding = { input: number; problem: string; program: string; changes: readonly string[] }
export type Tally = {
  inputs: number
  /** How the answers were spread: `module integrity` and how often. */
  answers: Record<string, number>
  passes: number
  slowest: { input: number; seconds: number; bytes: number }
  findings: Finding[]
}

export const emptyTally = (): Tally => ({ inputs: 0, answers: {}, passes: 0, slowest: { input: -1, seconds: 0, bytes: 0 }, findings: [] })

export const joinedTallies = (tallies: readonly Tally[]): Tally =>
  tallies.reduce((sum, each) => {
    const answers = { ...sum.answers }
    for (const [answer, count] of Object.entries(each.answers)) answers[answer] = (answers[answer] ?? 0) + count
    return {
      inputs: sum.inputs + each.inputs,
      answers,
      passes: sum.passes + each.passes,
      slowest: each.slowest.seconds > sum.slowest.seconds ? each.slowest : sum.slowest,
      findings: [...sum.findings, ...each.findings],
    }
  }, emptyTally())

export type Fuzzer = {
  /** The bytes of an input, and how they came about. The bytes are good until the next call. */
  input: (number: number) => { bytes: Uint8Array; seed: Seed; changes: readonly string[] }
  /** Checks inputs one after the other. */
  run: (numbers: Iterable<number>, onInput?: (input: number) => void) => Promise<Tally>
}

/** An input follows from `seed`, its number and the programs alone, so that it can be made again without those before it. */
export const createFuzzer = async (seed: number): Promise<Fuzzer> => {
  const seeds = await fuzzSeeds()
  const pristine = await pristineOf(seeds)
  const buffer = new Uint8Array(Math.max(...seeds.map(room)))
  const input: Fuzzer['input'] = (number) => {
    const random = randomOf(seed, number)
    const base = random.pick(seeds)
    return { ...mutated(base, seeds, random, buffer), seed: base }
  }
  return {
    input,
    run: async (numbers, onInput) => {
      const tally = emptyTally()
      for (const number of numbers) {
        onInput?.(number)
        const { bytes, seed: base, changes } = input(number)
        const { problem, seconds, answer } = await check(bytes, { name: base.name, changes }, pristine, number % deepEach === 0)
        tally.inputs++
        const key = answer === undefined ? 'no answer' : `${answer.module} ${answer.integrity}`
        tally.answers[key] = (tally.answers[key] ?? 0) + 1
        if (answer?.verdicts.includes('p')) tally.passes++
        if (seconds > tally.slowest.seconds) tally.slowest = { input: number, seconds, bytes: bytes.length }
        if (problem !== undefined) tally.findings.push({ input: number, problem, program: base.name, changes })
      }
      return tally
    },
  }
}
