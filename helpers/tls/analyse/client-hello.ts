import { z } from 'zod'
import { fromHex, fromText, join, u8, u16, vector8, vector16, vector24 } from './bytes.ts'
import { countOf, eachNumber } from './ranges.ts'

const hex = z.string().regex(/^([0-9a-f]{2})*$/)
const codePoint = z.string().regex(/^[0-9a-f]{4}$/)
/** A code point, or a range of them in ascending order, both ends included: a sweep offers thousands. */
const codePoints = z.string().regex(/^[0-9a-f]{4}(-[0-9a-f]{4})?$/)

/**
 * All that decides the bytes of a ClientHello, as plain JSON: it is stored beside the bytes that were sent, and the same spec gives the same bytes.
 * Numbers of TLS registries and octet strings are lower-case hex.
 */
export const clientHelloSpecSchema = z.strictObject({
  /** Version of the record layer (RFC 8446, section 5.1 asks for 0301 in a first hello). */
  recordVersion: codePoint,
  /** `legacy_version`; what servers without supported_versions go by. */
  legacyVersion: codePoint,
  /** Absent from the hello when it is null. */
  supportedVersions: z.array(codePoint).nullable(),
  /** 32 octets. */
  random: hex.length(64),
  sessionId: hex.max(64),
  suites: z.array(codePoints),
  /** The extensions supported_groups and ec_point_formats are absent when it is empty. */
  groups: z.array(codePoints),
  /** Public values as they travel. The extension is absent when it is null, and empty (a request for HelloRetryRequest) when it is []. */
  keyShares: z.array(z.strictObject({ group: codePoint, public: hex })).nullable(),
  signatureSchemes: z.array(codePoints),
  sni: z.string().nullable(),
  extendedMasterSecret: z.boolean(),
  renegotiationInfo: z.boolean(),
  alpn: z.array(z.string()),
  /** Compression methods, one octet each; null alone (00) when it is absent. */
  compressions: hex.exactOptional(),
  /** psk_key_exchange_modes, one octet each: without it a server sends no session ticket (RFC 8446, section 4.2.9). */
  pskModes: hex.exactOptional(),
  /** The cookie of a HelloRetryRequest, in the hello that answers it (RFC 8446, section 4.2.2). */
  cookie: hex.exactOptional(),
})
export type ClientHelloSpec = z.infer<typeof clientHelloSpecSchema>

const largestFragment = 1 << 14

const number16 = (code: string): Uint8Array => u16(Number.parseInt(code, 16))
const list16 = (list: readonly string[]): Uint8Array => {
  const out = new Uint8Array(countOf(list) * 2)
  eachNumber(list, (number, index) => {
    out[index * 2] = number >> 8
    out[index * 2 + 1] = number & 0xff
  })
  return out
}

const extension = (type: number, body: Uint8Array): Uint8Array => join(u16(type), vector16(body))

const extensions = (spec: ClientHelloSpec): Uint8Array[] => {
  const list: Uint8Array[] = []
  if (spec.sni !== null) list.push(extension(0, vector16(u8(0), vector16(fromText(spec.sni)))))
  if (spec.extendedMasterSecret) list.push(extension(23, new Uint8Array()))
  if (spec.renegotiationInfo) list.push(extension(0xff01, vector8()))
  if (spec.groups.length > 0) {
    list.push(extension(10, vector16(list16(spec.groups))))
    list.push(extension(11, vector8(u8(0))))
  }
  if (spec.signatureSchemes.length > 0) list.push(extension(13, vector16(list16(spec.signatureSchemes))))
  if (spec.alpn.length > 0) list.push(extension(16, vector16(...spec.alpn.map((name) => vector8(fromText(name))))))
  if (spec.supportedVersions !== null) list.push(extension(43, vector8(list16(spec.supportedVersions))))
  if (spec.cookie !== undefined) list.push(extension(44, vector16(fromHex(spec.cookie))))
  if (spec.pskModes !== undefined) list.push(extension(45, vector8(fromHex(spec.pskModes))))
  if (spec.keyShares !== null) {
    list.push(extension(51, vector16(...spec.keyShares.map((share) => join(number16(share.group), vector16(fromHex(share.public)))))))
  }
  return list
}

/** The handshake message cut into records of at most 2^14 octets (RFC 8446, section 5.1). */
const inRecords = (version: string, message: Uint8Array): Uint8Array => {
  const records: Uint8Array[] = []
  for (let at = 0; at < message.length; at += largestFragment) {
    records.push(join(u8(22), number16(version), vector16(message.subarray(at, at + largestFragment))))
  }
  return join(...records)
}

/** The ClientHello of `spec`, record layer included (RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2). */
export const writeClientHello = (spec: ClientHelloSpec): Uint8Array =>
  inRecords(
    spec.recordVersion,
    join(
      u8(1),
      vector24(
        number16(spec.legacyVersion),
        fromHex(spec.random),
        vector8(fromHex(spec.sessionId)),
        vector16(list16(spec.suites)),
        vector8(fromHex(spec.compressions ?? '00')),
        vector16(...extensions(spec)),
      ),
    ),
  )
