import { mkdir } from 'node:fs/promises'
import { FipsConformanceError } from '../../errors/error.ts'
import { docker } from '../../host/docker.ts'
import { type Ownership, toLabels } from '../../host/labels.ts'
import { missingCapabilities } from '../../host/limits.ts'
import { createKind, type Kind, KindError } from '../../kind-ts/index.ts'
import type { NodeImage } from '../../node-image/spec.ts'
import { stepsOf } from '../../progress/progress.ts'
import { plannedCluster } from '../planned.ts'
import type { ClusterRef, UpOptions } from '../provider.ts'
import { clusterDirectory, loadCluster, saveCluster } from '../state.ts'
import { waitUntilRunning } from '../wait.ts'
import { kindConfig } from './config.ts'
import { ownedThings } from './ours.ts'
import { routeBetweenNodes } from './routes.ts'

/** What `up` of the kind provider takes. */
export type KindSpec = {
  name: string
  nodes: number
  image: NodeImage
  cgroupVersion: '1' | '2'
  ownership: Ownership
  apiPort?: number | undefined
}

/** Name of a run's network, and of the image through which its containers carry its labels. */
const networkOf = (run: string): string => `fips-conformance-${run}`
const runImageOf = (run: string): string => `fips-conformance/run:${run}`

export const kindFor = (
  ref: Pick<ClusterRef, 'kubeconfig' | 'run' | 'image'>,
  onLine?: (line: string) => void,
  signal?: AbortSignal,
): Kind =>
  createKind({
    binary: ref.image.kindBinary,
    kubeconfig: ref.kubeconfig,
    experimentalDockerNetwork: networkOf(ref.run),
    ...(onLine && { onLine }),
    ...(signal && { signal }),
  })

/**
 * Creates a cluster and waits until it runs. What it is about to create is recorded first; what it creates carries the labels of the ownership.
 * @throws FipsConformanceError `KIND_*`, `HOST_LACKS_CAPABILITIES`, `CLUSTER_NOT_RUNNING`, `DOCKER_*`, `INTERRUPTED`
 */
export const createCluster = async (spec: KindSpec, { progress, signal }: UpOptions): Promise<ClusterRef> => {
  const { name, image, ownership } = spec
  const step = stepsOf('cluster', progress)
  await refuseTakenName(name, signal)
  const directory = clusterDirectory(name)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const planned = plannedCluster({ provider: 'kind', name, nodes: spec.nodes, image, ownership })
  await saveCluster(planned)

  const missing = await step(
    'capabilities of the host',
    () => missingCapabilities(image.reference, signal),
    (lacking) => (lacking.length === 0 ? 'all there' : `without ${lacking.join(', ')}`),
  )
  const labels = Object.entries(toLabels(ownership))
  await step('network and labels of this run', async () => {
    await docker(['network', 'create', ...labels.flatMap(([key, value]) => ['--label', `${key}=${value}`]), networkOf(ownership.run)], {
      signal,
    })
    await labelledImage(image.reference, runImageOf(ownership.run), labels, signal)
  })
  const config = kindConfig({
    controlPlanes: 1,
    workers: spec.nodes - 1,
    image,
    limits: { cgroupVersion: spec.cgroupVersion, missingCapabilities: missing },
    apiPort: spec.apiPort,
  })
  await step(`kind create cluster (${spec.nodes} ${spec.nodes === 1 ? 'node' : 'nodes'})`, async (note) => {
    const kind = kindFor(planned, note, signal)
    await kind.createCluster({ name, config, image: runImageOf(ownership.run), retain: true }).catch((error) => {
      throw explainKind(error)
    })
  })
  if (spec.nodes > 1) await step('routes between the nodes', () => routeBetweenNodes(planned, signal))
  await step('every node Ready, every static pod and DaemonSet running', (note) => waitUntilRunning(planned, note, signal))
  const ready = { ...planned, ready: true }
  await saveCluster(ready)
  return ready
}

const refuseTakenName = async (name: string, signal: AbortSignal | undefined): Promise<void> => {
  const containers = await docker(
    ['container', 'ls', '--all', '--filter', `label=io.x-k8s.kind.cluster=${name}`, '--format', '{{.Names}}'],
    { signal },
  )
  const [ours] = await ownedThings({ cluster: name }, signal)
  const recorded = await loadCluster(name)
  if (containers === '' && !ours && !recorded) return
  throw new FipsConformanceError({
    code: 'KIND_NAME_TAKEN',
    what: `there is a cluster named ${name} already`,
    where: containers ? `containers ${containers.replaceAll('\n', ', ')}` : (ours?.name ?? clusterDirectory(name)),
    remedy:
      ours || recorded
        ? `remove it with «fips-conformance down --name ${name}», or take another name with --name`
        : 'it is not ours: take another name with --name',
    exit: 3,
  })
}

/** An image that differs from another only by labels: what kind starts from it inherits them, which kind itself has no flag for. */
const labelledImage = async (
  from: string,
  to: string,
  labels: readonly [string, string][],
  signal: AbortSignal | undefined,
): Promise<void> => {
  const container = await docker(['container', 'create', ...labels.flatMap(([key, value]) => ['--label', `${key}=${value}`]), from], {
    signal,
  })
  try {
    await docker(['container', 'commit', container, to], { signal })
  } finally {
    await docker(['container', 'rm', '--volumes', container])
  }
}

/** kind's errors in the words of this project, with the same codes. */
export const explainKind = (error: unknown): unknown => {
  if (!(error instanceof KindError)) return error
  if (error.cause === 'cancelled')
    return new FipsConformanceError({ code: 'INTERRUPTED', what: 'the work was interrupted', where: 'kind', exit: 3, cause: error })
  return new FipsConformanceError({
    code: error.code,
    what: error.message,
    where: error.command.join(' '),
    why: error.stderr.trim().split('\n').slice(-12).join('\n'),
    ...(remedies[error.cause] && { remedy: remedies[error.cause] }),
    exit: 3,
    cause: error,
  })
}

const remedies: Partial<Record<KindError['cause'], string>> = {
  'port-taken': 'take another port with --api-port, or none: a free one is found then',
  'name-taken': 'take another name with --name',
  'image-missing': 'check the reference that --node-image names: docker image inspect REFERENCE',
  caps: 'let fips-conformance start an engine that asks for no more than the host has: stop this one, then «fips-conformance setup» as root',
  'node-exited': 'look at the log of the node in the logs that were saved',
  'kubeadm-failed': 'look at kubelet.log and the pods in the logs that were saved',
}
