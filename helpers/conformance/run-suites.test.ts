import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBundle, openBundle } from '../evidence/bundle-writer.ts'
import { evaluate } from '../evidence/evaluate.ts'
import { judgeBy } from '../evidence/judge.ts'
import type { PlannedPair } from '../evidence/model.ts'
import { readBundle } from '../evidence/read-bundle.ts'
import { sampleRun } from '../evidence/sample.ts'
import { plantable } from '../tls/read/control-server.ts'
import type { SuiteContext } from './context.ts'
import { makePlan } from './make-plan.ts'
import { runSuites } from './run-suites.ts'

const asOf = '2026-11-22T00:00:00.000Z'
let root: string
let context: SuiteContext

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'fips-conformance-suites-'))
  const writer = await createBundle({ root, runId: 'test' })
  context = { bundle: writer.dir, asOf, nodes: [], tools: {} }
  await writer.writeRun(sampleRun())
  await writer.writePlan(
    makePlan({ nodes: [], claim: [], suites: ['FIPS-SELF'], plantable: plantable(), draw: (from) => from.at(-1), hostKernel: false }),
  )
})

afterEach(() => rmSync(root, { recursive: true }))

const observations = (): string[] => readdirSync(join(context.bundle, 'observations')).filter((name) => name.endsWith('.ndjson'))

describe('runSuites', () => {
  it('runs the self-proof suite against plants of its own: each is caught, from what stands in the bundle', {
    timeout: 30_000,
  }, async () => {
    const tests: string[] = []
    const end = await runSuites({ context, suites: ['self-proof'], onTest: (name, state) => tests.push(`${state} ${name}`) })
    expect(end).toEqual({ tests: 16, failed: 0, errors: [] })
    expect(tests.filter((test) => !test.startsWith('passed '))).toEqual([])
    expect(observations()).toEqual(['self-proof.ndjson'])
    const collected = await readBundle(context.bundle)
    const findings = evaluate(collected, judgeBy({ asOf: new Date(asOf) }))
    expect(findings.map(({ verdict, subject, reason }) => ({ verdict, key: subject.key, reason }))).toEqual(
      collected.plan.pairs.map(({ subject }) => ({ verdict: 'pass', key: subject.key, reason: expect.any(String) })),
    )
    for (const { observations: ids } of findings) expect(ids.length).toBeGreaterThan(0)
  })

  it('judges in a second round what the second look has found, and nothing twice', { timeout: 30_000 }, async () => {
    const writer = openBundle(context.bundle)
    const plan = (await readBundle(context.bundle)).plan
    const isLate = ({ subject }: PlannedPair): boolean => ['plant:module/absent', 'plant:module/decoy'].includes(subject.key)
    await writer.writePlan({ ...plan, pairs: plan.pairs.map((pair) => (isLate(pair) ? { ...pair, late: true as const } : pair)) })
    expect(await runSuites({ context, suites: ['self-proof'] })).toEqual({ tests: 14, failed: 0, errors: [] })
    expect(await runSuites({ context: { ...context, late: true }, suites: ['self-proof'] })).toEqual({ tests: 2, failed: 0, errors: [] })
    expect(observations().toSorted()).toEqual(['self-proof-late.ndjson', 'self-proof.ndjson'])
    const findings = evaluate(await readBundle(context.bundle), judgeBy({ asOf: new Date(asOf) }))
    expect(findings.map(({ verdict }) => verdict)).toEqual(plan.pairs.map(() => 'pass'))
  })

  it('has no test where the plan has no subject, and says so without an error', async () => {
    expect(await runSuites({ context, suites: ['modules', 'nodes', 'refusal'] })).toMatchObject({ failed: 0, errors: [] })
  })

  it('tells what a suite that cannot start says', async () => {
    rmSync(join(context.bundle, 'plan.json'))
    const { tests, errors } = await runSuites({ context, suites: ['nodes'] })
    expect({ tests, errors }).toEqual({ tests: 0, errors: [expect.stringMatching(/nodes\.suite\.ts: .*plan\.json/)] })
  })

  it('comes back when it is interrupted before it began', async () => {
    const { errors } = await runSuites({ context, suites: ['self-proof'], signal: AbortSignal.abort() })
    expect(errors).toEqual([expect.stringMatching(/^the test runner ended before its time/)])
  })

  /** The process that hosts the suites: a child of this one, found by what it runs. */
  const host = (): number | undefined =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .find((pid) => {
        try {
          const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
          const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
          return parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('suites-process')
        } catch (error) {
          if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
          throw error
        }
      })

  const isAlive = (group: number): boolean => {
    try {
      return process.kill(-group, 0)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
      throw error
    }
  }

  it.runIf(process.platform === 'linux')(
    'tells of a runner that was killed, and leaves none of its workers',
    { timeout: 30_000 },
    async () => {
      let pid: number | undefined
      const onTest = (): void => {
        if (pid !== undefined) return
        pid = host()
        if (pid !== undefined) process.kill(pid, 'SIGKILL')
      }
      const { errors } = await runSuites({ context, suites: ['self-proof'], onTest })
      expect(errors).toEqual([expect.stringContaining('the test runner ended before its time (SIGKILL)')])
      // What is dead stays visible until it is buried.
      for (let attempt = 0; isAlive(pid ?? 0) && attempt < 100; attempt += 1) await new Promise((resolve) => setTimeout(resolve, 20))
      expect(isAlive(pid ?? 0)).toBe(false)
    },
  )

  it('ends what runs when it is interrupted', { timeout: 30_000 }, async () => {
    const abort = new AbortController()
    const started = performance.now()
    const ending = runSuites({ context, suites: ['self-proof'], onTest: () => abort.abort(), signal: abort.signal })
    const { errors } = await ending
    expect(errors).toEqual([expect.stringContaining('ended before its time')])
    expect(performance.now() - started).toBeLessThan(8_000)
  })
})
