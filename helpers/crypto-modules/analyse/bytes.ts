export type ByteOrder = 'little' | 'big'

/** Fixed-size integers out of a byte string, in one byte order. Offsets must lie inside; callers check lengths first. */
export type Numbers = {
  u16: (at: number) => number
  u32: (at: number) => number
  /** NaN where the value is above 2^53 - 1, so that every comparison with it fails. */
  u64: (at: number) => number
  /** A word of the machine: 4 or 8 bytes. */
  word: (at: number) => number
}

export const numbersOf = (bytes: Uint8Array, order: ByteOrder, wordSize: 4 | 8): Numbers => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = order === 'little'
  const u32 = (at: number): number => view.getUint32(at, little)
  const u64 = (at: number): number => {
    const value = Number(view.getBigUint64(at, little))
    return Number.isSafeInteger(value) ? value : Number.NaN
  }
  return { u16: (at) => view.getUint16(at, little), u32, u64, word: wordSize === 8 ? u64 : u32 }
}

const latin1 = new TextDecoder('latin1')
const utf8 = new TextDecoder('utf-8')

export const asciiOf = (bytes: Uint8Array): string => latin1.decode(bytes)

/** Text of a file that may be anything: what is not UTF-8 becomes U+FFFD. */
export const textOf = (bytes: Uint8Array): string => utf8.decode(bytes)

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')

export const bytesOfHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((value, at) => value === b[at])
