import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// NIST validates modules; nobody certifies clusters. These words promise what no evidence of ours can show, so they stand nowhere:
// not in code, not in documents, not in what a report can print. Words may be parted by line breaks, markup or comment signs.
const between = String.raw`[\s*_\x60#/<>-]*`
const standard = `(?:140${between}[23]?${between})?`
const forbidden = new RegExp(String.raw`\bFIPS${between}${standard}(?:compliant|certified)\b`, 'gi')

/** Line numbers (from 1) at which a text uses words that the project must not use. */
export const forbiddenAt = (text: string): { line: number; words: string }[] =>
  [...text.matchAll(forbidden)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    words: match[0].replaceAll(/\s+/g, ' '),
  }))

const root = join(import.meta.dirname, '..')
/** The two files that must name the words to forbid them. */
const exempt = ['scripts/vocabulary.ts', 'test/vocabulary.test.ts']

/** Every use in the tree, as `path:line: words`. */
export const forbiddenInTree = (): string[] =>
  globSync(['{bin,helpers,reports,scripts,suites,test,.github,.ci}/**/*', '*.{md,json,ts}'], {
    cwd: root,
    exclude: ['**/node_modules', 'package-lock.json'],
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !exempt.includes(path))
    .sort()
    .flatMap((path) => forbiddenAt(readFileSync(join(root, path), 'utf8')).map(({ line, words }) => `${path}:${line}: ${words}`))

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = forbiddenInTree()
  for (const line of found) console.error(line)
  process.exitCode = found.length === 0 ? 0 : 1
}
