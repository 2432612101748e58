import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Process } from '../cluster/inventory.ts'
import type { SeenNode } from '../cluster/subjects.ts'
import { toldComponentsSchema } from '../disk/analyse/places.ts'
import type { Plan, Reading } from '../evidence/model.ts'
import { createRecorder } from '../evidence/recorder.ts'
import { sampleSubject } from '../evidence/sample.ts'
import { toldByNodes, toldReading } from './told-programs.ts'

let bundle = ''
beforeEach(async () => {
  bundle = await mkdtemp(join(tmpdir(), 'told-'))
  await mkdir(join(bundle, 'observations', 'blobs'), { recursive: true })
})
afterEach(() => rm(bundle, { recursive: true, force: true }))

const runs = (pid: number, exe: string, rootDevice: string): Process => ({
  pid,
  namespace: 'net:[1]',
  exe,
  comm: 'x',
  rootDevice,
  exeFile: `1:${pid}`,
})
const node: SeenNode = {
  name: 'a',
  role: 'control-plane',
  inventory: {
    processes: [
      runs(1, '/sbin/init', '8'),
      runs(20, '/usr/bin/kubelet', '8'),
      runs(30, '/etcd', '44'),
      runs(40, '/old (deleted)', '8'),
      runs(50, '/x', ''),
    ],
    listeners: [],
    gaps: [],
  },
  components: [],
}
const subject = (name: string) => sampleSubject(`component:a/${name}`, { name, node: 'a' })
const names = ['kubelet', 'etcd', 'old', 'x', 'late', 'kubeadm', 'mute']
const plan: Plan = { claim: [], pairs: names.map((name) => ({ requirement: 'FIPS-MOD-1', subject: subject(name) })) }
const sum = 'ab'.repeat(32)
const executable = (path: string, sha256?: string): Reading => ({
  kind: 'executable',
  means: 'ssh',
  source: path,
  data: { path, state: sha256 ? 'read' : 'missing', ...(sha256 ? { sha256 } : { reason: 'its process ended' }) },
  blobs: {},
})
const paths: Record<string, Reading> = {
  kubelet: executable('/proc/20/exe', sum),
  etcd: executable('/proc/30/exe', sum),
  old: executable('/proc/40/exe', sum),
  x: executable('/proc/50/exe', sum),
  late: executable('/proc/60/exe', sum),
  kubeadm: executable('/bin/kübeadm', sum),
  mute: executable('/proc/20/exe'),
}

describe('what a node told of its programs', () => {
  it('is where each component runs, in whose root file system, with which digest, and what cannot be held against a disk', async () => {
    const recorder = await createRecorder({ bundle, writer: 'modules' })
    for (const name of names) {
      const reading = paths[name]
      if (reading) await recorder.record({ requirement: 'FIPS-MOD-1', subject: subject(name), readings: [reading] })
    }
    const records = new TextEncoder().encode('Z\n')
    const list: Reading = { kind: 'executables', means: 'ssh', source: 'a', data: { node: 'a' }, blobs: { records } }
    await recorder.record({ requirement: 'inventory', subject: sampleSubject('node:a', { kind: 'node' }), readings: [list] })
    await recorder.end()
    const told = (await toldByNodes(bundle, plan, [node])).get('a')
    expect(
      told?.components.map(({ component, exe, root, sha256, unread }) => [component, exe, root, sha256 !== undefined, unread]),
    ).toEqual([
      ['kubelet', '/usr/bin/kubelet', 'node', true, undefined],
      ['etcd', '/etcd', 'container', true, undefined],
      ['old', '/old (deleted)', 'node', true, 'its file was removed or replaced while it ran'],
      ['x', '/x', 'node', true, 'whose root file system its process has is not known'],
      ['late', '/proc/60/exe', 'node', true, 'the inventory does not have its process'],
      ['kubeadm', '/bin/k\u00c3\u00bcbeadm', 'node', true, undefined],
      ['mute', '/usr/bin/kubelet', 'node', false, 'its process ended'],
    ])
    expect(told?.list?.id).toBe('modules-8')
    const reading = toldReading('a', told ?? { components: [], list: undefined }, { records, since: '2026-11-22T00:00:00.000Z' })
    expect(toldComponentsSchema.parse(reading.data.components)).toEqual(told?.components)
    expect(reading.blobs.records).toEqual(records)
  })

  it('takes in what only the second look found', async () => {
    for (const writer of ['modules', 'modules-late']) {
      const recorder = await createRecorder({ bundle, writer })
      const name = writer === 'modules' ? 'kubelet' : 'etcd'
      const readings = [paths[name] ?? expect.fail(name)]
      await recorder.record({ requirement: 'FIPS-MOD-1', subject: subject(name), readings })
      await recorder.end()
    }
    const told = (await toldByNodes(bundle, plan, [node])).get('a')
    expect(told?.components.map(({ component, observation }) => [component, observation])).toEqual([
      ['kubelet', 'modules-1'],
      ['etcd', 'modules-late-1'],
    ])
  })

  it('is nothing where the suite did not run, and not passed over where it wrote what cannot be read', async () => {
    expect(await toldByNodes(bundle, plan, [node])).toEqual(new Map([['a', { components: [], list: undefined }]]))
    await writeFile(join(bundle, 'observations', 'modules.ndjson'), '{}\n')
    await expect(toldByNodes(bundle, plan, [node])).rejects.toThrow()
  })
})
