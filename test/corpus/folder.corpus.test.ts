import { execFile } from 'node:child_process'
import { copyFile, link, mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { FileLine } from '../../helpers/scan/line.ts'
import { type ScanResult, scan } from '../../helpers/scan/scan.ts'
import { builtFile } from './build.ts'
import { corpusDay } from './judged.ts'
import { recipes } from './recipes.ts'

// What only a file system can show: links, holes, pipes, names that say something else.

const run = promisify(execFile)
let folder = ''
const at = (name: string): string => join(folder, name)

const scanned = async (target: string): Promise<{ result: ScanResult; lines: FileLine[] }> => {
  const lines: FileLine[] = []
  const result = await scan({
    targets: [target],
    expect: 'goboring',
    all: true,
    asOf: corpusDay,
    digest: 'sha256',
    exclude: [],
    waivers: [],
    evidence: false,
    signal: new AbortController().signal,
    onLine: (line) => lines.push(line),
  })
  return { result, lines }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-folder-'))
  const name = 'go1.26.8 boring hash stripped'
  const recipe = recipes.get(name)
  if (recipe === undefined) throw new Error('no recipe')
  const program = await builtFile(name, recipe)
  for (const path of ['tree/server', 'tree/name of a script.sh', 'tree/with a hole']) {
    await mkdir(at('tree'), { recursive: true })
    await copyFile(program, at(path))
  }
  await link(at('tree/server'), at('tree/hard link'))
  await symlink('server', at('tree/link'))
  await symlink('loop', at('tree/loop'))
  await symlink('..', at('tree/up'))
  await symlink('nothing', at('tree/broken'))
  await mkdir(at('tree/kube-apiserver'))
  await run('mkfifo', [at('tree/pipe')])
  // Holes take no room on the disk: behind a program, in front of nothing.
  const withHole = await open(at('tree/with a hole'), 'r+')
  await withHole.truncate(300 * 1024 * 1024)
  await withHole.close()
  await writeFile(at('tree/only a hole'), '')
  const onlyHole = await open(at('tree/only a hole'), 'r+')
  await onlyHole.truncate(400 * 1024 * 1024)
  await onlyHole.close()
}, 600_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

it('judges what can be run, whatever its name, and passes over nothing without counting it', async () => {
  const { result, lines } = await scanned(at('tree'))
  const verdicts = Object.fromEntries(lines.map(({ path, verdict, format }) => [path.slice(at('tree').length + 1), `${format} ${verdict}`]))
  expect(verdicts).toEqual({
    server: 'elf pass',
    'hard link': 'elf pass',
    'name of a script.sh': 'elf pass',
    'with a hole': 'elf pass',
    'only a hole': 'data not-applicable',
  })
  expect(result.passed).toMatchObject({ symlinks: 4, special: 1 })
  expect(result.exit).toBe(0)
}, 60_000)

it('has nothing to judge in a directory that is named like a program', async () => {
  const { result, lines } = await scanned(at('tree/kube-apiserver'))
  expect([lines, result.exit]).toEqual([[], 2])
})

it('follows a link that is named, and says so of one that leads nowhere', async () => {
  expect((await scanned(at('tree/link'))).lines).toMatchObject([{ verdict: 'pass' }])
  for (const name of ['tree/loop', 'tree/broken', 'tree/missing']) {
    const { result, lines } = await scanned(at(name))
    expect([name, lines, result.exit, result.troubles.length]).toEqual([name, [], 3, 1])
  }
})
