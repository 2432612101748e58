import { expect, it } from 'vitest'
import { breaches, breachesInTree } from '../scripts/boundaries.ts'

it('finds no breach in the tree', () => {
  expect(breachesInTree()).toEqual([])
})

it.each([
  ['an upward import', 'helpers/rules/nodes.ts', "import { record } from '../evidence/recorder.ts'"],
  ['a type-only upward import', 'helpers/policy/profiles.ts', "import type { Rule } from '../rules/outcome.ts'"],
  ['an import over several lines', 'helpers/rules/nodes.ts', "import {\n  a,\n  b,\n} from '../cluster/inventory.ts'"],
  ['a re-export', 'helpers/evidence/model.ts', "export * from '../cluster/inventory.ts'"],
  ['a dynamic import', 'helpers/evidence/judge.ts', "const later = () => import('../providers/provider.ts')"],
  ['a type by import()', 'helpers/evidence/judge.ts', "type Provider = import('../providers/provider.ts').Provider"],
  ['an import for its effect', 'helpers/cluster/relay.ts', "import '../conformance/context.ts'"],
  ['analyse of its own read', 'helpers/tls/analyse/answer.ts', "import { sweep } from '../read/sweep-run.ts'"],
  ['an import from beside', 'helpers/cluster/relay.ts', "import { build } from '../node-image/build.ts'"],
  ['a report that collects', 'reports/html.ts', "import { sweep } from '../helpers/tls/read/sweep-run.ts'"],
  ['a report that judges', 'reports/html.ts', "import type { Rule } from '../helpers/rules/outcome.ts'"],
  ['kind-ts of the project', 'helpers/kind-ts/run.ts', "import { explain } from '../errors/error.ts'"],
  ['anything of the command line', 'helpers/providers/kind/create.ts', "import { settings } from '../../cli/settings.ts'"],
  ['a file read in a pure folder', 'helpers/rules/nodes.ts', "import { readFileSync } from 'node:fs'"],
  ['a clock in a pure folder', 'helpers/rules/nodes.ts', 'const now = Date.now()'],
])('finds %s', (_case, file, text) => {
  expect(breaches(file, text)).toHaveLength(1)
})

it.each([
  ['downwards', 'helpers/cluster/relay.ts', "import { explain } from '../errors/error.ts'"],
  ['in its own folder', 'helpers/providers/kind/create.ts', "import { provider } from '../provider.ts'"],
  ['read of analyse', 'helpers/tls/read/sweep-run.ts', "import { answer } from '../analyse/answer.ts'"],
  ['the command line of reports', 'helpers/cli/main.ts', "import { reports } from '../../reports/index.ts'"],
  ['hashing in a pure folder', 'helpers/crypto-modules/analyse/boringcrypto.ts', "import { createHash } from 'node:crypto'"],
  ['a test of what its neighbour reads', 'helpers/tls/analyse/answer.test.ts', "import { sweep } from '../read/sweep-run.ts'"],
])('lets %s pass', (_case, file, text) => {
  expect(breaches(file, text)).toEqual([])
})
