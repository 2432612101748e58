import { expect, it } from 'vitest'
import { components } from './components.ts'

it('names every program that is judged wherever it is found, once', () => {
  expect(components.map(({ name }) => name)).toEqual([
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'etcd',
    'kube-proxy',
    'kubelet',
    'containerd',
    'containerd-shim-runc-v2',
    'runc',
    'cni',
    'coredns',
    'kubeadm',
    'kubectl',
    'ctr',
  ])
})

it('lets nothing be missing but kubectl and ctr', () => {
  expect(components.filter(({ optional }) => optional).map(({ name }) => name)).toEqual(['kubectl', 'ctr'])
})

it('expects the control plane on its nodes, CoreDNS where it runs, and everything else on every node', () => {
  const on = (where: string): string[] => components.filter((row) => row.on === where).map(({ name }) => name)
  expect(on('control-plane')).toEqual(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'])
  expect(on('some-node')).toEqual(['coredns'])
})
