const mostPacket = 35_000

/** The payloads of whole packets in the clear, behind the identification (RFC 4253, section 6). Reading stops at what is no packet. */
export const payloadsIn = (bytes: Uint8Array, start: number): Uint8Array[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const payloads: Uint8Array[] = []
  let at = start
  while (bytes.length >= at + 5) {
    const length = view.getUint32(at)
    const padding = view.getUint8(at + 4)
    if (length > mostPacket || padding + 1 > length || bytes.length < at + 4 + length) break
    payloads.push(bytes.subarray(at + 5, at + 4 + length - padding))
    at += 4 + length
  }
  return payloads
}

/** A payload in a packet, padded to a multiple of 8 octets with at least 4 (RFC 4253, section 6). */
export const packet = (payload: Uint8Array): Uint8Array => {
  const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8)
  const out = new Uint8Array(5 + payload.length + padding)
  const view = new DataView(out.buffer)
  view.setUint32(0, 1 + payload.length + padding)
  view.setUint8(4, padding)
  out.set(payload, 5)
  return out
}

/** A string: its length in four octets, then its octets (RFC 4251, section 5). */
export const sshString = (octets: Uint8Array): Uint8Array => {
  const out = new Uint8Array(4 + octets.length)
  new DataView(out.buffer).setUint32(0, octets.length)
  out.set(octets, 4)
  return out
}

/** A positive number as mpint: a zero octet stands before one whose highest bit is set (RFC 4251, section 5). */
export const mpint = (number: Uint8Array): Uint8Array => {
  const first = number.findIndex((octet) => octet !== 0)
  const digits = first < 0 ? new Uint8Array() : number.subarray(first)
  return sshString((digits[0] ?? 0) >= 0x80 ? Uint8Array.of(0, ...digits) : digits)
}

/** Bits of a big-endian number. */
export const bitsOf = (number: Uint8Array): number => {
  const first = number.findIndex((octet) => octet !== 0)
  return first < 0 ? 0 : (number.length - first - 1) * 8 + (32 - Math.clz32(number[first] ?? 0))
}

/** Reads the strings of a payload in order; undefined where one ends too early. */
export const stringsIn = (payload: Uint8Array, start: number, count: number): Uint8Array[] | undefined => {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const strings: Uint8Array[] = []
  let at = start
  while (strings.length < count) {
    if (payload.length < at + 4) return undefined
    const length = view.getUint32(at)
    if (payload.length < at + 4 + length) return undefined
    strings.push(payload.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return strings
}
