import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { countsLine, countTier, failureLines } from '../scripts/tier-counts.ts'

const root = join(import.meta.dirname, '..')

/** What vitest itself reports of test files with these texts. */
const reported = (files: Record<string, string>): { report: string | undefined; exitCode: number } => {
  const folder = mkdtempSync(join(tmpdir(), 'tier-counts-'))
  try {
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(folder, name), `import { beforeAll, expect, it } from '${root}/node_modules/vitest/dist/index.js'\n${text}`)
    writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {}')
    const args = ['run', '--root', folder, '--reporter=json', '--outputFile', join(folder, 'report.json')]
    let exitCode = 0
    try {
      execFileSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], { stdio: 'ignore' })
    } catch (error) {
      exitCode = Number((error as { status?: unknown }).status)
    }
    const path = join(folder, 'report.json')
    return { report: existsSync(path) ? readFileSync(path, 'utf8') : undefined, exitCode }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it('counts what passed, failed and was skipped, and a file that does not load', { timeout: 30_000 }, () => {
  const { report, exitCode } = reported({
    'mixed.test.ts': "it('a', () => {}); it('b', () => { expect(1).toBe(2) }); it.runIf(false)('c', () => {})",
    'broken.test.ts': "throw new Error('does not load')",
    'hook.test.ts': "beforeAll(() => { throw new Error('hook') }); it('d', () => {})",
  })
  expect(exitCode).toBe(1)
  expect(countTier(report, exitCode)).toMatchObject({ passed: 1, failed: 3 })
  expect(failureLines(report, '/').toSorted()).toEqual([
    expect.stringMatching(/broken\.test\.ts: .*does not load/),
    expect.stringMatching(/hook\.test\.ts: .*hook/),
    expect.stringMatching(/mixed\.test\.ts: b: .*expected 1 to be 2/),
  ])
})

it('counts a green run', { timeout: 30_000 }, () => {
  const { report, exitCode } = reported({ 'green.test.ts': "it('a', () => {}); it('b', () => {})" })
  expect(countTier(report, exitCode)).toEqual({ passed: 2, failed: 0, skipped: 0 })
})

it('never calls a run green that failed without saying where', () => {
  const empty = JSON.stringify({ numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] })
  expect(countTier(empty, 1).failed).toBe(1)
  expect(countTier(undefined, 124)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

it('prints the plain closing line', () => {
  expect(countsLine('harness', { passed: 12, failed: 0, skipped: 3 })).toBe('harness: 12 passed, 0 failed, 3 skipped')
})
