import { controls } from '../../policy/tls-questions.ts'
import { type Answer, offeredVersion, readAnswer } from './answer.ts'
import { type ClientHelloSpec, writeClientHello } from './client-hello.ts'
import { type ExchangeData, type ExchangeEvidence, exchangeDataSchema, exchangeKind } from './exchange-data.ts'
import { rebuildSent, sha256 } from './sent-bytes.ts'

/** One connection as analysis sees it: what was stored, and what follows from it. */
export type Connection = { id: string; data: ExchangeData; received: Uint8Array }

/** A connection that put a ClientHello. */
export type HelloExchange = Connection & { spec: ClientHelloSpec; answer: Answer }

/** Fields of the spec in which the hellos of two versions may differ. */
const versionFields: readonly string[] = ['recordVersion', 'legacyVersion', 'supportedVersions'] satisfies (keyof ClientHelloSpec)[]

const approvedVersions: readonly string[] = controls.version

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((octet, index) => octet === other[index])

/** Whether the stored spec gives the bytes that were sent, by their digest or by themselves. */
const isAsSpecified = (data: ExchangeData, received: Uint8Array, sent: () => Uint8Array): boolean => {
  if (data.spec === null) return true
  if (data.sentSha256 !== undefined) return sha256(rebuildSent(data, received)) === data.sentSha256
  const bytes = sent()
  if (bytes.length === 0) return true
  const hello = writeClientHello(data.spec)
  // Handshakes that are gone through with go on behind the hello.
  return sameBytes(hello, data.ask === 'client-hello' ? bytes : bytes.subarray(0, hello.length))
}

/** Reads stored connections; `unsound` says what of them cannot be used and why. */
export const readConnections = (evidence: readonly ExchangeEvidence[]): { connections: Connection[]; unsound: string[] } => {
  const unsound: string[] = []
  const connections = evidence
    .filter((item) => item.kind === exchangeKind)
    .flatMap((item): Connection[] => {
      const data = exchangeDataSchema.safeParse(item.data)
      if (!data.success) {
        unsound.push(`${item.id}: its data cannot be read`)
        return []
      }
      const received = item.bytes('received')
      if (!isAsSpecified(data.data, received, () => item.bytes('sent'))) {
        unsound.push(`${item.id}: the hello that was sent is not the one that its spec gives`)
        return []
      }
      return [{ id: item.id, data: data.data, received }]
    })
    .sort((one, other) => one.data.order - other.data.order)
  return { connections, unsound }
}

/** The connections that put a ClientHello, with the answer that follows from the bytes. */
export const helloExchanges = (connections: readonly Connection[]): HelloExchange[] =>
  connections.flatMap((connection) => {
    const { spec, ended, detail } = connection.data
    return spec === null || connection.data.ask !== 'client-hello'
      ? []
      : [{ ...connection, spec, answer: readAnswer(spec, connection.received, { ended, detail }) }]
  })

/** The spec as text without the fields in which twins may differ. */
const rest = (spec: ClientHelloSpec): string => JSON.stringify(Object.entries(spec).filter(([field]) => !versionFields.includes(field)))

/** A hello of an approved version, which the server accepted with that version. */
const isAcceptedControl = ({ answer, spec }: HelloExchange): boolean =>
  answer.kind === 'selected' &&
  answer.state === 'accepted' &&
  answer.version === offeredVersion(spec) &&
  approvedVersions.includes(answer.version)

/** Ids of the nearest accepted twins of a hello before and after, which differ from it in the version alone; undefined on the side where there is none. */
export const framing = (
  exchange: HelloExchange,
  all: readonly HelloExchange[],
): { before: string | undefined; after: string | undefined } => {
  const shape = rest(exchange.spec)
  const twins = all.filter((other) => other !== exchange && rest(other.spec) === shape && isAcceptedControl(other))
  return {
    before: twins.findLast((twin) => twin.data.order < exchange.data.order)?.id,
    after: twins.find((twin) => twin.data.order > exchange.data.order)?.id,
  }
}
