import { setTimeout as sleep } from 'node:timers/promises'
import { FipsConformanceError } from '../errors/error.ts'
import { interrupted } from '../host/docker.ts'
import type { ClusterRef } from './provider.ts'

type Condition = { type: string; status: string; reason?: string | undefined; message?: string | undefined }

/** What a cluster still lacks, in words; empty when everything that it should run runs. */
export type Lacking = readonly string[]

/** Static pods of a control plane node as kubeadm makes them: their mirror pods are named after the node. */
const staticPods = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']

const isReady = (conditions: readonly Condition[] | undefined): boolean =>
  conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false

type Seen = {
  nodes: { name: string; conditions: readonly Condition[] | undefined }[]
  pods: { name: string; phase: string | undefined; conditions: readonly Condition[] | undefined; waiting: string | undefined }[]
  daemonSets: { name: string; desired: number; ready: number }[]
}

/** Compares what was asked for with what the API server shows. kind's own --wait looks at control planes only and exits 0 when it gives up. */
export const lacking = (ref: Pick<ClusterRef, 'nodes'>, seen: Seen): Lacking => {
  const nodes = ref.nodes.flatMap(({ name }) => {
    const node = seen.nodes.find((candidate) => candidate.name === name)
    if (!node) return [`node ${name} has not registered`]
    const why = node.conditions?.find(({ type }) => type === 'Ready')
    return isReady(node.conditions) ? [] : [`node ${name} is not Ready${why?.message ? ` (${why.message.slice(0, 120)})` : ''}`]
  })
  const pods = ref.nodes
    .filter(({ role }) => role === 'control-plane')
    .flatMap(({ name }) => staticPods.map((pod) => `${pod}-${name}`))
    .flatMap((name) => {
      const pod = seen.pods.find((candidate) => candidate.name === name)
      return pod && isReady(pod.conditions) ? [] : [`static pod ${name} is ${pod?.waiting ?? pod?.phase ?? 'not there'}`]
    })
  const sets = seen.daemonSets.flatMap(({ name, desired, ready }) =>
    desired > 0 && ready === desired ? [] : [`DaemonSet ${name} runs on ${ready} of ${desired} nodes`],
  )
  // Pods of Deployments (CoreDNS) have to run, not to be ready: what listens can be judged, whatever it still waits for.
  const pending = seen.pods.flatMap(({ name, phase }) =>
    phase === 'Running' || phase === 'Succeeded' ? [] : [`pod ${name} is ${phase ?? 'not there'}`],
  )
  // A crash in a pod names itself better than the set that waits for it.
  const waiting = seen.pods.flatMap(({ name, waiting: reason }) =>
    reason && !/ContainerCreating|PodInitializing/.test(reason) ? [`pod ${name}: ${reason}`] : [],
  )
  return [...nodes, ...pods, ...(seen.daemonSets.length === 0 ? ['no DaemonSet yet (kube-proxy)'] : []), ...sets, ...pending, ...waiting]
}

const look = async (kubeconfig: string): Promise<Seen> => {
  const { AppsV1Api, CoreV1Api, KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const core = config.makeApiClient(CoreV1Api)
  const apps = config.makeApiClient(AppsV1Api)
  const [nodes, pods, daemonSets] = await Promise.all([
    core.listNode(),
    core.listPodForAllNamespaces(),
    apps.listDaemonSetForAllNamespaces(),
  ])
  return {
    nodes: nodes.items.map(({ metadata, status }) => ({ name: metadata?.name ?? '', conditions: status?.conditions })),
    pods: pods.items.map(({ metadata, status }) => ({
      name: metadata?.name ?? '',
      phase: status?.phase,
      conditions: status?.conditions,
      waiting: status?.containerStatuses?.map((container) => container.state?.waiting?.reason).find(Boolean),
    })),
    daemonSets: daemonSets.items.map(({ metadata, status }) => ({
      name: metadata?.name ?? '',
      desired: status?.desiredNumberScheduled ?? 0,
      ready: status?.numberReady ?? 0,
    })),
  }
}

/**
 * Waits until nothing is lacking, five minutes at most (or `patience`, in minutes).
 * @throws FipsConformanceError `CLUSTER_NOT_RUNNING` with what is lacking, `INTERRUPTED`
 */
export const waitUntilRunning = async (
  ref: ClusterRef,
  note: (text: string) => void,
  signal: AbortSignal | undefined,
  patience = 5,
): Promise<void> => {
  const deadline = Date.now() + patience * 60_000
  let last = ''
  for (;;) {
    if (signal?.aborted) throw interrupted('waiting for the cluster', signal.reason)
    const missing = await look(ref.kubeconfig).then(
      (seen) => lacking(ref, seen),
      (error: Error): Lacking => [`the API server does not answer: ${error.message.slice(0, 200)}`],
    )
    if (missing.length === 0) return
    const summary = `${missing[0]}${missing.length > 1 ? ` (and ${missing.length - 1} more)` : ''}`
    if (summary !== last) note(summary)
    last = summary
    if (Date.now() > deadline) {
      throw new FipsConformanceError({
        code: 'CLUSTER_NOT_RUNNING',
        what: 'the cluster was created, but not everything in it runs in time',
        where: ref.name,
        why: missing.join('\n'),
        remedy: 'look at the logs that were saved; on a slow machine close what else uses its cores',
        exit: 3,
      })
    }
    await sleep(400)
  }
}
