import { identificationIn } from './identification.ts'
import { readSizes, type SshSizes } from './sizes.ts'

/** What an SSH server offers in its KEXINIT (RFC 4253, section 7.1); ciphers and MACs are those of both directions. */
export type SshOffer = {
  kex: readonly string[]
  hostkey: readonly string[]
  cipher: readonly string[]
  mac: readonly string[]
  compression: readonly string[]
}

export type SshFacts =
  /** `sizes` is there where keys and groups were asked for beside the offer. */
  | { state: 'offered'; identification: string; offer: SshOffer; sizes?: SshSizes }
  /** `unfinished`: SSH as far as it came. `other`: no SSH. `nothing`: no octet came. */
  | { state: 'unfinished' | 'other' | 'nothing'; why: string }

/** RFC 4253, section 6.1: 35,000 octets must be taken; nobody needs more for a KEXINIT. */
const mostPacket = 35_000

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

/** The first binary packet's payload, without padding (RFC 4253, section 6); undefined while it is not whole. */
const payloadAt = (bytes: Uint8Array, start: number): Uint8Array | undefined => {
  if (bytes.length < start + 5) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(start)
  const padding = view.getUint8(start + 4)
  if (length > mostPacket || padding + 1 > length) throw new Error(`a packet of ${length} octets with ${padding} of padding`)
  return bytes.length < start + 4 + length ? undefined : bytes.subarray(start + 5, start + 4 + length - padding)
}

/** Ten name-lists behind the type and the cookie. */
const nameLists = (payload: Uint8Array): string[][] => {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const lists: string[][] = []
  let at = 17
  for (let list = 0; list < 10; list++) {
    if (payload.length < at + 4) throw new Error('KEXINIT ends inside its lists')
    const length = view.getUint32(at)
    if (payload.length < at + 4 + length) throw new Error('a name-list is longer than its packet')
    const text = latin1(payload.subarray(at + 4, at + 4 + length))
    lists.push(text === '' ? [] : text.split(','))
    at += 4 + length
  }
  return lists
}

const union = (...lists: readonly (readonly string[] | undefined)[]): string[] => [...new Set(lists.flatMap((list) => list ?? []))]

/** Reads what an SSH server sent. Never throws: octets that are no SSH are named. */
export const readSsh = (received: Uint8Array): SshFacts => {
  if (received.length === 0) return { state: 'nothing', why: 'no octet came' }
  const identification = identificationIn(received)
  if (identification === undefined) {
    const begins = latin1(received.subarray(0, 4)).startsWith('SSH-'.slice(0, Math.min(4, received.length)))
    return begins
      ? { state: 'unfinished', why: 'the identification has no end' }
      : { state: 'other', why: `no identification of SSH: ${JSON.stringify(latin1(received.subarray(0, 40)))}` }
  }
  try {
    const payload = payloadAt(received, identification.end)
    if (payload === undefined) return { state: 'unfinished', why: `${identification.line}, and no whole KEXINIT` }
    if (payload[0] !== 20) return { state: 'unfinished', why: `${identification.line}, then message ${payload[0]} and no KEXINIT` }
    const [kex, hostkey, toServer, toClient, macToServer, macToClient, packing, unpacking] = nameLists(payload)
    return {
      state: 'offered',
      identification: identification.line,
      offer: {
        kex: kex ?? [],
        hostkey: hostkey ?? [],
        cipher: union(toServer, toClient),
        mac: union(macToServer, macToClient),
        compression: union(packing, unpacking),
      },
    }
  } catch (error) {
    return { state: 'unfinished', why: `${identification.line}, then ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Kind of the observations that this folder reads; their blob is `received`. */
export const sshKind = 'ssh-exchange'

type SshEvidence = { kind: string; data?: Record<string, unknown>; bytes: (blob: string) => Uint8Array }

const exchangeOf = ({ data = {}, bytes }: SshEvidence): Parameters<typeof readSizes>[0][number] => ({
  ask: String(data.ask ?? 'kexinit'),
  ...(Array.isArray(data.asked) && { asked: data.asked.map(Number) }),
  ended: String(data.ended ?? 'not known'),
  received: bytes('received'),
})

/** Facts of an SSH listener from stored observations: the first that has an offer, else the first; and what was shown of keys and groups. */
export const analyseSsh = (evidence: readonly SshEvidence[]): SshFacts => {
  const own = evidence.filter(({ kind }) => kind === sshKind)
  const all = own.map(({ bytes }) => readSsh(bytes('received')))
  const found = all.find(({ state }) => state === 'offered') ?? all[0] ?? { state: 'nothing', why: 'nothing was asked' }
  const sizes = readSizes(own.map(exchangeOf))
  return found.state === 'offered' && sizes ? { ...found, sizes } : found
}
