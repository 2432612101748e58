/** Kind of the observations of what a server tells of our connections. */
export const testimonyKind = 'server-testimony'

/**
 * What a server tells: reasons with how many of our connections it gave them for, or how far its counter of failed handshakes went. `rejected` of a log leaves out
 * what speaks of no refusal: connections that broke, and octets that were no TLS.
 */
export type Testimony =
  | { witness: 'etcd log'; connections: number; rejected: number; reasons: readonly { why: string; count: number }[] }
  | { witness: 'apiserver metric'; connections: number; rejected: number }

type TestimonyEvidence = { kind: string; data: Record<string, unknown>; bytes: (blob: string) => Uint8Array }

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
/** The text of the error in a line, without what differs from connection to connection. */
const reasonIn = (line: string): string =>
  (/"error":"(?:tls: )?([^"]*)/.exec(line)?.[1] ?? 'no reason').replace(
    /[;:]? *(client offered|client offered only unsupported versions): \[.*$/,
    (_all, what: string) => (what.startsWith('client offered only') ? what : ''),
  )
/** Reasons of Go's crypto/tls for refusing an offer (Go source, `src/crypto/tls/handshake_server*.go`). */
const refusals =
  /no cipher suite supported|unsupported versions|no key exchanges supported|signature algorithms|Extended Master Secret|protocol fallback|SSLv2|no supported (groups|versions)/i
const valueIn = (text: string): number => Number(/\s(\S+)\s*$/.exec(text)?.[1] ?? Number.NaN)

/** The testimonies among observations, recomputed from what the server said. */
export const readTestimony = (evidence: readonly TestimonyEvidence[]): Testimony[] =>
  evidence
    .filter(({ kind }) => kind === testimonyKind)
    .flatMap(({ data, bytes }): Testimony[] => {
      const connections = Number(data.connections)
      if (data.witness === 'etcd log') {
        const lines = decode(bytes('lines')).split('\n').filter(Boolean)
        const reasons = [...Map.groupBy(lines, reasonIn)].map(([why, same]) => ({ why, count: same.length }))
        return [
          {
            witness: 'etcd log',
            connections,
            rejected: lines.filter((line) => refusals.test(reasonIn(line))).length,
            reasons: reasons.toSorted((one, other) => other.count - one.count),
          },
        ]
      }
      const rejected = valueIn(decode(bytes('after'))) - valueIn(decode(bytes('before')))
      return data.witness === 'apiserver metric' && Number.isFinite(rejected)
        ? [{ witness: 'apiserver metric', connections, rejected }]
        : []
    })
