import { greaseValues, signallingSuites } from '../../policy/code-point-space.ts'
import { readClientHello } from './read-client-hello.ts'

/** Kind of the observations of what a client said first; their blob is `received`. */
export const clientHelloKind = 'client-hello'

/** What one client offered on one call, without what signals and offers nothing. `version` alone where it sent no list of versions: its highest. */
export type ClientCall = {
  /** Process that held the other end, as the kernel of the node told it; empty where that was not found out. */
  pid: string
  exe: string
  provokedBy: string
  offer: { versions: readonly string[]; suites: readonly string[]; groups: readonly string[]; schemes: readonly string[] } | undefined
  /** Why there is no offer. */
  why: string
}

type CallEvidence = { kind: string; data: Record<string, unknown>; blobs: Record<string, string>; bytes: (blob: string) => Uint8Array }

const words = (value: unknown): string => (typeof value === 'string' ? value : '')
const offered = (codes: readonly string[], signalling: readonly string[] = []): string[] =>
  codes.filter((code) => !greaseValues.includes(code) && !signalling.includes(code))

/** The calls of a client, recomputed from stored bytes (RFC 8446, section 4.1.2). */
export const analyseCalls = (evidence: readonly CallEvidence[]): ClientCall[] =>
  evidence
    .filter(({ kind }) => kind === clientHelloKind)
    .map(({ data, blobs, bytes }): ClientCall => {
      const base = { pid: words(data.pid), exe: words(data.exe), provokedBy: words(data.provokedBy) }
      if (blobs.received === undefined) return { ...base, offer: undefined, why: words(data.why) || 'nobody called' }
      const hello = readClientHello(bytes('received'))
      if (hello === undefined) return { ...base, offer: undefined, why: 'it called, and what it said is no ClientHello' }
      const { versions, suites, groups, schemes } = hello
      return {
        ...base,
        offer: {
          versions: offered(versions),
          suites: offered(suites, signallingSuites),
          groups: offered(groups),
          schemes: offered(schemes),
        },
        why: '',
      }
    })
