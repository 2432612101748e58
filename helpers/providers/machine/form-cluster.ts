import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { sshCommand } from '../../cluster/ssh-connection.ts'
import { FipsConformanceError } from '../../errors/error.ts'
import type { Step } from '../../progress/progress.ts'
import type { ClusterRef } from '../provider.ts'
import { waitUntilRunning } from '../wait.ts'
import { whileItRuns } from './boot.ts'
import { initConfiguration, joinConfiguration, type KubeadmInput, patchesDirectory, patientPods } from './kubeadm.ts'
import { routeBetweenMachines } from './routes.ts'
import { addressOf, type MachineSpec, type Running } from './spec.ts'

/** The machine that has the control plane. */
export const first = (running: readonly Running[]): Running => {
  const [one] = running
  if (!one) throw new Error('a cluster without a node')
  return one
}

const joinAttempts = 4
/** Whether a command on a node failed because the API server did not answer kubeadm in its ten seconds. */
export const isTooSlow = (error: unknown): boolean =>
  error instanceof FipsConformanceError &&
  error.code === 'NODE_COMMAND_FAILED' &&
  /deadline exceeded|[Tt]imeout|timed out/.test(error.trouble.why ?? '')

const token = (): string => {
  const text = randomBytes(11).toString('hex')
  return `${text.slice(0, 6)}.${text.slice(6, 22)}`
}

/** kubeadm's pin of a CA: SHA-256 of its public key (SubjectPublicKeyInfo, DER). */
export const caHashOf = (pem: string): string =>
  `sha256:${createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`

const kubeadm = (config: string, verb: 'init' | 'join'): string[] => [
  'sh',
  '-c',
  `umask 077 && cat > /kind/kubeadm.conf && exec kubeadm ${verb} --config=/kind/kubeadm.conf --skip-phases=preflight ${config}`,
]

/** kubeadm on every machine: init on the first, join on the others, routes between their pods; the kubeconfig leads through this host's loopback. */
export const formCluster = async (
  spec: MachineSpec,
  ref: ClusterRef,
  running: readonly Running[],
  step: Step,
  signal?: AbortSignal,
): Promise<void> => {
  const leader = first(running)
  const inputs = (ref.machines?.nodes ?? []).map(
    (node): Omit<KubeadmInput, 'token'> => ({
      node,
      controlPlane: addressOf(0),
      clusterName: spec.name,
      single: spec.nodes === 1,
      emulated: ref.machines?.accelerator === 'tcg',
      image: spec.image,
    }),
  )
  const bootstrap = token()
  const on = ({ started, target, connection }: Running, argv: readonly string[], input: string, onLine?: (line: string) => void) =>
    whileItRuns(started, (watched) => sshCommand(target, connection, argv, { input, signal: watched, ...(onLine && { onLine }) }), signal)
  const [leading, ...others] = inputs
  if (!leading) throw new Error('a cluster without a node')
  await step(`kubeadm init on ${leading.node.name}`, async (note) => {
    if (leading.emulated) {
      for (const [component, patch] of Object.entries(patientPods())) {
        await on(leader, ['sh', '-c', 'mkdir -p "$1" && cat > "$1/$2+strategic.yaml"', 'sh', patchesDirectory, component], patch)
      }
    }
    return on(leader, kubeadm('--skip-token-print', 'init'), initConfiguration({ ...leading, token: bootstrap }), note)
  })
  await step('kubeconfig', async () => {
    const text = await on(leader, ['cat', '/etc/kubernetes/admin.conf'], '')
    await writeFile(ref.kubeconfig, text.replace(/server: https:\/\/\S+/, `server: https://127.0.0.1:${leader.apiPort}`), { mode: 0o600 })
  })
  if (others.length === 0) return
  // kubeadm join gives the API server ten seconds for an answer, whatever it is told: it is asked when it has settled.
  await step('the first node settles', (note) =>
    whileItRuns(
      leader.started,
      (watched) => waitUntilRunning({ ...ref, nodes: ref.nodes.slice(0, 1) }, note, watched, leading.emulated ? 20 : 5),
      signal,
    ),
  )
  const caHash = caHashOf(await on(leader, ['cat', '/etc/kubernetes/pki/ca.crt'], ''))
  await Promise.all(
    others.map((input, index) => {
      const node = running[index + 1]
      if (!node) throw new Error(`no machine for ${input.node.name}`)
      return step(`kubeadm join on ${input.node.name}`, async (note) => {
        for (let attempt = 1; ; attempt += 1) {
          try {
            return await on(node, kubeadm('', 'join'), joinConfiguration({ ...input, token: bootstrap, caHash }), note)
          } catch (error) {
            if (attempt === joinAttempts || !isTooSlow(error)) throw error
            note('the API server was too slow for kubeadm: once more')
            await on(node, ['kubeadm', 'reset', '--force', '--cri-socket', 'unix:///run/containerd/containerd.sock'], '', note)
          }
        }
      })
    }),
  )
  await step('routes between the nodes', () =>
    routeBetweenMachines(
      running.map((node) => ({ name: node.target.node, run: (argv) => on(node, argv, '') })),
      signal,
    ),
  )
}
