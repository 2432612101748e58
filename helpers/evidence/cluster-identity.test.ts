import { expect, it } from 'vitest'
import { clusterIdentity } from './cluster-identity.ts'
import { sampleRun } from './sample.ts'

const identity = (cluster: { name: string; id?: string; createdBy: 'this run' | 'earlier run' | 'user' }): string =>
  clusterIdentity({ provider: 'kind', runId: '20261122T100000Z-abc123', cluster: { ...sampleRun().cluster, ...cluster } })

it.each([
  ['a cluster of this run alone', { name: 'fips-abc123', id: 'r-1', createdBy: 'this run' as const }, 'kind:made-for-each-run'],
  ['one of another run alone', { name: 'fips-abc124', id: 'r-1', createdBy: 'earlier run' as const }, 'kind:fips-abc124'],
  ['one that is made anew under one name', { name: 'nightly', id: 'r-2', createdBy: 'this run' as const }, 'kind:nightly'],
  ["a user's, by its id", { name: 'prod', id: 'uid-1', createdBy: 'user' as const }, 'kind:uid-1'],
  ["a user's, whose id is not known", { name: 'prod', createdBy: 'user' as const }, 'kind:prod'],
])('names the line of %s', (_what, cluster, line) => expect(identity(cluster)).toBe(line))
