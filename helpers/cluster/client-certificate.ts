import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { ClientCertificate } from '../tls/read/client-certificate.ts'
import type { NodeAccess } from './node-access.ts'

/**
 * Where kubeadm puts a client certificate for who requires one: etcd, on its client and peer ports (kubeadm, phases/certs). Every other component asks for one and
 * serves without it.
 */
const placesByOwner: Readonly<Record<string, readonly string[]>> = {
  etcd: ['/etc/kubernetes/pki/etcd/healthcheck-client', '/etc/kubernetes/pki/apiserver-etcd-client'],
}

const text = async (node: NodeAccess, path: string, signal: AbortSignal): Promise<string | undefined> => {
  const { exitCode, stdout } = await node.run(['cat', '--', path], { signal })
  return exitCode === 0 ? new TextDecoder().decode(stdout) : undefined
}

/**
 * A client certificate of the cluster that the listeners of `owner` accept, with its key: in memory only, for handshakes of this run. Nothing of the key may go
 * into a reading. Undefined where none is known or none can be read: then what hangs on it stays open.
 */
export const readClientCertificate = async (
  node: NodeAccess,
  owner: string,
  signal: AbortSignal,
): Promise<ClientCertificate | undefined> => {
  const places = Object.hasOwn(placesByOwner, owner) ? (placesByOwner[owner] ?? []) : []
  for (const place of places) {
    const [certificate, key] = [await text(node, `${place}.crt`, signal), await text(node, `${place}.key`, signal)]
    if (certificate === undefined || key === undefined) continue
    return { certificates: [new Uint8Array(new X509Certificate(certificate).raw)], key: createPrivateKey(key) }
  }
  return undefined
}
