import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { workplace } from './run-steps.ts'
import { scriptOf, stepsOf } from './workflow-files.ts'

// Two nights of the nightly workflow on kind, step by step; the second gets the evidence of the first, as the artifact would bring it.

const steps = stepsOf('nightly.yml', 'conformance')
const env = { PROVIDER: 'kind', REQUIRE: 'FIPS-MOD,FIPS-TLS' }
const first = workplace()
const second = workplace(join(first.directory, 'evidence'))
afterAll(() => {
  first.remove()
  second.remove()
})

it('runs, reports, compares with the night before, verifies, and leaves nothing', () => {
  for (const night of [first, second]) {
    expect(night.step(scriptOf(steps, 'evidence of earlier nights'), { ...env, GH_TOKEN: 'none' }).exit).toBe(0)
    // On a runner the artifact of the last night is there only if there was one.
    if (night === second) expect(night.step('mkdir -p evidence && cp -R "$GH_GIVES"/. evidence').exit).toBe(0)
    const run = night.step(scriptOf(steps, 'run'), env)
    expect(run.exit, run.stderr).toBe(0)
    expect(run.outputs.exit, run.stderr).toBe('0')
    const BUNDLE = run.outputs.bundle ?? ''
    const summary = night.step(scriptOf(steps, 'job summary'), { BUNDLE })
    expect(summary.exit, summary.stderr).toBe(0)
    expect(night.summary()).toMatch(/FIPS-NODE-1/)
    const drift = night.step(scriptOf(steps, 'what changed since the last night'), { BUNDLE })
    expect(drift.exit, drift.stderr + drift.stdout).toBe(0)
    expect(drift.outputs.found, drift.stdout).toBeUndefined()
    expect(night.step(scriptOf(steps, 'what a broken run left behind')).exit).toBe(0)
    expect(night.step(scriptOf(steps, 'verdict'), { CODE: run.outputs.exit ?? '' }).exit).toBe(0)
  }
})
