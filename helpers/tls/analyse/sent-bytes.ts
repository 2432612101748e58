import { createHash } from 'node:crypto'
import { join, toHex } from './bytes.ts'
import { type ClientHelloSpec, writeClientHello } from './client-hello.ts'
import type { ExchangeData } from './exchange-data.ts'
import { readServerFlight } from './server-flight.ts'

type Share = { group: string; public: string }

/** The hello that answers a HelloRetryRequest: the same but for the one share, and the cookie that was asked for (RFC 8446, section 4.1.2). */
export const retrySpec = (spec: ClientHelloSpec, share: Share, cookie: string | undefined): ClientHelloSpec => ({
  ...spec,
  recordVersion: '0303',
  keyShares: [share],
  ...(cookie !== undefined && { cookie }),
})

export const sha256 = (bytes: Uint8Array): string => toHex(createHash('sha256').update(bytes).digest())

/** All that was sent on a connection, from what is stored of it: the hello, and the second one where a HelloRetryRequest was answered. */
export const rebuildSent = (data: Pick<ExchangeData, 'spec' | 'retry'>, received: Uint8Array): Uint8Array => {
  if (data.spec === null) return new Uint8Array()
  const first = writeClientHello(data.spec)
  if (data.retry === undefined) return first
  const cookie = readServerFlight(received).helloRetryRequest?.cookie
  return join(first, writeClientHello(retrySpec(data.spec, data.retry, cookie)))
}
