import { createHash } from 'node:crypto'

/** The namespace of every id of a report; drawn once. */
const namespace = '6f2b8a52-6c0e-4c55-9d1b-0c3f1d0e7a41'

const octetsOf = (uuid: string): Uint8Array => Uint8Array.from(Buffer.from(uuid.replaceAll('-', ''), 'hex'))

/** A UUID of version 5 (RFC 9562, section 5.5). Its SHA-1 makes a name short and protects nothing. */
const uuid5 = (name: string, within = namespace): string => {
  const digest = createHash('sha1').update(octetsOf(within)).update(name).digest().subarray(0, 16)
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6)
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8)
  return digest.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Ids of one document: the same input and the same words give the same id. */
export const idsOf =
  (seed: string) =>
  (...words: readonly string[]): string =>
    uuid5(JSON.stringify([seed, ...words]))
