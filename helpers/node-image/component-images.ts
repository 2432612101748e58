import { builtRepository, type NodeImageSpec, tagOf } from './spec.ts'

/** One image that is made here: a binary of a step, where it goes in the image, the image's name, programs of the node that it calls. */
export type ImageRow = { component: string; source: string; target: string; name: string; programs: readonly string[] }

/** The images of the control plane and of the pods that kubeadm starts, less those that are taken from repositories. */
export const componentImages = ({ row, metadata, published }: NodeImageSpec): ImageRow[] => {
  const kubernetes = (component: string, programs: readonly string[] = []): ImageRow => ({
    component,
    source: `kubernetes/bin/${component}`,
    target: `/usr/local/bin/${component}`,
    name: `${builtRepository}/${component}:${tagOf(`v${row.kubernetes}+${metadata}`)}`,
    programs,
  })
  const rows: ImageRow[] = [
    kubernetes('kube-apiserver'),
    kubernetes('kube-controller-manager'),
    kubernetes('kube-scheduler'),
    kubernetes('kube-proxy', [
      'iptables',
      'iptables-save',
      'iptables-restore',
      'ip6tables',
      'ip6tables-save',
      'ip6tables-restore',
      'nft',
      'conntrack',
    ]),
    {
      component: 'etcd',
      source: 'etcd/bin/etcd',
      target: '/usr/local/bin/etcd',
      name: `${builtRepository}/etcd:${tagOf(`${row.etcd}+${metadata}`)}`,
      programs: [],
    },
    {
      component: 'coredns',
      source: 'coredns/bin/coredns',
      target: '/coredns',
      name: `${builtRepository}/coredns:${tagOf(`v${row.coredns}+${metadata}`)}`,
      programs: [],
    },
    { component: 'pause', source: 'pause/bin/pause', target: '/pause', name: `${builtRepository}/pause:${row.pause}`, programs: [] },
  ]
  const elsewhere = new Set(published.map(({ component }) => component))
  return rows.filter(({ component }) => !elsewhere.has(component))
}
