import { createHmac, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { z } from 'zod'
import type { Run } from './run.ts'

/** What an audit package hides. */
export const redactedKinds = ['address', 'host', 'account'] as const
export type RedactedKind = (typeof redactedKinds)[number]

/** A redaction profile: which kinds of values, and further names that count as host names. */
export const redactionSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,40}$/),
  hide: z.array(z.enum(redactedKinds)),
  names: z.array(z.string().min(3)).default([]),
})
export type Redaction = z.infer<typeof redactionSchema>

export const auditRedaction: Redaction = { name: 'audit', hide: [...redactedKinds], names: [] }
export const noRedaction: Redaction = { name: 'none', hide: [], names: [] }

/** One hidden value, and what opens its commitment: HMAC-SHA-256 of the value (UTF-8) under the salt. Stays with the owner. */
export const openingSchema = z.strictObject({ kind: z.enum(redactedKinds), value: z.string(), salt: z.string(), commitment: z.string() })
export type Opening = z.infer<typeof openingSchema>

/** HMAC-SHA-256 (FIPS 198-1) of a value under its salt, lower-case hex; salt in hex, 32 bytes. */
const commitmentOf = (value: string, salt: string): string =>
  createHmac('sha256', Buffer.from(salt, 'hex')).update(value, 'utf8').digest('hex')

/** Whether an opening is that of its commitment: what an owner shows to open one value, and no other. */
export const opens = ({ value, salt, commitment }: Opening): boolean => commitmentOf(value, salt) === commitment

const ipv6Candidate = /(?<![0-9A-Za-z:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?(?![0-9A-Za-z:])/g
/** A port may stand behind it. */
const ipv4Candidate = /(?<![0-9A-Za-z.])\d{1,3}(?:\.\d{1,3}){3}(?![0-9A-Za-z]|\.\d)/g
/** Addresses that name nothing: unspecified and loopback. */
const nobody = /^(?:0\.0\.0\.0|127\..*|::|::1)$/
const ec2Host =
  /\b(?:ip-\d{1,3}(?:-\d{1,3}){3}|ec2-\d{1,3}(?:-\d{1,3}){3})(?:\.[a-z0-9-]+)*\b|\bi-[0-9a-f]{8,17}\b|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:internal|compute\.amazonaws\.com|elb\.amazonaws\.com)\b/g
const account =
  /(?<=\barn:[a-z-]+:[a-z0-9-]*:[a-z0-9-]*:)\d{12}\b|\b\d{12}(?=\.dkr\.ecr\.)|(?<=\b(?:accountId|ownerId|OwnerId|AccountId)["']?\s*[:=]\s*["']?)\d{12}\b/g

const escapeText = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Hides values in texts, each by one commitment wherever it stands. */
export type Hider = {
  hide: (text: string) => string
  /** Whether bytes hold a hidden value: as text, or an address in its binary form. Ask it when all texts have been seen. */
  holds: (bytes: Uint8Array) => string | undefined
  openings: () => Opening[]
}

const binaryOf = (address: string): Uint8Array | undefined => {
  if (isIP(address) === 4) return Uint8Array.from(address.split('.').map(Number))
  const halves = address.split('::')
  if (isIP(address) !== 6 || address.includes('.')) return undefined
  const words = (half: string | undefined): string[] => (half === undefined || half === '' ? [] : half.split(':'))
  const [head, tail] = [words(halves[0]), words(halves[1])]
  const all = halves.length === 1 ? head : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail]
  return Uint8Array.from(all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 0xff]))
}

const namesOf = ({ cluster, image }: Run, { names }: Redaction): string[] => {
  const nodes = cluster.nodes.map(({ name }) => name)
  const registry = image?.reference.includes('/') ? image.reference.split('/')[0] : undefined
  const all = [
    ...nodes,
    cluster.name,
    ...(cluster.id === undefined ? [] : [cluster.id]),
    ...(registry?.includes('.') ? [registry] : []),
    ...names,
  ]
  return [...new Set(all)].filter((name) => name.length >= 3).sort((a, b) => b.length - a.length)
}

/** A hider for one package. `random` gives the salts: 32 bytes for each value. */
export const createHider = (redaction: Redaction, run: Run, random: () => Uint8Array = () => randomBytes(32)): Hider => {
  const known = new Map<string, Opening>()
  const commit = (kind: RedactedKind, value: string): string => {
    const found = known.get(value)
    const opening =
      found ??
      ((): Opening => {
        const salt = Buffer.from(random()).toString('hex')
        return { kind, value, salt, commitment: commitmentOf(value, salt) }
      })()
    known.set(value, opening)
    return `${opening.kind}-${opening.commitment.slice(0, 32)}`
  }
  const hides = new Set(redaction.hide)
  const names = namesOf(run, redaction)
  const literal = names.length > 0 ? new RegExp(`(?<![A-Za-z0-9])(?:${names.map(escapeText).join('|')})(?![A-Za-z0-9])`, 'g') : undefined
  // A name that somebody chose, perhaps a common word: it is hidden where it stands alone, and no bytes of the cluster are searched for it.
  const isOperator = (text: string): boolean => text === run.operator
  const hide = (text: string): string => {
    if (hides.has('account') && isOperator(text)) return commit('account', text)
    let shown = text
    if (hides.has('account')) shown = shown.replace(account, (value) => commit('account', value))
    if (hides.has('host')) {
      shown = shown.replace(ec2Host, (value) => commit('host', value))
      if (literal) shown = shown.replace(literal, (value) => commit('host', value))
    }
    if (hides.has('address')) {
      const address = (value: string): string => (isIP(value) === 0 || nobody.test(value) ? value : commit('address', value))
      shown = shown.replace(ipv6Candidate, address).replace(ipv4Candidate, address)
    }
    return shown
  }
  return {
    hide,
    holds: (bytes) => {
      const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const text = view.toString('latin1')
      // Also what no text has shown: a certificate names hosts and addresses that nothing else does.
      if (hide(text) !== text) return 'it holds a value that the profile hides'
      const hit = [...known.values()].find(({ value, kind }) => {
        const binary = kind === 'address' ? binaryOf(value) : undefined
        if (isOperator(value)) return false
        return text.includes(value) || (binary !== undefined && view.indexOf(Buffer.from(binary)) !== -1)
      })
      return hit && `it holds a hidden ${hit.kind}`
    },
    openings: () => [...known.values()],
  }
}
