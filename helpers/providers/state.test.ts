import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { thisOwner } from '../host/owner.ts'
import type { ClusterRef } from './provider.ts'
import { clusterDirectory, forgetCluster, listClusters, loadCluster, saveCluster } from './state.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fips-conformance-state-'))
  vi.stubEnv('XDG_STATE_HOME', home)
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

const ref = (name: string, change: Partial<ClusterRef> = {}): ClusterRef => ({
  provider: 'kind',
  name,
  run: '20261122T120000Z-1a2b3c',
  owner: thisOwner(),
  createdAt: '2026-11-22T12:00:00.000Z',
  nodes: [{ name: `${name}-control-plane`, role: 'control-plane' }],
  kubeconfig: join(clusterDirectory(name), 'kubeconfig'),
  ready: false,
  judgedBy: [],
  image: {
    reference: 'r',
    id: 'sha256:0',
    kubernetesVersion: 'v1.36.3+fips.0',
    kindBinary: '/kind',
    origins: [{ component: 'etcd', version: '3.6.8' }],
  },
  ...change,
})

describe('the record of a cluster', () => {
  it('comes back as it was saved, in a directory that only its user may read', async () => {
    await saveCluster(ref('lab'))
    expect(await loadCluster('lab')).toEqual(ref('lab'))
    expect(clusterDirectory('lab')).toBe(join(home, 'fips-conformance', 'clusters', 'lab'))
    expect(statSync(clusterDirectory('lab')).mode & 0o777).toBe(0o700)
    expect(statSync(join(clusterDirectory('lab'), 'cluster.json')).mode & 0o777).toBe(0o600)
  })

  it('is the later of two', async () => {
    await saveCluster(ref('lab'))
    await saveCluster(ref('lab', { ready: true, judgedBy: ['a'] }))
    expect(await loadCluster('lab')).toMatchObject({ ready: true, judgedBy: ['a'] })
  })

  it('is whole at every moment, and leaves no draft, while many write and read it', async () => {
    await saveCluster(ref('lab'))
    const writers = Array.from({ length: 20 }, (_, index) =>
      saveCluster(ref('lab', { judgedBy: Array.from({ length: 200 }, () => String(index)) })),
    )
    const readers = Array.from({ length: 50 }, () => loadCluster('lab'))
    for (const read of await Promise.all(readers)) expect(read?.name).toBe('lab')
    await Promise.all(writers)
    expect(readdirSync(clusterDirectory('lab'))).toEqual(['cluster.json'])
  })

  it('is not there under another name, nor where something else lies there', async () => {
    expect(await loadCluster('lab')).toBeUndefined()
    mkdirSync(join(home, 'fips-conformance', 'clusters'), { recursive: true })
    writeFileSync(clusterDirectory('file'), '')
    expect(await loadCluster('file')).toBeUndefined()
  })

  it.each(['', '{', '{"provider":"kind"}'])('is refused where it holds «%s»', async (text) => {
    await saveCluster(ref('lab'))
    writeFileSync(join(clusterDirectory('lab'), 'cluster.json'), text)
    await expect(loadCluster('lab')).rejects.toThrow()
  })

  it('is listed with the others, and forgotten with its directory', async () => {
    expect(await listClusters()).toEqual([])
    await saveCluster(ref('one'))
    await saveCluster(ref('two'))
    writeFileSync(join(clusterDirectory('one'), 'kubeconfig'), 'secret')
    mkdirSync(clusterDirectory('half-made'))
    expect((await listClusters()).map(({ name }) => name).toSorted()).toEqual(['one', 'two'])
    await forgetCluster('one')
    await forgetCluster('never-there')
    expect((await listClusters()).map(({ name }) => name)).toEqual(['two'])
    expect(readdirSync(join(home, 'fips-conformance', 'clusters')).toSorted()).toEqual(['half-made', 'two'])
  })
})
