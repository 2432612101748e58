import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { thisOwner } from '../host/owner.ts'
import { saveCluster } from '../providers/state.ts'
import { type CommandContext, run, standing, test } from './run.ts'
import { newRunId } from './run-id.ts'
import { readSettings } from './settings.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fips-conformance-run-'))
  vi.stubEnv('XDG_STATE_HOME', home)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

const context = async (flags: Record<string, unknown>): Promise<CommandContext> => ({
  settings: await readSettings(flags),
  progress: () => undefined,
  signal: new AbortController().signal,
})
const save = (name: string, ready: boolean): Promise<void> =>
  saveCluster({
    provider: 'kind',
    name,
    run: 'r',
    owner: thisOwner(),
    createdAt: '2026-11-22T12:00:00.000Z',
    nodes: [],
    kubeconfig: '',
    ready,
    judgedBy: [],
    image: { reference: '', id: '', kubernetesVersion: '', kindBinary: '', origins: [] },
  })

describe('newRunId', () => {
  it('is the time, so that it sorts by it, with something that keeps two of one second apart', () => {
    const ids = ['2026-11-22T12:00:00.999Z', '2026-11-22T12:00:01Z', '2026-12-01T00:00:00Z'].map((time) => newRunId(new Date(time)))
    expect(ids[0]).toMatch(/^20261122T120000Z-[0-9a-f]{6}$/)
    expect(ids.toSorted()).toEqual(ids)
    const now = new Date()
    expect(new Set(Array.from({ length: 50 }, () => newRunId(now))).size).toBe(50)
  })

  it('can name a bundle and, by its end, a cluster', () => {
    expect(newRunId()).toMatch(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/)
    expect(`fips-${newRunId().slice(-6)}`).toMatch(/^fips-[0-9a-f]{6}$/)
  })
})

describe('standing', () => {
  it('is the cluster of that name, or of the usual one', async () => {
    await save('lab', true)
    await save('fips-conformance', true)
    expect((await standing(await readSettings({ name: 'lab' }))).name).toBe('lab')
    expect((await standing(await readSettings({}))).name).toBe('fips-conformance')
  })

  it('is none where nobody made one, or where making it did not end', async () => {
    await save('half', false)
    await expect(standing(await readSettings({ name: 'none' }))).rejects.toMatchObject({ trouble: { code: 'CLUSTER_UNKNOWN', exit: 3 } })
    await expect(standing(await readSettings({ name: 'half' }))).rejects.toMatchObject({ trouble: { code: 'CLUSTER_NOT_READY', exit: 3 } })
  })
})

describe('run and test', () => {
  it('look for a place for the evidence before anything else', async () => {
    await save('lab', true)
    const file = join(home, 'file')
    writeFileSync(file, '')
    for (const out of [file, join(file, 'below')]) {
      await expect(run(await context({ out }))).rejects.toMatchObject({ trouble: { code: 'OUT_UNUSABLE', exit: 3, where: `--out ${out}` } })
      await expect(test(await context({ out, name: 'lab' }))).rejects.toMatchObject({ code: 'OUT_UNUSABLE' })
    }
  })

  it('judge no cluster that is not there (--reuse)', async () => {
    await expect(run(await context({ reuse: true, name: 'none', out: join(home, 'out') }))).rejects.toMatchObject({
      code: 'CLUSTER_UNKNOWN',
    })
  })
})
