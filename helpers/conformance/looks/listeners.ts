import type { Duplex } from 'node:stream'
import { readClientCertificate } from '../../cluster/client-certificate.ts'
import type { DialTarget, NodeAccess } from '../../cluster/node-access.ts'
import { addressesToDial } from '../../cluster/sockets.ts'
import { witnessOf } from '../../cluster/testimony.ts'
import type { Reading, Subject } from '../../evidence/model.ts'
import { ownListeners } from '../../evidence/own-listeners.ts'
import { classify } from '../../tls/read/classify.ts'
import type { ClientCertificate } from '../../tls/read/client-certificate.ts'
import { openSession } from '../../tls/read/session.ts'
import { sweepListener } from '../../tls/read/sweep-listener.ts'
import type { Look } from '../requirement.ts'
import { withSsh } from './ssh.ts'

/** Longest wait for an answer. Milliseconds. A node that is busy is slow, and what came too late would be no answer. */
const timeoutMs = 10_000
/** Longest conversation with a listener, as long as it answers. Milliseconds. */
const withinMs = 60_000

/** One address of a listener; `source` names it in the readings. */
type Address = { target: DialTarget; source: string }

/** Where a listener is reached: a wildcard of IPv6 by both families. */
const addressesOf = ({ detail, name }: Subject): Address[] => {
  const [first = detail.dial ?? '', ...others] = addressesToDial(detail.address ?? '')
  const target = (host: string): DialTarget => ({
    host,
    port: Number(detail.port),
    ...(detail.namespaceOf && { namespaceOf: Number(detail.namespaceOf) }),
  })
  return [
    { target: target(detail.dial ?? first), source: name },
    ...others.map((host) => ({ target: target(host), source: `${name} at ${host.includes(':') ? `[${host}]` : host}` })),
  ]
}

/** The listeners of a process that counts as a component only where it serves TLS; a named component is judged without asking them. */
export const listenersOf = (subject: Subject): Subject[] =>
  (ownListeners(subject) ?? []).map(({ name, ...detail }) => ({ ...subject, name, detail: { ...detail, transport: 'tcp' } }))

const talk = async (
  node: NodeAccess,
  { target, source }: Address,
  { signal, client, own }: { signal: AbortSignal; client: ClientCertificate | undefined; own: string[] },
): Promise<Reading[]> => {
  const dial = async (during: AbortSignal): Promise<Duplex> => {
    const connection = await node.dial(target, during)
    // A listener on an address of this node sees the same address on the other side.
    if ('localPort' in connection) own.push(`${target.host.includes(':') ? `[${target.host}]` : target.host}:${connection.localPort}`)
    return connection
  }
  const means = `tcp from within the node (${node.means})`
  const patience = node.patience ?? 1
  const readings = await sweepListener({
    dial,
    signal,
    means,
    source,
    timeoutMs: timeoutMs * patience,
    withinMs: withinMs * patience,
    ...(client && { clientCertificate: client }),
  })
  return withSsh(readings, dial, { signal, means, source })
}

/**
 * What a listener speaks, and if that is TLS or SSH, what it accepts and refuses, at each of its addresses. UDP sockets are not asked anything.
 * A client certificate of the cluster is shown where the listener's owner is known to want one and the plan does not say that the cluster may only be read.
 */
export const conversation = (node: NodeAccess, subject: Subject): Look => ({
  name: `conversation with ${subject.name}`,
  read: async (signal) => {
    if (subject.detail.transport === 'udp') return []
    const client = subject.detail.readOnly === undefined ? await readClientCertificate(node, subject.detail.owner ?? '', signal) : undefined
    const { owner = '', pids = '', port = '' } = subject.detail
    const asked = { owner, pid: pids.split(' ')[0] ?? '', port }
    const witness = subject.detail.readOnly === undefined ? await witnessOf(node, asked, signal) : undefined
    const readings: Reading[] = []
    const own: string[] = []
    // One after the other: both may be the same socket.
    for (const address of addressesOf(subject)) readings.push(...(await talk(node, address, { signal, client, own })))
    return witness ? [...readings, ...(await witness(own, signal))] : readings
  },
})

/** What a listener speaks, and no more: for a process that counts as a component only where it serves TLS. */
export const protocolOf = (node: NodeAccess, subject: Subject): Look => ({
  name: `protocol of ${subject.name}`,
  read: async (signal) => {
    const [address] = addressesOf(subject)
    if (address === undefined) return []
    const { target, source } = address
    const session = openSession({
      dial: (during) => node.dial(target, during),
      sni: undefined,
      signal,
      timeoutMs: 3_000 * (node.patience ?? 1),
      budget: 8,
      rounds: 1,
      means: `tcp from within the node (${node.means})`,
      source,
    })
    await classify(session)
    return session.readings
  },
})
