import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createVitest, type Reporter } from 'vitest/node'
import type { SuiteContext } from './context.ts'

export const suiteNames = ['modules', 'nodes', 'refusal', 'self-proof'] as const
export type SuiteName = (typeof suiteNames)[number]

/** Requirement families that a suite proves. */
export const familiesOf: Readonly<Record<SuiteName, readonly string[]>> = {
  modules: ['FIPS-MOD'],
  nodes: ['FIPS-NODE'],
  refusal: ['FIPS-TLS'],
  'self-proof': ['FIPS-SELF'],
}

/** How the suites ended, as vitest tells it: for people only. Verdicts come from findings, never from here. */
export type SuitesEnd = { tests: number; failed: number; errors: string[] }

export type RunSuites = {
  context: SuiteContext
  suites: readonly SuiteName[]
  /** Called when a test has ended. */
  onTest?: (name: string, state: string) => void
  signal?: AbortSignal | undefined
}

const suitesDirectory = join(import.meta.dirname, '..', '..', 'suites')

/**
 * Runs the suites through vitest’s node API, each in a process of its own, so that one that crashes takes no other with it.
 * The configuration is made here: no configuration file, environment or cache of a user’s project reaches a conformance run.
 */
export const runSuites = async ({ context, suites, onTest, signal }: RunSuites): Promise<SuitesEnd> => {
  const extension = existsSync(join(suitesDirectory, 'nodes.suite.ts')) ? 'ts' : 'js'
  const errors: string[] = []
  let tests = 0
  let failed = 0
  const reporter: Reporter = {
    onTestCaseResult: (test) => {
      const { state } = test.result()
      tests += 1
      if (state === 'failed') failed += 1
      onTest?.(test.name, state)
    },
    onTestModuleEnd: (module) => {
      for (const error of module.errors()) errors.push(`${module.moduleId}: ${error.message}`)
    },
    onTestRunEnd: (_modules, unhandled) => {
      for (const error of unhandled) errors.push(error.message)
    },
  }
  const vitest = await createVitest(
    'test',
    {
      config: false,
      root: suitesDirectory,
      include: suites.map((suite) => `${suite}.suite.${extension}`),
      exclude: [],
      watch: false,
      pool: 'forks',
      isolate: true,
      maxWorkers: 3,
      fileParallelism: true,
      maxConcurrency: 4,
      testTimeout: 120_000,
      hookTimeout: 30_000,
      teardownTimeout: 5_000,
      retry: 0,
      passWithNoTests: true,
      reporters: [reporter],
      silent: true,
      provide: { conformance: context },
      execArgv: ['--disable-warning=ExperimentalWarning'],
    },
    {},
  )
  const cancel = (): void => void vitest.cancelCurrentRun('keyboard-input')
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    await vitest.start()
  } finally {
    signal?.removeEventListener('abort', cancel)
    await vitest.close()
  }
  return { tests, failed, errors }
}
