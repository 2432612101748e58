import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBundle } from '../evidence/bundle-writer.ts'
import { type MadeNode, madeBundle, madeSigner, sealedBundle } from '../evidence/made-bundle.ts'
import { sampleFinding, sampleRun } from '../evidence/sample.ts'
import { type Called, called, onlyJson } from './called.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'compare-command-'))
})
afterEach(() => rm(root, { recursive: true }))

const signer = madeSigner()
const days = { r1: '2026-11-05', r2: '2026-11-06' } as const
const made = async (name: keyof typeof days, ...nodes: readonly MadeNode[]): Promise<string> => {
  await sealedBundle(root, name, { run: { startedAt: `${days[name]}T10:00:00.000Z` }, signer, nodes })
  return join(root, name)
}
const on = (name: string): MadeNode => ({ name, flag: '1' })
const off = (name: string): MadeNode => ({ name, flag: '0' })
const compare = (...argv: readonly string[]): Promise<Called> => called('compare', ...argv)

describe('compare', () => {
  it('ends with 1 at a new failure, and says which', async () => {
    const { exit, stdout, stderr } = await compare(await made('r1', on('a'), off('b')), await made('r2', off('a'), on('b')))
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' })
    expect(stdout).toMatch(/^before: r1 of sample \([0-9a-f]{64}\)\nnow: {4}r2 of sample \([0-9a-f]{64}\)\n\n/)
    expect(stdout).toMatch(/^new failure: FIPS-NODE-1 for node:a: /m)
    expect(stdout).toMatch(/^fixed: FIPS-NODE-1 for node:b: /m)
    expect(stdout).toMatch(/^1 new failure, 1 fixed, 0 unchanged\nIt drifted: .*\n$/m)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('ends with 1 where something is not seen any more', async () => {
    const { exit, stdout } = await compare(await made('r1', on('a'), on('b')), await made('r2', on('a')))
    expect(exit).toBe(1)
    expect(stdout).toMatch(/^lost coverage: FIPS-NODE-1 for node:b: /m)
  })

  it('ends with 0 where nothing is worse, whatever fails still', async () => {
    const { exit, stdout } = await compare(await made('r1', off('a'), on('b')), await made('r2', off('a'), on('b')))
    expect(exit).toBe(0)
    expect(stdout).toMatch(/^still failing: FIPS-NODE-1 for node:a: /m)
    expect(stdout).toMatch(/No new failure, no lost coverage, no waiver that expired\.\n$/)
  })

  it('tells machines in one object', async () => {
    const ended = await compare(await made('r1', on('a')), await made('r2', off('a')), '--json')
    expect(ended).toMatchObject({ exit: 1, stderr: '' })
    expect(onlyJson(ended)).toMatchObject({
      exit: 1,
      before: { run: 'r1', cluster: 'sample' },
      now: { run: 'r2' },
      counts: { 'new-failure': 1, fixed: 0 },
      unchanged: 0,
      changes: [{ kind: 'new-failure', requirement: 'FIPS-NODE-1', subject: 'node:a', claimed: true }],
    })
  })

  it('says of a bundle that is not sealed that it is not', async () => {
    const { exit, stdout } = await compare(await madeBundle(root, 'open', { nodes: [on('a')] }), await made('r2', on('a')))
    expect(exit).toBe(0)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('before: open of sample (not sealed: it has no manifest.dsse.json)')
  })

  it('shows what a cluster calls itself as text, whatever it holds', async () => {
    const { stdout } = await compare(await made('r1', on('a')), await made('r2', off('a'), off('\u001b[31mred\n')))
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toMatch(/^new failure: FIPS-NODE-1 for node:\\u\{1b\}\[31mred /m)
  })
})

describe('compare takes two whole bundles', () => {
  it.each([[['one']], [['one', 'two', 'three']]])('and no other count: %j', async (names) => {
    const ended = await compare(...names, '--json')
    expect(ended.exit).toBe(64)
    expect(onlyJson(ended)).toMatchObject({
      error: { code: 'BUNDLES_NOT_TWO', exit: 64, remedy: 'name the earlier one, then the later one' },
    })
    expect(ended.stderr).toMatch(/^error BUNDLES_NOT_TWO: /)
  })

  it('and is told so when there is none', async () => {
    expect(await compare()).toMatchObject({
      exit: 64,
      stdout: '',
      stderr: expect.stringMatching(/^error USAGE: missing required argument/),
    })
  })

  const cut = async (): Promise<string> => {
    const writer = await createBundle({ root, runId: 'cut' })
    const { requirement, subject } = sampleFinding('FIPS-MOD-1', 'pass')
    await writer.writeRun(sampleRun())
    await writer.writePlan({ claim: [], pairs: [{ requirement, subject }] })
    return writer.dir
  }
  const changed = async (): Promise<string> => {
    const dir = await made('r2', on('a'))
    await appendFile(join(dir, 'findings.json'), ' ')
    return dir
  }
  const added = async (): Promise<string> => {
    const dir = await made('r2', on('a'))
    await writeFile(join(dir, 'more.txt'), '')
    return dir
  }

  it.each([
    ['one whose run was cut short', cut, 'BUNDLE_UNFINISHED', /run it again/],
    ['one that was changed since it was sealed', changed, 'BUNDLE_NOT_AS_SEALED', /fips-conformance verify/],
    ['one to which something was added', added, 'BUNDLE_NOT_AS_SEALED', /fips-conformance verify/],
  ])('not %s', async (_what, make, code, remedy) => {
    const ended = await compare(await made('r1', on('a')), await make(), '--json')
    expect(ended.exit).toBe(3)
    expect(onlyJson(ended)).toMatchObject({ error: { code, exit: 3, remedy: expect.stringMatching(remedy) } })
  })

  it('not what is none', async () => {
    const ended = await compare(await made('r1', on('a')), join(root, 'none'), '--json')
    expect(ended.exit).toBe(3)
    expect(onlyJson(ended)).toMatchObject({ error: { code: expect.stringMatching(/^BUNDLE_/), where: expect.stringContaining('none') } })
  })
})
