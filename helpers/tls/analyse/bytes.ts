/** Big-endian building blocks of TLS presentation language (RFC 8446, section 3). */
export const u8 = (value: number): Uint8Array => Uint8Array.of(value)
export const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff)
const u24 = (value: number): Uint8Array => Uint8Array.of(value >> 16, (value >> 8) & 0xff, value & 0xff)

export const join = (...parts: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** A vector whose length stands before it in one, two or three octets. */
export const vector8 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const body = join(...parts)
  return join(u8(body.length), body)
}
export const vector16 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const body = join(...parts)
  return join(u16(body.length), body)
}
export const vector24 = (...parts: readonly Uint8Array[]): Uint8Array => {
  const body = join(...parts)
  return join(u24(body.length), body)
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')

/** Octets of a hex string; the string must be hex of even length, which the schemas of this folder see to. */
export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

const hex4 = (value: number): string => value.toString(16).padStart(4, '0')

/** Latin-1, so that any octet is one character. */
export const toText = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
export const fromText = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

/** Thrown by `Cursor` when a structure claims more octets than there are. */
export class ShortRead extends Error {
  override readonly name = 'ShortRead'
}

/** Reads big-endian fields in order; every read past the end throws `ShortRead`. */
export class Cursor {
  readonly bytes: Uint8Array
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new ShortRead(`${length} octets wanted at ${this.at}, ${this.left} left`)
    const taken = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return taken
  }

  number(octets: 1 | 2 | 3): number {
    return this.take(octets).reduce((value, octet) => value * 256 + octet, 0)
  }

  /** A vector with its length before it. */
  vector(octets: 1 | 2 | 3): Cursor {
    return new Cursor(this.take(this.number(octets)))
  }

  hex4(): string {
    return hex4(this.number(2))
  }

  /** All that is left, as a list of 16-bit numbers. */
  list16(): string[] {
    const list: string[] = []
    while (this.left > 0) list.push(this.hex4())
    return list
  }
}
