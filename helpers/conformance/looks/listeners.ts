import type { DialTarget, NodeAccess } from '../../cluster/node-access.ts'
import type { Subject } from '../../evidence/model.ts'
import { ownListeners } from '../../evidence/own-listeners.ts'
import { probeListener } from '../../tls/read/probe-listener.ts'
import type { Look } from '../requirement.ts'

const targetOf = ({ detail }: Subject): DialTarget => ({
  host: detail.dial ?? '',
  port: Number(detail.port),
  ...(detail.namespaceOf && { namespaceOf: Number(detail.namespaceOf) }),
})

/** The listeners of a process that counts as a component only where it serves TLS; a named component is judged without asking them. */
export const listenersOf = (subject: Subject): Subject[] =>
  (ownListeners(subject) ?? []).map(({ name, ...detail }) => ({ ...subject, name, detail: { ...detail, transport: 'tcp' } }))

/** What a listener speaks, and if that is TLS, what it accepts and refuses. UDP sockets are not asked anything. */
export const conversation = (node: NodeAccess, subject: Subject): Look => ({
  name: `conversation with ${subject.name}`,
  read: async (signal) =>
    subject.detail.transport === 'udp'
      ? []
      : probeListener({
          dial: (during) => node.dial(targetOf(subject), during),
          signal,
          means: `tcp from within the node (${node.means})`,
          source: subject.name,
        }),
})
