import { globSync, readFileSync } from 'node:fs'
import { dirname, join, matchesGlob } from 'node:path'
import { pathToFileURL } from 'node:url'

// Which folder may import which (type-only imports count): a layer imports itself and those below it, never one above or beside it.
// Folders that share a line are beside each other.
const layers: readonly (readonly string[])[] = [
  ['helpers/cli'],
  ['suites'],
  ['helpers/conformance'],
  ['helpers/providers', 'helpers/scan', 'reports'],
  ['helpers/cluster', 'helpers/node-image', 'helpers/kind-ts'],
  ['helpers/host', 'helpers/*/read'],
  ['helpers/evidence'],
  ['helpers/rules'],
  ['helpers/*/analyse'],
  ['helpers/policy'],
  ['helpers/progress'],
  ['helpers/errors'],
]
/** Folders that may import less than their layer: these only. */
const narrower: Readonly<Record<string, readonly string[]>> = {
  reports: ['helpers/evidence', 'helpers/policy'],
  'helpers/kind-ts': [],
}

/** Analysis, rules and policy judge stored bytes again years later: no files, no network, no processes, no clock. */
const pure = ['helpers/rules', 'helpers/*/analyse', 'helpers/policy']
const pureBuiltins = ['node:crypto']
const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\.(env|argv|cwd|hrtime|platform|pid)\b|\bfetch\(/

const inside = (file: string, folder: string): boolean => matchesGlob(file, `${folder}/**`)
const layerOf = (file: string): number => layers.findIndex((folders) => folders.some((folder) => inside(file, folder)))

/** The folder that a file belongs to: `helpers/tls/read` for `helpers/tls/read/session.ts`; a test there belongs to all of `helpers/tls`. */
const folderOf = (file: string): string =>
  (file.endsWith('.test.ts') ? /^helpers\/[^/]+|^[^/]+/ : /^helpers\/[^/]+\/(read|analyse)(?=\/)|^helpers\/[^/]+|^[^/]+/).exec(file)?.[0] ??
  file

const mayImport = (from: string, to: string): boolean => {
  if (inside(to, folderOf(from))) return true
  const only = Object.keys(narrower).find((folder) => inside(from, folder))
  if (only !== undefined) return (narrower[only] ?? []).some((folder) => inside(to, folder))
  return layerOf(from) !== -1 && layerOf(from) < layerOf(to)
}

const specifiers = (text: string): string[] =>
  [...text.matchAll(/^(?:import|export)\b[^'"`;]*?from\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  )

/** Imports that the table forbids, one line each: `path: why`. Paths are relative to the project, with `/`. */
export const breaches = (file: string, text: string): string[] => {
  const found = specifiers(text)
  const upward = found
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => join(dirname(file), specifier))
    .filter((target) => !mayImport(file, target))
    .map((target) => `${file}: may not import ${target}`)
  if (file.endsWith('.test.ts') || !pure.some((folder) => inside(file, folder))) return upward
  return [
    ...upward,
    ...found
      .filter((name) => name.startsWith('node:') && !pureBuiltins.includes(name))
      .map((name) => `${file}: is pure and may not import ${name}`),
    ...(impure.test(text) ? [`${file}: is pure and may not use ${impure.exec(text)?.[0]}`] : []),
  ]
}

const root = join(import.meta.dirname, '..')

/** Every breach in the tree; a file outside the table is one too, so that a new folder gets its place. */
export const breachesInTree = (): string[] =>
  globSync('{helpers,reports,suites}/**/*.ts', { cwd: root, exclude: ['**/node_modules'] })
    .sort()
    .flatMap((file) =>
      layerOf(file) === -1
        ? [`${file}: its folder has no place in scripts/boundaries.ts`]
        : breaches(file, readFileSync(join(root, file), 'utf8')),
    )

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = breachesInTree()
  for (const line of found) console.error(line)
  process.exitCode = found.length === 0 ? 0 : 1
}
