import type { Reading } from '../evidence/model.ts'
import { testimonyKind } from '../tls/analyse/testimony.ts'
import type { NodeAccess } from './node-access.ts'

/** A connection of ours as the server sees it: `127.0.0.1:40000`. */
type OwnAddress = string

/** Says, once the conversation is over, what the server tells of it; nothing where it tells nothing. */
export type Witness = (own: readonly OwnAddress[], signal: AbortSignal) => Promise<Reading[]>

/** The listener that is asked: who owns it, which process, on which port. */
type Asked = { owner: string; pid: string; port: string }

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const shell = async (node: NodeAccess, command: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> => {
  const { exitCode, stdout } = await node.run(['sh', '-c', command, 'sh', ...args], { signal })
  return exitCode === 0 ? decode(stdout).trim() : undefined
}

/**
 * What was logged from an offset on; the kubelet may have put the file aside meanwhile, then its newest neighbour has the first part (kubelet, containerLogMaxSize).
 * Lists of 30,000 code points are cut: what was offered stands in our own observations.
 */
const rejections = `{ if test "$(stat -c %s -- "$1")" -lt "$2"; then aside=$(ls -t "$1".* | grep -v '\\.gz$' | head -n 1); test -n "$aside" && tail -c +"$2" -- "$aside"; cat -- "$1"; else tail -c +"$2" -- "$1"; fi; } | grep -a 'rejected connection' | cut -c1-420`

/** Which of its endpoints a port of etcd is, by the flags of its process: the word alone leaves the node. */
const endpointOf = `is() { tr '\\0' '\\n' <"/proc/$1/cmdline" | grep -e "^--listen-$3-urls=" | grep -qE ":$2(/|,|$)"; }
for kind in peer client; do if is "$1" "$2" "$kind"; then echo "$kind"; break; fi; done`

/**
 * etcd logs each handshake that it ends, with the address of the client and the kind of the endpoint (etcd source, `server/embed/config_logging.go`). The system may give
 * one local port to two connections at once, to different ports of etcd: the address alone does not tell whose line it is.
 */
const etcd = async (node: NodeAccess, { pid, port }: Asked, signal: AbortSignal): Promise<Witness | undefined> => {
  const log = await shell(node, 'ls -t /var/log/pods/*_etcd-*/etcd/*.log | head -n 1', [], signal)
  const size = log && (await shell(node, 'stat -c %s -- "$1"', [log], signal))
  if (!log || !size) return undefined
  const endpoint = await shell(node, endpointOf, [pid, port], signal)
  const isOf = (line: string): boolean => !endpoint || line.includes(`rejected connection on ${endpoint} endpoint`)
  return async (own, during) => {
    const text = await shell(node, rejections, [log, String(Number(size) + 1)], during)
    const mine = (text ?? '').split('\n').filter((line) => isOf(line) && own.includes(/"remote-addr":"([^"]+)"/.exec(line)?.[1] ?? ''))
    const blobs = { lines: new TextEncoder().encode(mine.join('\n')) }
    return [{ kind: testimonyKind, means: node.means, source: log, data: { witness: 'etcd log', connections: own.length }, blobs }]
  }
}

const metric = `kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /metrics | grep '^apiserver_tls_handshake_errors_total '`

/** kube-apiserver counts handshakes that did not come to an end, of whichever client (Kubernetes source, `apiserver/pkg/endpoints/metrics`). */
const apiserver = async (node: NodeAccess, _asked: Asked, signal: AbortSignal): Promise<Witness | undefined> => {
  const before = await shell(node, metric, [], signal)
  if (!before) return undefined
  return async (own, during) => {
    const after = await shell(node, metric, [], during)
    if (!after) return []
    const blobs = { before: new TextEncoder().encode(before), after: new TextEncoder().encode(after) }
    const source = 'apiserver_tls_handshake_errors_total'
    return [
      {
        kind: testimonyKind,
        means: `kubectl (${node.means})`,
        source,
        data: { witness: 'apiserver metric', connections: own.length },
        blobs,
      },
    ]
  }
}

const witnesses: Readonly<Record<string, typeof etcd>> = { etcd, 'kube-apiserver': apiserver }

/** Whoever can testify to what a listener was asked; undefined where nobody does. Called before the conversation. */
export const witnessOf = async (node: NodeAccess, asked: Asked, signal: AbortSignal): Promise<Witness | undefined> =>
  Object.hasOwn(witnesses, asked.owner) ? witnesses[asked.owner]?.(node, asked, signal) : undefined
