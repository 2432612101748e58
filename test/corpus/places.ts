import { boringCryptoBuilds } from '../../helpers/policy/modules.ts'

// Where things stand in a built program, found in a way of its own: what changes files and what checks verdicts must not rest on the code that it tests.

export type Part = { offset: number; length: number }
export type Segment = Part & { header: number; type: number; flags: number; address: number }

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

export const buildInfoMagic = hex('ff20476f206275696c64696e663a')
export const recordMagic = hex('ff20476f2066697073696e666f20ff00')

export const indexOf = (bytes: Uint8Array, needle: Uint8Array | string, from = 0): number => asBuffer(bytes).indexOf(needle, from)

/** Every place of a needle. */
export const placesOf = (bytes: Uint8Array, needle: Uint8Array | string): number[] => {
  const found: number[] = []
  for (let at = indexOf(bytes, needle); at >= 0; at = indexOf(bytes, needle, at + 1)) found.push(at)
  return found
}

/** Numbers of a file in its own byte order and word size. */
export const numbersAt = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [wide, little] = [bytes[4] === 2, bytes[5] === 1]
  return {
    view,
    wide,
    little,
    u16: (at: number): number => view.getUint16(at, little),
    u32: (at: number): number => view.getUint32(at, little),
    word: (at: number): number => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)),
    setWord: (at: number, value: number): void => (wide ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little)),
  }
}

/** All program headers of an ELF file. */
export const segmentsOf = (bytes: Uint8Array): Segment[] => {
  const { wide, u16, u32, word } = numbersAt(bytes)
  const [start, each, count] = wide ? [word(32), u16(54), u16(56)] : [word(28), u16(42), u16(44)]
  return Array.from({ length: count }, (_, index) => {
    const header = start + index * each
    return wide
      ? {
          header,
          type: u32(header),
          flags: u32(header + 4),
          offset: word(header + 8),
          address: word(header + 16),
          length: word(header + 32),
        }
      : {
          header,
          type: u32(header),
          flags: u32(header + 24),
          offset: word(header + 4),
          address: word(header + 8),
          length: word(header + 16),
        }
  })
}

export const loadsOf = (bytes: Uint8Array): Segment[] => segmentsOf(bytes).filter(({ type }) => type === 1)

/** The block of a known BoringCrypto, and its digest. */
export type Boring = { block: Part; digest: Part; mac: 'sha256' | 'sha512' }

export const boringOf = (bytes: Uint8Array): Boring | undefined => {
  for (const { digest, digestOffset, length, mac } of boringCryptoBuilds) {
    const at = indexOf(bytes, hex(digest))
    if (at >= digestOffset) return { block: { offset: at - digestOffset, length }, digest: { offset: at, length: digest.length / 2 }, mac }
  }
  return undefined
}

export type NativeModule = { record: Part; parts: Part[]; selfAddressed: boolean }

/** Every record of Go's own module in a writable segment, with the parts that it names (text, rodata, noptrdata, data). */
export const nativesOf = (bytes: Uint8Array): NativeModule[] => {
  const { wide, word } = numbersAt(bytes)
  const width = wide ? 8 : 4
  const length = 48 + 9 * width
  const loads = loadsOf(bytes)
  return placesOf(bytes, recordMagic).flatMap((offset) => {
    const load = loads.find((each) => each.offset <= offset && offset + length <= each.offset + each.length && (each.flags & 2) !== 0)
    if (load === undefined || offset + length > bytes.length) return []
    const parts = Array.from({ length: 4 }, (_, which) => {
      const at = offset + 48 + width * (1 + 2 * which)
      const [start, end] = [word(at), word(at + width)]
      const holder = loads.find((each) => each.address <= start && end <= each.address + each.length)
      return { offset: holder === undefined ? -1 : holder.offset + start - holder.address, length: end - start }
    })
    if (parts.some((part) => part.offset < 0)) return []
    return [{ record: { offset, length }, parts, selfAddressed: word(offset + 48) === load.address + offset - load.offset }]
  })
}

/** Go's own module as the linker wrote it. */
export const nativeOf = (bytes: Uint8Array): NativeModule | undefined => nativesOf(bytes).find(({ selfAddressed }) => selfAddressed)
