import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sealedBundles } from './chain.ts'
import { historyOf, sparkline } from './history.ts'
import { readHistory } from './history-file.ts'
import { madeSigner, sealedBundle } from './made-bundle.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'history-'))
})
afterEach(() => rm(root, { recursive: true }))
const signer = madeSigner()
const at = (day: string) => ({ run: { startedAt: `${day}T10:00:00.000Z` }, signer })
const history = async (asOf = '2026-11-30T00:00:00Z') => historyOf(await readHistory(root), await sealedBundles(root), new Date(asOf))

describe('a history', () => {
  it('sums the runs of 30 days and of a year for each requirement', async () => {
    await sealedBundle(root, 'r1', { ...at('2026-01-05'), nodes: [{ name: 'a', flag: '0' }] })
    await sealedBundle(root, 'r2', at('2026-11-05'))
    await sealedBundle(root, 'r3', {
      ...at('2026-11-06'),
      nodes: [
        { name: 'a', flag: '1' },
        { name: 'b', flag: '0' },
      ],
    })
    const { clusters, exit } = await history()
    expect(exit).toBe(0)
    expect(clusters).toHaveLength(1)
    expect(clusters[0]).toMatchObject({
      cluster: 'kind:sample',
      sparkline: '▁█▄',
      month: {
        days: 30,
        runs: 2,
        daysWithRun: 2,
        longestGap: 24,
        exits: { '0': 0, '1': 1, '2': 1 },
        requirements: [{ requirement: 'FIPS-NODE-1', pass: 2, fail: 1, runsThatFail: 1 }],
      },
      year: { days: 365, runs: 3, requirements: [{ pass: 2, fail: 2, runsThatFail: 2 }] },
    })
  })

  it('names the run that was taken away, and the one that was sealed elsewhere', async () => {
    await sealedBundle(root, 'r1', at('2026-11-05'))
    await sealedBundle(root, 'r2', at('2026-11-06'))
    await rm(join(root, 'r1'), { recursive: true })
    expect(await history()).toMatchObject({
      exit: 1,
      removed: [{ run: 'r1' }],
      clusters: [
        {
          runs: [
            { run: 'r1', present: false },
            { run: 'r2', present: true },
          ],
        },
      ],
    })
    await rm(join(root, 'history.ndjson'))
    expect(await history()).toMatchObject({ exit: 0, unlisted: [{ run: 'r2' }] })
  })

  it.each([
    ['a line was taken out', (text: string) => text.split('\n').toSpliced(1, 1).join('\n')],
    ['a figure was changed', (text: string) => text.replace('"fail":0', '"fail":1')],
    ['a line is in another form', (text: string) => text.replace('{', '{ ')],
    ['the last line was cut', (text: string) => text.slice(0, -5)],
  ])('in which %s is broken', async (_name, change) => {
    for (const run of ['r1', 'r2', 'r3']) await sealedBundle(root, run, at('2026-11-05'))
    const file = join(root, 'history.ndjson')
    await writeFile(file, change(await readFile(file, 'utf8')))
    const { broken, exit } = await history()
    expect(exit).toBe(1)
    expect(broken.length).toBeGreaterThan(0)
  })
})

it('shows only what is whole at the top', () => {
  expect(sparkline([0, 0.5, 0.999, 1])).toBe('▁▄▇█')
})
