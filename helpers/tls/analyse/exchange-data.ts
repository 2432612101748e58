import { z } from 'zod'
import { clientHelloSpecSchema } from './client-hello.ts'

/** How one connection ended; `complete` means that all that was wanted had arrived. */
export const endings = ['complete', 'alert', 'fin', 'rst', 'timeout', 'refused', 'unreachable', 'dial-failed'] as const
export type Ended = (typeof endings)[number]

/** What was said to a listener: a ClientHello (of SSL 2.0, or followed by a key exchange or a whole handshake), or one of the probes that tell what else it may speak. */
export const asks = ['client-hello', 'http-request', 'banner', 'dns-query', 'sslv2-hello', 'key-exchange', 'tls13-handshake'] as const
export type Ask = (typeof asks)[number]

/** Kind of the observations that this folder reads. Their blobs are `sent` and `received`. */
export const exchangeKind = 'tls-exchange'

/** `data` of one observed connection. What follows from the bytes is not in it: it is read from the bytes. */
export const exchangeDataSchema = z.object({
  ask: z.enum(asks),
  /** Place among the connections to this listener, by the time of their start. */
  order: z.number().int(),
  /** What the connection was made for, for people; the analysis goes by the spec. */
  question: z.string(),
  spec: clientHelloSpecSchema.nullable(),
  /** The share that answered a HelloRetryRequest on the same connection: a second hello was sent. */
  retry: z.strictObject({ group: z.string(), public: z.string() }).exactOptional(),
  /** SHA-256 of all that was sent, where the blob `sent` is left out because spec, retry and what was received give its bytes. */
  sentSha256: z.string().exactOptional(),
  /** SHA-256 of the client certificate that was shown. What followed the hello is not stored then. */
  clientCertificate: z.string().exactOptional(),
  /** Suite and the server's traffic secrets (RFC 8446, section 7.1) of a handshake that was gone through with, hex: they open what it sent. */
  secrets: z.strictObject({ suite: z.string(), handshake: z.string(), application: z.string().exactOptional() }).exactOptional(),
  ended: z.enum(endings),
  detail: z.string(),
  ms: z.number(),
})
export type ExchangeData = z.infer<typeof exchangeDataSchema>

/** What analysis needs of an observation: `Evidence` fits. */
export type ExchangeEvidence = { id: string; kind: string; data: Record<string, unknown>; bytes: (blob: string) => Uint8Array }
