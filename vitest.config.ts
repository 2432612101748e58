import { defineConfig } from 'vitest/config'

// `x.test.ts` belongs to the harness; a word between, `x.corpus.test.ts`, names the tier that it belongs to.
const folders = '{helpers,reports,suites,test}'
const tier = (name: string) => ({ name, include: [`${folders}/**/*.${name}.test.ts`] })

const seconds = 1000
const minutes = 60 * seconds

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    projects: [
      { extends: true, test: { name: 'harness', include: [`${folders}/**/*.test.ts`], exclude: ['**/*.*.test.ts', '**/node_modules/**'] } },
      { extends: true, test: { ...tier('corpus'), testTimeout: 2 * minutes, hookTimeout: 10 * minutes } },
      { extends: true, test: { ...tier('peers'), testTimeout: 1 * minutes, hookTimeout: 5 * minutes } },
      { extends: true, test: { ...tier('cluster'), testTimeout: 40 * minutes, hookTimeout: 40 * minutes, fileParallelism: false } },
      { extends: true, test: { ...tier('machine'), testTimeout: 30 * minutes, hookTimeout: 30 * minutes, fileParallelism: false } },
      { extends: true, test: { ...tier('pack'), testTimeout: 2 * minutes, hookTimeout: 5 * minutes } },
      // For editors only: a conformance run starts its suites itself (helpers/conformance/run-suites.ts) and reads no configuration file.
      { extends: true, test: { name: 'conformance', include: ['suites/*.suite.ts'] } },
    ],
  },
})
