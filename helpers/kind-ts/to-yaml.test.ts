import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Cluster, Node } from './config.ts'
import { toYaml } from './to-yaml.ts'

test('names kind and apiVersion itself', () => {
  expect(toYaml({})).toBe('kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n')
})

test('every field of v1alpha4 comes back from YAML as it went in', () => {
  const config: Cluster = {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: 'demo',
    nodes: [
      {
        role: 'control-plane',
        image: 'example.org/node:v1',
        labels: { tier: 'one', numeric: '1', truth: 'true' },
        extraMounts: [{ hostPath: '/a', containerPath: '/b', readOnly: true, selinuxRelabel: false, propagation: 'HostToContainer' }],
        extraPortMappings: [{ containerPort: 80, hostPort: -1, listenAddress: '127.0.0.1', protocol: 'UDP' }],
        kubeadmConfigPatches: ['kind: InitConfiguration\n'],
        kubeadmConfigPatchesJSON6902: [
          { group: 'kubeadm.k8s.io', version: 'v1beta4', kind: 'ClusterConfiguration', patch: '- op: test\n' },
        ],
      },
      { role: 'worker' },
    ],
    networking: {
      ipFamily: 'dual',
      apiServerPort: 6443,
      apiServerAddress: '127.0.0.1',
      podSubnet: '10.244.0.0/16,fd00:10:244::/56',
      serviceSubnet: '10.96.0.0/16,fd00:10:96::/112',
      disableDefaultCNI: true,
      kubeProxyMode: 'none',
      dnsSearch: [],
    },
    featureGates: { SomeGate: false },
    runtimeConfig: { 'api/alpha': 'false' },
    kubeadmConfigPatches: ['kind: ClusterConfiguration\netcd:\n  local:\n    imageTag: "3.6"\n'],
    kubeadmConfigPatchesJSON6902: [],
    containerdConfigPatches: ['version = 3\n[plugins]\n'],
    containerdConfigPatchesJSON6902: ['[{"op": "remove", "path": "/x"}]'],
  }
  expect(parse(toYaml(config))).toEqual(config)
})

test('strings that YAML 1.1 or 1.2 takes for something else are quoted', () => {
  const labels = { a: 'yes', b: 'on', c: '0123', d: '1_000', e: 'null', f: '~', g: '12:30:45', h: '1e3', i: '2001-01-01', j: 'true' }
  const yaml = toYaml({ nodes: [{ labels }] })
  for (const [key, value] of Object.entries(labels)) expect(yaml).toContain(`${key}: "${value}"`)
})

test('patches keep their lines, however long', () => {
  const patch = `kind: KubeletConfiguration\nlong: ${'word '.repeat(80)}end\n`
  expect(toYaml({ kubeadmConfigPatches: [patch] })).toContain(`long: ${'word '.repeat(80)}end\n`)
})

test('one node object used three times is three nodes, without anchors', () => {
  const worker: Node = { role: 'worker', labels: { pool: 'a' } }
  const yaml = toYaml({ nodes: [worker, worker, worker] })
  expect(yaml).not.toMatch(/[&*]/)
  expect(yaml.match(/role: worker/g)).toHaveLength(3)
})
