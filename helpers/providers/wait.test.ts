import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ClusterRef } from './provider.ts'
import { lacking, waitUntilRunning } from './wait.ts'

type Seen = Parameters<typeof lacking>[1]

const ready = [{ type: 'Ready', status: 'True' }]
const ref = {
  nodes: [
    { name: 'lab-control-plane', role: 'control-plane' },
    { name: 'lab-worker', role: 'worker' },
  ],
} as const
const staticPods = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']
const pod = (name: string, change: Partial<Seen['pods'][number]> = {}): Seen['pods'][number] => ({
  name,
  phase: 'Running',
  conditions: ready,
  waiting: undefined,
  ...change,
})

const running: Seen = {
  nodes: ref.nodes.map(({ name }) => ({ name, conditions: ready })),
  pods: [...staticPods.map((name) => pod(`${name}-lab-control-plane`)), pod('coredns-1', { conditions: [] }), pod('kube-proxy-x')],
  daemonSets: [{ name: 'kube-proxy', desired: 2, ready: 2 }],
}
const withPod = (one: Seen['pods'][number]): Seen => ({ ...running, pods: [...running.pods.filter(({ name }) => name !== one.name), one] })

describe('lacking', () => {
  it('finds nothing lacking where everything runs; CoreDNS has to run, not to be ready', () => {
    expect(lacking(ref, running)).toEqual([])
  })

  it.each<[string, Seen, string[]]>([
    ['a node that has not registered', { ...running, nodes: running.nodes.slice(0, 1) }, ['node lab-worker has not registered']],
    [
      'a node that is not Ready, with its reason',
      {
        ...running,
        nodes: [...running.nodes.slice(0, 1), { name: 'lab-worker', conditions: [{ type: 'Ready', status: 'False', message: 'no CNI' }] }],
      },
      ['node lab-worker is not Ready (no CNI)'],
    ],
    [
      'a node of which nothing is known',
      { ...running, nodes: [{ name: 'lab-control-plane', conditions: undefined }, ...running.nodes.slice(1)] },
      ['node lab-control-plane is not Ready'],
    ],
    [
      'a node whose state is unknown',
      { ...running, nodes: [{ name: 'lab-control-plane', conditions: [{ type: 'Ready', status: 'Unknown' }] }, ...running.nodes.slice(1)] },
      ['node lab-control-plane is not Ready'],
    ],
    [
      'a static pod that is not there',
      { ...running, pods: running.pods.filter(({ name }) => name !== 'etcd-lab-control-plane') },
      ['static pod etcd-lab-control-plane is not there'],
    ],
    [
      'a static pod that is not ready',
      withPod(pod('etcd-lab-control-plane', { conditions: [{ type: 'Ready', status: 'False' }] })),
      ['static pod etcd-lab-control-plane is Running'],
    ],
    [
      'a static pod that crashes',
      withPod(pod('etcd-lab-control-plane', { conditions: [], waiting: 'CrashLoopBackOff' })),
      ['static pod etcd-lab-control-plane is CrashLoopBackOff', 'pod etcd-lab-control-plane: CrashLoopBackOff'],
    ],
    ['no DaemonSet', { ...running, daemonSets: [] }, ['no DaemonSet yet (kube-proxy)']],
    [
      'a DaemonSet for no node',
      { ...running, daemonSets: [{ name: 'kube-proxy', desired: 0, ready: 0 }] },
      ['DaemonSet kube-proxy runs on 0 of 0 nodes'],
    ],
    [
      'a DaemonSet on too few nodes',
      { ...running, daemonSets: [{ name: 'kube-proxy', desired: 2, ready: 1 }] },
      ['DaemonSet kube-proxy runs on 1 of 2 nodes'],
    ],
    ['a pod that waits for a node', withPod(pod('coredns-1', { phase: 'Pending' })), ['pod coredns-1 is Pending']],
    [
      'a pod whose containers are being made',
      withPod(pod('coredns-1', { phase: 'Pending', waiting: 'ContainerCreating' })),
      ['pod coredns-1 is Pending'],
    ],
    [
      'an image that cannot be pulled',
      withPod(pod('coredns-1', { phase: 'Pending', waiting: 'ImagePullBackOff' })),
      ['pod coredns-1 is Pending', 'pod coredns-1: ImagePullBackOff'],
    ],
    ['a pod that failed', withPod(pod('job-1', { phase: 'Failed' })), ['pod job-1 is Failed']],
    ['a pod that is done', withPod(pod('job-1', { phase: 'Succeeded', conditions: [] })), []],
  ])('%s', (_case, seen, expected) => {
    expect(lacking(ref, seen)).toEqual(expected)
  })

  it('lacks everything at the start', () => {
    expect(lacking(ref, { nodes: [], pods: [], daemonSets: [] })).toHaveLength(2 + 4 + 1)
  })

  it('cuts what a node says', () => {
    const message = 'x'.repeat(5_000)
    const [first = ''] = lacking(ref, {
      ...running,
      nodes: [{ name: 'lab-control-plane', conditions: [{ type: 'Ready', status: 'False', message }] }, ...running.nodes.slice(1)],
    })
    expect(first.length).toBeLessThan(200)
  })
})

describe('waitUntilRunning', () => {
  it('says what it waits for, and ends when it is interrupted', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fips-conformance-wait-'))
    try {
      const abort = new AbortController()
      const notes: string[] = []
      const waiting = waitUntilRunning(
        { name: 'lab', nodes: ref.nodes, kubeconfig: join(directory, 'none') } as unknown as ClusterRef,
        (text) => {
          notes.push(text)
          abort.abort()
        },
        abort.signal,
      )
      await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' })
      expect(notes).toEqual([expect.stringMatching(/^the API server does not answer: ENOENT/)])
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
