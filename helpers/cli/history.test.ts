import { appendFile, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { madeSigner, sealedBundle } from '../evidence/made-bundle.ts'
import { called, onlyJson, unprivileged } from './called.ts'

let root: string
const signer = madeSigner()
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'history-command-'))
  // Nobody may look into it, and for a part of it into all of it.
  await chmod(root, 0o755)
  await sealedBundle(root, 'r1', { run: { startedAt: '2026-11-05T10:00:00.000Z' }, signer, nodes: [{ name: 'a', flag: '0' }] })
  await sealedBundle(root, 'r2', { run: { startedAt: '2026-11-06T10:00:00.000Z' }, signer })
})
afterAll(() => rm(root, { recursive: true }))

const history = (...argv: readonly string[]) => called('history', ...argv)

describe('history', () => {
  it('tells people of the runs by cluster', async () => {
    const { exit, stdout, stderr } = await history(root, '--as-of', '2026-11-30')
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toMatch(/^kind:sample\n {2}▁█ {2}/)
    expect(stdout).toMatch(/^ {2}r2 {2}exit \d {2}[0-9a-f]{16}…$/m)
    expect(stdout).toContain('30 days: 2 runs on 2 days, longest time without one 25 days')
    expect(stdout).toMatch(/FIPS-NODE-1 +pass 1, fail 1, inconclusive 0; fails in 1 of the runs/)
    expect(stdout).toMatch(/Nothing that history\.ndjson names is missing\.\n$/)
  })

  it('tells machines in one object', async () => {
    const ended = await history(root, '--as-of', '2026-11-05', '--json')
    expect(ended).toMatchObject({ exit: 0, stderr: '' })
    expect(onlyJson(ended)).toMatchObject({ exit: 0, broken: [], clusters: [{ cluster: 'kind:sample', month: { days: 30, runs: 1 } }] })
  })

  it('shows the run that was taken away, and ends with 1', async () => {
    const other = await mkdtemp(join(tmpdir(), 'history-command-'))
    try {
      for (const run of ['r1', 'r2']) await sealedBundle(other, run, { signer })
      await rm(join(other, 'r2'), { recursive: true })
      const { exit, stdout } = await history(other)
      expect(exit).toBe(1)
      expect(stdout).toMatch(/^taken away or changed: r2 of kind:sample, begun /m)
      expect(stdout).toMatch(/^ {2}r2 .*TAKEN AWAY$/m)
      expect(stdout).toMatch(/Something is missing or was changed\.\n$/)
    } finally {
      await rm(other, { recursive: true })
    }
  })

  it.each([
    ['a folder that is not there', 'none', [], 'FOLDER_MISSING'],
    ['a file', 'history.ndjson', [], 'FOLDER_MISSING'],
    ['what is below a file', 'history.ndjson/none', [], 'FOLDER_MISSING'],
    ['a day that is none', '', ['--as-of', '2026-02-30'], 'DATE_INVALID'],
  ])('ends with 64 at %s', async (_what, name, more, code) => {
    const ended = await history(join(root, name), ...more, '--json')
    expect(ended.exit).toBe(64)
    expect(onlyJson(ended)).toMatchObject({ error: { code, exit: 64 } })
    expect(ended.stderr).toMatch(new RegExp(`^error ${code}: `))
  })

  it('lets no line of the file write to the terminal', async () => {
    const other = await mkdtemp(join(tmpdir(), 'history-command-'))
    try {
      await sealedBundle(other, 'r1', { signer })
      await appendFile(join(other, 'history.ndjson'), '\u001b[2J\n')
      const { exit, stdout } = await history(other)
      expect(exit).toBe(1)
      expect(stdout).toContain('line 2: ')
      expect(stdout).not.toContain('\u001b')
    } finally {
      await rm(other, { recursive: true })
    }
  })

  it('is of a folder whose history is none: that is said', async () => {
    const other = await mkdtemp(join(tmpdir(), 'history-command-'))
    try {
      await mkdir(join(other, 'history.ndjson'))
      const ended = await history(other, '--json')
      expect(ended.exit).toBe(3)
      expect(onlyJson(ended)).toMatchObject({ error: { code: 'FILE_UNREADABLE' } })
    } finally {
      await rm(other, { recursive: true })
    }
  })

  it('is of a folder without runs: nothing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'history-command-'))
    try {
      await writeFile(join(empty, 'notes.txt'), '')
      expect(await history(empty)).toEqual({ exit: 0, stdout: 'Nothing that history.ndjson names is missing.\n', stderr: '' })
    } finally {
      await rm(empty, { recursive: true })
    }
  })
})

describe.runIf(process.platform !== 'win32')('history of what this user may not read', () => {
  it.each([
    ['the folder', '', 0o000],
    ['a folder that can be entered, not listed', '', 0o111],
    ['a folder in one that may not be entered', 'r1', 0o000],
    ['the list of the runs', 'history.ndjson', 0o000],
    ['a run', 'r2', 0o000],
    ['a part of a run', 'r2/manifest.json', 0o000],
  ])('says so: %s', async (_what, name, mode) => {
    const [dir, shut] = name === 'r1' ? [join(root, name), root] : [root, join(root, name)]
    const before = shut === root || name === 'r2' ? 0o755 : 0o644
    await chmod(shut, mode)
    try {
      const ended = await unprivileged(() => history(dir, '--json'))
      expect(ended.exit).toBe(3)
      expect(onlyJson(ended)).toMatchObject({
        error: {
          code: 'FILE_UNREADABLE',
          what: 'the folder cannot be looked into',
          where: expect.stringMatching(new RegExp(`^${name === 'r1' ? dir : shut}`)),
          why: expect.stringContaining('EACCES'),
          remedy: 'name a folder that you may read',
        },
      })
      expect(ended.stderr).toMatch(/^error FILE_UNREADABLE: the folder cannot be looked into\n {2}where: /)
    } finally {
      await chmod(shut, before)
    }
    expect((await unprivileged(() => history(root))).exit).toBe(0)
  })
})
