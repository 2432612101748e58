import { hash } from 'node:crypto'

/** The namespace of every id of a report; drawn once. */
const namespace = '6f2b8a52-6c0e-4c55-9d1b-0c3f1d0e7a41'

const octets = Buffer.from(namespace.replaceAll('-', ''), 'hex')

/** A UUID of version 5 (RFC 9562, section 5.5). Its SHA-1 makes a name short and protects nothing. */
const uuid5 = (name: string): string => {
  const hex = hash('sha1', Buffer.concat([octets, Buffer.from(name)]))
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Ids of one document: the same input and the same words give the same id. */
export const idsOf =
  (seed: string) =>
  (...words: readonly string[]): string =>
    uuid5(JSON.stringify([seed, ...words]))
