import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { plantedFiles } from '../../helpers/crypto-modules/analyse/plant.ts'
import { type Workplace, workplace } from './run-steps.ts'
import { action, scriptOf, stepsOf } from './workflow-files.ts'

// The steps of the workflows that need no cluster, run as a runner of GitHub runs them; what GitHub itself does is not here.

let at: Workplace | undefined
afterEach(() => at?.remove())

const withRelease = (): Workplace => {
  const place = workplace()
  at = place
  mkdirSync(join(place.directory, 'release'))
  writeFileSync(join(place.directory, 'release', 'program'), plantedFiles().tampered)
  return place
}

it('pre-release gate: scans, reports, ends with the exit code of the scan', () => {
  const place = withRelease()
  const steps = stepsOf('release-gate.yml', 'scan')
  const scan = place.step(scriptOf(steps, 'scan'), { EXPECT: 'goboring' })
  expect(scan.exit, scan.stderr).toBe(0)
  expect(scan.outputs.exit).toBe('1')
  const reports = place.step(scriptOf(steps, 'reports'), { BUNDLE: scan.outputs.bundle ?? '' })
  expect(reports.exit, reports.stderr).toBe(0)
  expect(place.summary()).toMatch(/FIPS-MOD-1/)
  expect(readdirSync(join(place.directory, 'reports')).sort().join(' ')).toMatch(/sarif/)
  expect(place.step(scriptOf(steps, 'verdict'), { CODE: scan.outputs.exit ?? '' }).exit).toBe(1)
  expect(place.step(scriptOf(steps, 'verdict'), { CODE: '' }).exit).toBe(70)
})

it('audit export: verifies, packs, verifies the package, reports', () => {
  const gate = withRelease()
  const scan = gate.step(scriptOf(stepsOf('release-gate.yml', 'scan'), 'scan'), { EXPECT: 'goboring' })
  expect(scan.exit, scan.stderr).toBe(0)
  const place = workplace(join(gate.directory, 'evidence'))
  try {
    const steps = stepsOf('audit-export.yml', 'export')
    expect(place.step(scriptOf(steps, 'evidence of that run'), { RUN_ID: '7', ARTIFACT: 'gate-scan' }).exit).toBe(0)
    expect(place.asked()).toContain('run download 7 --name gate-scan --dir evidence')
    const packed = place.step(scriptOf(steps, 'package'), { REDACT: 'audit' })
    expect(packed.exit, packed.stderr + packed.stdout).toBe(0)
    expect(existsSync(join(place.directory, 'package', 'audit.tar'))).toBe(true)
    expect(readdirSync(join(place.directory, 'package', 'reports')).length).toBe(3)
  } finally {
    place.remove()
  }
})

it('the action: scan with paths that have spaces, outputs, and what an outcome that could not be told does', () => {
  const place = withRelease()
  writeFileSync(join(place.directory, 'release', 'a script'), '#!/bin/sh\ntrue\n')
  const [judge = '', last = ''] = action.runs.steps.flatMap(({ run }) =>
    run?.includes('$tool') || run?.includes('ON_INCONCLUSIVE') ? [run] : [],
  )
  const env = {
    ACTION_PATH: join(import.meta.dirname, '..', '..'),
    COMMAND: 'scan',
    TARGETS: 'release/program\nrelease/a script\n',
    EXPECT: 'goboring',
    OUT: 'evidence',
  }
  const judged = place.step(judge, env)
  expect(judged.exit, judged.stderr).toBe(0)
  expect(judged.outputs.exit).toBe('1')
  expect(existsSync(join(place.directory, judged.outputs.bundle ?? '', 'findings.json'))).toBe(true)
  expect(place.step(judge, { ...env, COMMAND: 'rm' }).exit).toBe(64)
  expect(place.step(last, { CODE: '2', ON_INCONCLUSIVE: 'neutral' }).exit).toBe(0)
  expect(place.step(last, { CODE: '2', ON_INCONCLUSIVE: 'red' }).exit).toBe(2)
  expect(place.step(last, { CODE: '1', ON_INCONCLUSIVE: 'neutral' }).exit).toBe(1)
})

it('one issue for drift: opens it with what differs, and stays silent without', () => {
  const silent = workplace()
  at = silent
  const script = stepsOf('nightly.yml', 'drift')
    .flatMap(({ run }) => run ?? [])
    .join('\n')
  expect(silent.step(script, { RUN_URL: 'https://example.invalid/1' }).exit).toBe(0)
  expect(silent.asked()).not.toContain('issue')
  const gives = join(silent.directory, 'gives')
  mkdirSync(join(gives, 'drift-kind'), { recursive: true })
  writeFileSync(join(gives, 'drift-kind', 'drift.txt'), 'FIPS-TLS-2 new failure\n')
  const place = workplace(gives)
  try {
    const ended = place.step(script, { RUN_URL: 'https://example.invalid/1' })
    expect(ended.exit, ended.stderr).toBe(0)
    expect(place.asked()).toContain('issue create --title FIPS conformance drifted --label fips-drift --body-file body.md')
  } finally {
    place.remove()
  }
})
