import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { initConfiguration, joinConfiguration, type KubeadmInput, patientPods } from './kubeadm.ts'

const input: KubeadmInput = {
  node: { name: 'n1', address: '10.77.0.1' },
  controlPlane: '10.77.0.1',
  clusterName: 'c',
  token: 'abcdef.0123456789abcdef',
  single: true,
  emulated: false,
  image: {
    kubernetesVersion: 'v1.36.3+fips.0',
    imageRepository: 'example.invalid',
    etcdImage: { repository: 'example.invalid', tag: '3.6.8_fips.0' },
    coredns: undefined,
  },
}
const parsed = (text: string): Record<string, unknown>[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>)
const named = (text: string, kind: string): Record<string, unknown> => parsed(text).find((document) => document.kind === kind) ?? {}

describe('initConfiguration', () => {
  it('gives an emulated machine its time', () => {
    expect(named(initConfiguration(input), 'InitConfiguration').timeouts).toMatchObject({
      controlPlaneComponentHealthCheck: '25m0s',
      kubernetesAPICall: '15m0s',
    })
  })

  it('takes images from where the node image has them, and names the loopback in the certificate', () => {
    expect(named(initConfiguration(input), 'ClusterConfiguration')).toMatchObject({
      imageRepository: 'example.invalid',
      etcd: { local: { imageTag: '3.6.8_fips.0' } },
      apiServer: { certSANs: ['127.0.0.1', 'localhost'] },
    })
    expect(named(initConfiguration(input), 'ClusterConfiguration')).not.toHaveProperty('dns')
  })

  it('keeps the taint of a control plane that has workers', () => {
    const taints = (single: boolean): unknown =>
      (named(initConfiguration({ ...input, single }), 'InitConfiguration').nodeRegistration as { taints?: unknown }).taints
    expect(taints(true)).toEqual([])
    expect(taints(false)).toBeUndefined()
  })
})

describe('an emulated machine', () => {
  it('does not end what is only slow, and a real one is as kubeadm makes it', () => {
    const emulated = initConfiguration({ ...input, emulated: true })
    expect(named(emulated, 'InitConfiguration').patches).toEqual({ directory: '/kind/patches' })
    expect(named(emulated, 'ClusterConfiguration')).toMatchObject({
      scheduler: { extraArgs: [{ name: 'leader-elect', value: 'false' }] },
      etcd: {
        local: { imageTag: '3.6.8_fips.0', extraArgs: [{ name: 'heartbeat-interval', value: '1000' }, { name: 'election-timeout' }] },
      },
    })
    expect(initConfiguration(input)).not.toMatch(/leader-elect|patches|heartbeat/)
  })

  it('has every static pod probed with patience', () => {
    expect(Object.keys(patientPods())).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
    expect(parsed(patientPods().etcd ?? '')).toEqual([
      { spec: { containers: [{ name: 'etcd', livenessProbe: { failureThreshold: 60, timeoutSeconds: 60 } }] } },
    ])
  })
})

describe('joinConfiguration', () => {
  it('pins the CA', () => {
    const document = named(joinConfiguration({ ...input, caHash: 'sha256:00' }), 'JoinConfiguration')
    expect(document.discovery).toMatchObject({ bootstrapToken: { caCertHashes: ['sha256:00'], apiServerEndpoint: '10.77.0.1:6443' } })
    expect(JSON.stringify(document)).not.toContain('unsafeSkipCAVerification')
  })
})
