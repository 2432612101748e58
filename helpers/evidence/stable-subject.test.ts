import { expect, it } from 'vitest'
import { sampleRun, sampleSubject } from './sample.ts'
import { stableKeys } from './stable-subject.ts'

const keyIn = (cluster: string, key: string): string =>
  stableKeys(sampleRun({ cluster: { name: cluster, createdBy: 'this run', nodes: [] } }))(sampleSubject(key))

it.each([
  ['fips-1a2b3c', 'node:fips-1a2b3c-control-plane', 'node:{cluster}-control-plane'],
  ['fips-1a2b3c', 'component:fips-1a2b3c-worker2/kubelet', 'component:{cluster}-worker2/kubelet'],
  ['fips-1a2b3c', 'listener:fips-1a2b3c-worker/node/tcp/[::]:10250', 'listener:{cluster}-worker/node/tcp/[::]:10250'],
  ['fips-1a2b3c', 'cluster', 'cluster'],
  // A name that is a word of keys, too, is replaced where it names the node, and nowhere else.
  ['node', 'listener:node-control-plane/node/tcp/[::]:10250', 'listener:{cluster}-control-plane/node/tcp/[::]:10250'],
  ['etcd', 'component:etcd-control-plane/etcd', 'component:{cluster}-control-plane/etcd'],
  ['tls', 'plant:tls/sound', 'plant:tls/sound'],
  // Not a part of a longer word, and not read as a pattern.
  ['a', 'node:node-a1', 'node:node-a1'],
  ['a.c', 'node:abc-1', 'node:abc-1'],
  ['lab', 'endpoint:lab:6443', 'endpoint:lab:6443'],
  ['', 'node:node-a', 'node:node-a'],
])('of cluster %j the key %s is %s', (cluster, key, stable) => {
  expect(keyIn(cluster, key)).toBe(stable)
})

it('keeps apart what one cluster has apart', () => {
  const keys = ['node:x-control-plane', 'node:x-worker', 'component:x-worker/kubelet', 'component:x-worker/kubelet#2']
  expect(new Set(keys.map((key) => keyIn('x', key))).size).toBe(keys.length)
})
