import { identificationIn } from './identification.ts'
import { bitsOf, payloadsIn, stringsIn } from './packets.ts'

/** Key of a host as the server shows it in a key exchange. `bits` is the modulus of RSA. */
export type HostKeySize = { state: 'shown'; type: string; bits: number | undefined } | { state: 'not-shown'; why: string }

/** Group that a server gave for a group exchange (RFC 4419), or that it gave none. */
export type GroupSize = { asked: readonly [min: number, preferred: number, max: number] } & (
  | { state: 'given'; bits: number }
  | { state: 'refused' | 'not-shown'; why: string }
)

/** What is in no KEXINIT; fields are absent where nothing was asked. */
export type SshSizes = { hostKey?: HostKeySize; groups: readonly GroupSize[] }

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

/** Messages of a key exchange (RFC 4253, section 8; RFC 5656, section 4; RFC 4419, section 3): both begin with the host key where they are replies. */
const replies = { elliptic: 31, group: 31, exchange: 33 }
const disconnect = 1

/** Type of a host key and, for RSA, the size of its modulus (RFC 4253, section 6.6). */
const readHostKey = (blob: Uint8Array): HostKeySize => {
  const [name] = stringsIn(blob, 0, 1) ?? []
  if (name === undefined) return { state: 'not-shown', why: 'a host key that cannot be read' }
  const type = latin1(name)
  if (type !== 'ssh-rsa') return { state: 'shown', type, bits: undefined }
  const [, , modulus] = stringsIn(blob, 0, 3) ?? []
  return modulus === undefined
    ? { state: 'not-shown', why: 'an RSA key that ends too early' }
    : { state: 'shown', type, bits: bitsOf(modulus) }
}

/** Why a server gave up: reason and text of SSH_MSG_DISCONNECT (RFC 4253, section 11.1). */
const disconnectIn = (payloads: readonly Uint8Array[]): string | undefined => {
  const payload = payloads.find(([type]) => type === disconnect)
  if (payload === undefined) return undefined
  const [text] = stringsIn(payload, 5, 1) ?? []
  return `it disconnected: ${text ? JSON.stringify(latin1(text.subarray(0, 100))) : 'without a reason'}`
}

type Exchange = { ask: string; asked?: readonly number[]; ended: string; received: Uint8Array }

const payloadsOf = (received: Uint8Array): Uint8Array[] => {
  const identification = identificationIn(received)
  return identification === undefined ? [] : payloadsIn(received, identification.end)
}

const hostKeyOf = ({ received, ended }: Exchange): HostKeySize => {
  const payloads = payloadsOf(received)
  const reply = payloads.slice(1).find(([type]) => type === replies.elliptic || type === replies.exchange)
  const [blob] = (reply && stringsIn(reply, 1, 1)) ?? []
  return blob ? readHostKey(blob) : { state: 'not-shown', why: disconnectIn(payloads) ?? `no reply to the key exchange: ${ended}` }
}

const groupOf = ({ received, ended, asked = [] }: Exchange): GroupSize => {
  const [min = 0, preferred = 0, max = 0] = asked
  const base = { asked: [min, preferred, max] } as const
  const payloads = payloadsOf(received)
  const given = payloads.slice(1).find(([type]) => type === replies.group)
  const [prime] = (given && stringsIn(given, 1, 2)) ?? []
  if (prime) return { ...base, state: 'given', bits: bitsOf(prime) }
  const why = disconnectIn(payloads)
  if (why !== undefined) return { ...base, state: 'refused', why }
  // A server that has read the request and closes has no group for it; one that never got to its KEXINIT says nothing.
  const closed = payloads[0]?.[0] === 20 && (ended === 'fin' || ended === 'rst')
  return closed ? { ...base, state: 'refused', why: `it closed: ${ended}` } : { ...base, state: 'not-shown', why: ended }
}

/** Sizes from stored connections; undefined where none was asked for. */
export const readSizes = (exchanges: readonly Exchange[]): SshSizes | undefined => {
  const [hostKey] = exchanges.filter(({ ask }) => ask === 'host-key')
  const groups = exchanges.filter(({ ask }) => ask === 'group-exchange')
  if (hostKey === undefined && groups.length === 0) return undefined
  return { ...(hostKey && { hostKey: hostKeyOf(hostKey) }), groups: groups.map(groupOf) }
}
