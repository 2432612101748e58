import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

/** What is read of vitest's json reporter. */
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()).nullish() })),
    }),
  ),
})
type Report = z.infer<typeof reportSchema>

const isBroken = ({ status, assertionResults }: Report['testResults'][number]): boolean =>
  status === 'failed' && assertionResults.every((test) => test.status !== 'failed')

export type TierCounts = { passed: number; failed: number; skipped: number }

/**
 * Counts of one tier from the text of vitest's json report; undefined for a run that left none. A file that failed without a failing test (it did not
 * load, a hook threw) counts as one failure, and so does a run that failed without saying where.
 */
export const countTier = (report: string | undefined, exitCode: number): TierCounts => {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = reportSchema.parse(JSON.parse(report))
  const broken = testResults.filter(isBroken)
  const failed = numFailedTests + broken.length
  return { passed: numPassedTests, failed: failed === 0 && exitCode !== 0 ? 1 : failed, skipped: numPendingTests + numTodoTests }
}

/** Each failure in one line: file, test, and the first line of what it said. The log of a whole run is long, and its beginning is the first that gets cut. */
export const failureLines = (report: string | undefined, root: string): string[] => {
  if (report === undefined) return ['no test reported anything']
  const line = (file: string, test: string, why: string | undefined): string =>
    `${relative(root, file)}: ${[test, (why ?? '').split('\n')[0]?.trim()].filter((part) => part).join(': ')}`
  return reportSchema
    .parse(JSON.parse(report))
    .testResults.flatMap((file) =>
      isBroken(file)
        ? [line(file.name, '', file.message)]
        : file.assertionResults
            .filter(({ status }) => status === 'failed')
            .map(({ fullName, failureMessages }) => line(file.name, fullName, failureMessages?.[0])),
    )
}

/** The closing line of a tier. */
export const countsLine = (name: string, { passed, failed, skipped }: TierCounts): string =>
  `${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`

// node scripts/tier-counts.ts NAME REPORT EXIT-CODE: prints the line, and each failure to stderr; 0 when something ran and nothing failed.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name = '', path = '', exitCode = ''] = process.argv.slice(2)
  const report = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  const counts = countTier(report, Number(exitCode))
  for (const line of failureLines(report, process.cwd())) console.error(`${name} failed: ${line.slice(0, 400)}`)
  console.log(countsLine(name, counts))
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1
}
