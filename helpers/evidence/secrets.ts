import type { Reading } from './model.ts'

/** A secret that was found: what kind, and how many bytes stood there. Neither the secret nor a digest of it is kept: a short one could be found by trying. */
export type FoundSecret = { where: string; what: string; bytes: number }

/** `part` is the group of the match that is secret; without it the whole match. `marks`: texts one of which must be there, so that large files are passed over quickly. */
type Pattern = { what: string; marks: readonly string[]; find: RegExp; part?: string; only?: (secret: string) => boolean }

const decodesToKey = (text: string): boolean => /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(Buffer.from(text, 'base64').toString('latin1'))

const patterns: readonly Pattern[] = [
  {
    what: 'private key (PEM, RFC 7468)',
    marks: ['PRIVATE KEY-----'],
    find: /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\\rn]*[A-Za-z0-9+/=][\s\S]{40,20000}?-----END [A-Z0-9 ]*PRIVATE KEY-----/g,
  },
  { what: 'private key (PEM in base64)', marks: ['LS0tLS1CRUdJTi'], find: /LS0tLS1CRUdJTi[A-Za-z0-9+/]{40,}={0,2}/g, only: decodesToKey },
  {
    what: 'client key of a kubeconfig',
    marks: ['client-key-data'],
    find: /client-key-data["']?\s*[:=]\s*["']?(?<secret>[A-Za-z0-9+/]{40,}={0,2})/g,
    part: 'secret',
  },
  { what: 'JSON Web Token (RFC 7519)', marks: ['eyJ'], find: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}/g },
  {
    what: 'credentials of an HTTP request (RFC 9110, RFC 6750)',
    marks: ['earer ', 'asic '],
    find: /\b(?:authorization["']?\s*[:=]\s*["']?(?:bearer|basic)|bearer)\s+(?<secret>[A-Za-z0-9._~+/-]{16,}=*)/gi,
    part: 'secret',
  },
  { what: 'AWS access key', marks: ['AKIA', 'ASIA'], find: /(?<![A-Za-z0-9+/])A[KS]IA[A-Z2-7]{16}(?![A-Za-z0-9+/=])/g },
  {
    what: 'AWS secret key or session token',
    marks: ['ecret', 'ECRET', 'oken', 'OKEN'],
    find: /(?:secret_?access_?key|session_?token|"token"|aws-ec2-metadata-token)["']?\s*[:=]\s*["']?(?<secret>[A-Za-z0-9+/=_.-]{24,})/gi,
    part: 'secret',
  },
  {
    what: 'token or password of a configuration',
    marks: ['token', 'password', 'passwd'],
    find: /\b(?:token|password|passwd)["']?\s*[:=]\s*["']?(?<secret>[A-Za-z0-9._~+/!@#$%^*-]{12,})/g,
    part: 'secret',
    // A word of a message («token: unexpected…») has no digit among its letters.
    only: (secret) => /\d/.test(secret) && /[A-Za-z]/.test(secret) && !/^(?:unexpected|redacted)/i.test(secret),
  },
]

const inText = (text: string, where: string, found: FoundSecret[]): string => {
  let shown = text
  for (const { what, marks, find, part, only } of patterns) {
    if (!marks.some((mark) => shown.includes(mark))) continue
    shown = shown.replace(find, (...given) => {
      const [match, groups] = [String(given[0]), given.at(-1) as Record<string, string> | string]
      const secret = part === undefined || typeof groups === 'string' ? match : (groups[part] ?? match)
      if (secret.startsWith('[redacted') || (only && !only(secret))) return match
      found.push({ where, what, bytes: secret.length })
      return match.replace(secret, `[redacted: ${what}, ${secret.length} bytes]`)
    })
  }
  return shown
}

/** The secrets in a text. */
export const secretsIn = (text: string, where: string): FoundSecret[] => {
  const found: FoundSecret[] = []
  inText(text, where, found)
  return found
}

const inBytes = (bytes: Uint8Array, where: string, found: FoundSecret[]): Uint8Array => {
  const before = found.length
  const text = inText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'), where, found)
  return found.length === before ? bytes : Uint8Array.from(Buffer.from(text, 'latin1'))
}

type Json = Reading['data'][string]

const inJson = (value: Json, where: string, found: FoundSecret[]): Json => {
  if (typeof value === 'string') return inText(value, where, found)
  if (Array.isArray(value)) return value.map((item) => inJson(item, where, found))
  if (value === null || typeof value !== 'object') return value
  // Name and value belong together: `token` beside its value is what a pattern looks for.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (typeof item !== 'string') return [key, inJson(item, `${where}.${key}`, found)]
      const prefix = `${key}: `
      const shown = inText(prefix + item, `${where}.${key}`, found)
      return [key, shown.startsWith(prefix) ? shown.slice(prefix.length) : inText(item, `${where}.${key}`, found)]
    }),
  )
}

/**
 * A reading without the secrets in it. What was found is replaced by a mark in the same place, so that a bundle never holds it and the run goes on: the other evidence is not lost for it.
 * A reading that was changed so is no evidence any more: its observation says so, and what would rest on it is inconclusive. Keys in DER are not looked for: modules carry some for their self-tests.
 */
export const scrub = (reading: Reading): { reading: Reading; found: FoundSecret[] } => {
  const found: FoundSecret[] = []
  const data = inJson(reading.data, 'data', found) as Reading['data']
  const source = inText(reading.source, 'source', found)
  const blobs = Object.fromEntries(Object.entries(reading.blobs).map(([name, bytes]) => [name, inBytes(bytes, name, found)]))
  return found.length === 0 ? { reading, found } : { reading: { ...reading, data, source, blobs }, found }
}
