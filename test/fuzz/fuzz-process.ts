import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createFuzzer, emptyTally, type Finding, joinedTallies, type Tally } from './fuzz.ts'

// `npm run fuzz -- --inputs N --seed S`: changed programs through the module detector, with a thread for each processor. `--only I` checks one input again.

const inputsAtOnce = 200
/** Seconds at one input after which its thread is ended: it hangs, and would not say so itself. */
const hanging = 60

type Work = { seed: number; current: SharedArrayBuffer }
type Batch = { from: number; to: number }

const numbersIn = function* ({ from, to }: Batch): Generator<number> {
  for (let number = from; number < to; number++) yield number
}

const work = async ({ seed, current }: Work): Promise<void> => {
  const state = new Int32Array(current)
  const fuzzer = await createFuzzer(seed)
  parentPort?.on('message', (batch: Batch) => {
    fuzzer
      .run(numbersIn(batch), (input) => Atomics.store(state, 0, input))
      .then(
        (tally) => parentPort?.postMessage(tally),
        (error: unknown) => setImmediate(() => Promise.reject(error)),
      )
  })
  parentPort?.postMessage(emptyTally())
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      out: { type: 'string', default: join(tmpdir(), 'fips-conformance-fuzz') },
      threads: { type: 'string', default: String(availableParallelism()) },
    },
  })
  const [inputs, seed, threads] = [Number(values.inputs), Number(values.seed), Number(values.threads)]
  const [first, last] = values.only === undefined ? [0, inputs] : [Number(values.only), Number(values.only) + 1]
  if (![seed, threads, first, last].every(Number.isSafeInteger) || first < 0 || last <= first || threads < 1) {
    process.stderr.write('usage: npm run fuzz -- [--inputs N] [--seed S] [--only INPUT] [--out FOLDER] [--threads N]\n')
    return 64
  }
  const fuzzer = await createFuzzer(seed)
  const report = ({ input, problem, program, changes }: Finding): void => {
    const path = join(values.out, `seed-${seed}-input-${input}`)
    mkdirSync(values.out, { recursive: true })
    writeFileSync(path, fuzzer.input(input).bytes)
    print(
      `FOUND in input ${input}: ${problem}\n  ${program}: ${changes.join('; ')}\n  ${path}\n  again: npm run fuzz -- --seed ${seed} --only ${input}`,
    )
  }
  const started = performance.now()
  const tallies: Tally[] = []
  if (values.only !== undefined) {
    const tally = await fuzzer.run([first])
    print(JSON.stringify(tally.answers))
    tallies.push(tally)
    tally.findings.forEach(report)
  } else tallies.push(...(await inThreads({ seed, first, last, threads, report })))

  const { inputs: count, answers, passes, slowest, findings } = joinedTallies(tallies)
  const seconds = (performance.now() - started) / 1000
  for (const [answer, times] of Object.entries(answers).sort((a, b) => b[1] - a[1])) print(`${String(times).padStart(8)}  ${answer}`)
  print(
    `seed ${seed}: ${count} inputs in ${seconds.toFixed(0)} s with ${threads} threads, ${passes} pass (unchanged module), ${findings.length} found`,
  )
  print(`slowest: input ${slowest.input}, ${slowest.bytes} bytes, ${slowest.seconds.toFixed(3)} s of processor time`)
  return findings.length === 0 && count === last - first ? 0 : 1
}

type Run = { seed: number; first: number; last: number; threads: number; report: (finding: Finding) => void }

const inThreads = async ({ seed, first, last, threads, report }: Run): Promise<Tally[]> => {
  const tallies: Tally[] = []
  let [next, shown] = [first, first]
  const take = (): Batch | undefined => {
    if (next >= last) return undefined
    const from = next
    next = Math.min(last, from + inputsAtOnce)
    return { from, to: next }
  }
  const keep = (tally: Tally): void => {
    tallies.push(tally)
    tally.findings.forEach(report)
    if (next - shown < 10_000) return
    shown = next
    print(`${next} inputs handed out`)
  }
  const lost = (input: number, problem: string): void => {
    keep({ ...emptyTally(), inputs: 1, findings: [{ input, problem, program: 'see the input', changes: [] }] })
  }
  /** One thread at a time, until there is no batch left. A thread that hangs or dies is replaced behind the input at which it was. */
  const member = async (): Promise<void> => {
    let rest: Batch | undefined
    for (;;) {
      const current = new SharedArrayBuffer(4)
      const state = new Int32Array(current)
      Atomics.store(state, 0, -1)
      const worker = new Worker(new URL(import.meta.url), { workerData: { seed, current } satisfies Work })
      let batch: Batch | undefined
      const end = await new Promise<'done' | 'hangs' | Error>((resolve) => {
        let [seen, since] = [-1, performance.now()]
        const watch = setInterval(() => {
          const at = Atomics.load(state, 0)
          if (at !== seen) [seen, since] = [at, performance.now()]
          else if (batch !== undefined && performance.now() - since > hanging * 1000) resolve('hangs')
        }, 1000)
        worker.on('message', (tally: Tally) => {
          keep(tally)
          batch = rest ?? take()
          rest = undefined
          since = performance.now()
          if (batch === undefined) resolve('done')
          else worker.postMessage(batch)
        })
        worker.on('error', (error) => resolve(error instanceof Error ? error : new Error(String(error))))
        worker.on('exit', () => resolve(new Error('the thread ended')))
        void worker.once('exit', () => clearInterval(watch))
      })
      await worker.terminate()
      if (end === 'done' || batch === undefined) {
        if (end !== 'done') throw end === 'hangs' ? new Error('a thread hangs before its first input') : end
        return
      }
      const at = Atomics.load(state, 0)
      // What the thread had checked of its batch is not told any more: it is checked again, without the input that ended it.
      lost(at, end === 'hangs' ? `no answer within ${hanging} s` : `the thread died: ${end.message}`)
      if (at > batch.from) rest = { from: batch.from, to: at }
      if (at + 1 < batch.to) tallies.push(await (await createFuzzer(seed)).run(numbersIn({ from: at + 1, to: batch.to })))
    }
  }
  await Promise.all(Array.from({ length: threads }, member))
  return tallies
}

if (isMainThread) process.exitCode = await main()
else await work(workerData as Work)
