import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAll, builtC } from '../test/corpus/build.ts'
import { changedFiles } from '../test/corpus/changed-files.ts'
import { baseBytes, builtBytes, donors } from '../test/corpus/donors.ts'
import type { Expectation } from '../test/corpus/expectation.ts'
import { builtExpectations } from '../test/corpus/expectations-built.ts'
import { changedExpectations } from '../test/corpus/expectations-changed.ts'
import { oddExpectations } from '../test/corpus/expectations-odd.ts'
import { cPrograms, oddFiles } from '../test/corpus/odd-files.ts'
import { recipes } from '../test/corpus/recipes.ts'

// How often `fips-conformance scan --all` and check-payload are right about the files of the corpus, whose truth stands in its tables. Needs what the corpus needs (CONTRIBUTING.md);
// check-payload is asked where it is on PATH.

const cli = join(import.meta.dirname, '..', 'bin', 'fips-conformance.js')

/** Every row of the corpus with the bytes of its file. */
const corpus = async (): Promise<{ row: Expectation; bytes: Uint8Array }[]> => {
  await buildAll(recipes)
  const changes = changedFiles(await donors())
  const bytesOf = async (name: string): Promise<Uint8Array> => {
    const change = changes.get(name)
    if (change) return change.change(await baseBytes(change.base))
    const odd = oddFiles.get(name)
    if (odd) return odd()
    const program = new Map(Object.entries(cPrograms)).get(name)
    if (program) return new Uint8Array(readFileSync(await builtC(program[0], program[1])))
    return builtBytes(name)
  }
  const all = [...builtExpectations, ...changedExpectations, ...oddExpectations]
  return Promise.all(all.map(async (row) => ({ row, bytes: await bytesOf(row[0]) })))
}

type Said = 'lets through' | 'refuses'

/** What scan says of each file: whatever is neither passed nor without cryptography is refused. */
const ours = (folder: string): Map<string, Said> => {
  const { stdout } = spawnSync(process.execPath, [cli, 'scan', '--all', '--json', folder], { maxBuffer: 2 ** 28, encoding: 'utf8' })
  const lines = stdout.split('\n').flatMap((line) => (line.includes('"path":') ? [JSON.parse(line)] : []))
  return new Map(
    lines.map(({ path, verdict }): [string, Said] => [
      String(path).split('/').at(-1) ?? '',
      verdict === 'pass' || verdict === 'not-applicable' ? 'lets through' : 'refuses',
    ]),
  )
}

/** What check-payload says: it lists what it refuses, and nothing else. */
const checkPayload = (root: string, names: readonly string[]): Map<string, Said> | undefined => {
  const { stdout, error } = spawnSync('check-payload', ['scan', 'local', '--path', root, '--output-format', 'csv'], {
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  })
  if (error) return undefined
  const refused = new Set([...stdout.matchAll(/\/usr\/bin\/(f\d+)/g)].map(([, name = '']) => name))
  return new Map(names.map((name): [string, Said] => [name, refused.has(name) ? 'refuses' : 'lets through']))
}

const scratch = mkdtempSync(join(tmpdir(), 'fips-conformance-verdicts-'))
try {
  const bin = join(scratch, 'usr', 'bin')
  mkdirSync(bin, { recursive: true })
  const files = await corpus()
  const named = files.map(({ row, bytes }, at) => {
    writeFileSync(join(bin, `f${at}`), bytes, { mode: 0o755 })
    return { name: `f${at}`, truth: row[5].at(-1) ?? '' }
  })
  const groups: [string, string, Said][] = [
    ['an intact, validated module of an Active certificate', 'p', 'lets through'],
    ['no cryptography at all', 'n', 'lets through'],
    ['no module, a changed, forged or outdated one, or one that is off', 'f', 'refuses'],
    ['not to be told (cut, packed, foreign, unreadable)', 'i', 'refuses'],
  ]
  const names = named.map(({ name }) => name)
  const answers = { scan: ours(scratch), 'check-payload': checkPayload(scratch, names) }
  for (const [who, answer] of Object.entries(answers)) {
    if (answer === undefined) {
      process.stdout.write(`${who} is not on PATH\n`)
      continue
    }
    for (const [what, letter, right] of groups) {
      const own = named.filter(({ truth }) => truth === letter)
      const good = own.filter(({ name }) => answer.get(name) === right).length
      process.stdout.write(
        `${who.padEnd(14)} ${right.padEnd(13)} ${String(good).padStart(4)} of ${String(own.length).padStart(4)}  ${what}\n`,
      )
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
