import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createVitest, type Reporter } from 'vitest/node'
import { patienceOf } from './context.ts'
import { suiteJobSchema } from './suite-job.ts'

// The process that hosts vitest. It is one of its own because vitest takes over the signals of the process that it is in, and ends it on errors of its own:
// the process that has a cluster to remove must not depend on that. Reads a job on stdin, tells what happens on stdout, one JSON object a line.

const tell = (event: Record<string, unknown>): void => void process.stdout.write(`${JSON.stringify(event)}\n`)

const { context, suites } = suiteJobSchema.parse(JSON.parse(await text(process.stdin)))
const extension = import.meta.filename.endsWith('.ts') ? 'ts' : 'js'

const reporter: Reporter = {
  onTestCaseResult: (test) => {
    const { state } = test.result()
    // A requirement without a subject has one test that only says so.
    if (state !== 'skipped') tell({ event: 'test', name: test.name, state })
  },
  onTestModuleEnd: (module) => {
    for (const error of module.errors()) tell({ event: 'error', message: `${module.relativeModuleId}: ${error.message}` })
  },
  onTestRunEnd: (_modules, unhandled) => {
    for (const error of unhandled) tell({ event: 'error', message: error.message })
  },
}

// Everything is said here: no configuration file, environment or cache of somebody's project reaches a conformance run.
const vitest = await createVitest(
  'test',
  {
    config: false,
    cache: false,
    root: join(import.meta.dirname, '..', '..', 'suites'),
    include: suites.map((suite) => `${suite}.suite.${extension}`),
    exclude: [],
    watch: false,
    pool: 'forks',
    isolate: true,
    // Mostly they wait for the node: more processes than cores do not slow each other down.
    maxWorkers: 3,
    fileParallelism: true,
    maxConcurrency: 4,
    testTimeout: 120_000 * patienceOf(context),
    hookTimeout: 30_000,
    teardownTimeout: 5_000,
    // A refusal that was asserted once is not asked for again until it comes out otherwise.
    retry: 0,
    passWithNoTests: true,
    reporters: [reporter],
    silent: true,
    provide: { conformance: context },
  },
  {},
)
await vitest.start()
await vitest.close()
tell({ event: 'end' })
process.exitCode = 0
