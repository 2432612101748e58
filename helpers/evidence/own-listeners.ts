import { z } from 'zod'
import type { Subject } from './model.ts'

const ownListenersSchema = z.array(z.object({ name: z.string(), dial: z.string(), port: z.string(), namespaceOf: z.string() }))

/** Where a process listens that counts as a component only if it serves TLS: as the detail `listeners` of its subject has it. */
export type OwnListener = z.infer<typeof ownListenersSchema>[number]

/** The detail `listeners`, from the subjects of those listeners. */
export const toOwnListeners = (listeners: readonly Subject[]): string =>
  JSON.stringify(
    listeners.map(({ name, detail: { dial = '', port = '', namespaceOf = '' } }): OwnListener => ({ name, dial, port, namespaceOf })),
  )

/** The listeners that a subject carries; undefined for a named component, which is judged whatever it listens on. */
export const ownListeners = ({ detail: { listeners } }: Subject): OwnListener[] | undefined =>
  listeners === undefined ? undefined : ownListenersSchema.parse(JSON.parse(listeners))
