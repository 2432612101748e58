import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, globSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

// Compiles what is started (the command line, each `*-process.ts`, the suites) and what that imports: tests and their fixtures are not reached from there.
// Scripts, templates and schemas that the code reads beside itself (import.meta.dirname) go to the same place in dist.

const root = join(import.meta.dirname, '..')
const output = join(root, 'dist')

/** Files beside the code that are no code: everything but TypeScript, documentation, package metadata and test fixtures. */
const assets = (): string[] =>
  globSync('{helpers,suites,reports}/**/*', { cwd: root })
    .filter((path) => statSync(join(root, path)).isFile())
    .filter((path) => !/\.(ts|md)$|(^|\/)package\.json$|\/(fixtures|node_modules)\//.test(path))
    .sort()

rmSync(output, { recursive: true, force: true })
const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
if (status !== 0) process.exit(1)
for (const path of assets()) {
  cpSync(join(root, path), join(output, path))
  chmodSync(join(output, path), statSync(join(root, path)).mode)
}
