import { type ClientHelloSpec, writeClientHello } from '../analyse/client-hello.ts'
import { retrySpec } from '../analyse/sent-bytes.ts'
import { fatalAlert, readServerFlight } from '../analyse/server-flight.ts'
import { converse, type Dial, type Enough, type Exchanged, type ExchangeOptions, enoughTls } from './exchange.ts'

export type Share = { group: string; public: string }

/**
 * Puts a ClientHello; where a HelloRetryRequest names a group for which there is a share, it is sent on the same connection, so that the group is
 * confirmed and not only named (RFC 8446, section 4.1.4). `retry` is that share.
 */
export const exchangeWithRetry = async (
  dial: Dial,
  spec: ClientHelloSpec,
  shares: ReadonlyMap<string, string>,
  options: ExchangeOptions,
): Promise<Exchanged & { retry?: Share }> => {
  let retry: Share | undefined
  const enough: Enough = (received) => {
    const flight = readServerFlight(received)
    if (flight.serverHello || fatalAlert(flight) || flight.malformed !== undefined) return enoughTls(received)
    // A second HelloRetryRequest is not allowed (RFC 8446, section 4.1.4); nothing would come after it.
    if (retry !== undefined) return flight.messages.filter((type) => type === 2).length > 1 ? 'yes' : 'no'
    const group = flight.helloRetryRequest?.group
    const share = group === undefined || spec.keyShares?.some((sent) => sent.group === group) ? undefined : shares.get(group)
    if (group === undefined || share === undefined) return enoughTls(received)
    retry = { group, public: share }
    return writeClientHello(retrySpec(spec, retry, flight.helloRetryRequest?.cookie))
  }
  const exchanged = await converse(dial, writeClientHello(spec), enough, options)
  return { ...exchanged, ...(retry && { retry }) }
}
