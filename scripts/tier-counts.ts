import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

/** What is read of vitest's json reporter. */
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
})

export type TierCounts = { passed: number; failed: number; skipped: number }

/**
 * Counts of one tier from the text of vitest's json report; undefined for a run that left none. A file that failed without a failing test (it did not
 * load, a hook threw) counts as one failure, and so does a run that failed without saying where.
 */
export const countTier = (report: string | undefined, exitCode: number): TierCounts => {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = reportSchema.parse(JSON.parse(report))
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
  const failed = numFailedTests + broken.length
  return { passed: numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped: numPendingTests + numTodoTests }
}

/** The closing line of a tier. */
export const countsLine = (name: string, { passed, failed, skipped }: TierCounts): string =>
  `${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`

// node scripts/tier-counts.ts NAME REPORT EXIT-CODE: prints the line; 0 when something ran and nothing failed.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name = '', path = '', exitCode = ''] = process.argv.slice(2)
  const counts = countTier(existsSync(path) ? readFileSync(path, 'utf8') : undefined, Number(exitCode))
  console.log(countsLine(name, counts))
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
}
