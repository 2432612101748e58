import { createHmac } from 'node:crypto'
import { type BoringCryptoBuild, boringCryptoMacKey, macLength } from '../../policy/modules.ts'
import { buildInfoMagic } from './build-info.ts'
import { type ByteOrder, bytesOfHex } from './bytes.ts'

// Hand-made program files, for planted defects and for tests that need no toolchain: just enough ELF, Go build info and function table for the readers.

export const joinBytes = (...parts: readonly Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** Numbers of 1, 2, 4 or 8 bytes, one behind the other. */
export const packed = (order: ByteOrder, ...fields: readonly (readonly [size: 1 | 2 | 4 | 8, value: number])[]): Uint8Array => {
  const little = order === 'little'
  return joinBytes(
    ...fields.map(([size, value]) => {
      const view = new DataView(new ArrayBuffer(size))
      if (size === 1) view.setUint8(0, value)
      if (size === 2) view.setUint16(0, value, little)
      if (size === 4) view.setUint32(0, value, little)
      if (size === 8) view.setBigUint64(0, BigInt(value), little)
      return new Uint8Array(view.buffer)
    }),
  )
}

export type MadeSegment = { rights: 'rx' | 'r' | 'rw'; bytes: Uint8Array }
export type MadeElf = { class?: 32 | 64; order?: ByteOrder; machine?: number; type?: number; segments: readonly MadeSegment[] }

const rightBits = { rx: 5, r: 4, rw: 6 } as const
const alignment = 64
/** Address of file offset 0 in made files. */
export const madeBase = 0x400000

/** File offsets of the segments of a made file, in order. */
export const segmentOffsets = ({ class: bits = 64, segments }: MadeElf): number[] => {
  let at = (bits === 64 ? 64 : 52) + segments.length * (bits === 64 ? 56 : 32)
  return segments.map(({ bytes }) => {
    const offset = Math.ceil(at / alignment) * alignment
    at = offset + bytes.length
    return offset
  })
}

export const madeElf = (made: MadeElf): Uint8Array => {
  const { class: bits = 64, order = 'little', machine = 62, type = 2, segments } = made
  const word = bits === 64 ? 8 : 4
  const offsets = segmentOffsets(made)
  const headerLength = bits === 64 ? 64 : 52
  const ident = packed(order, [1, 0x7f], [1, 0x45], [1, 0x4c], [1, 0x46], [1, bits === 64 ? 2 : 1], [1, order === 'little' ? 1 : 2], [1, 1])
  const header = joinBytes(
    ident,
    new Uint8Array(9),
    packed(order, [2, type], [2, machine], [4, 1], [word, madeBase], [word, headerLength], [word, 0], [4, 0], [2, headerLength]),
    packed(order, [2, bits === 64 ? 56 : 32], [2, segments.length], [2, 0], [2, 0], [2, 0]),
  )
  const table = segments.map(({ rights, bytes }, index) => {
    const offset = offsets[index] ?? 0
    const flags = rightBits[rights]
    const address = madeBase + offset
    return bits === 64
      ? packed(order, [4, 1], [4, flags], [8, offset], [8, address], [8, address], [8, bytes.length], [8, bytes.length], [8, alignment])
      : packed(order, [4, 1], [4, offset], [4, address], [4, address], [4, bytes.length], [4, bytes.length], [4, flags], [4, alignment])
  })
  const last = offsets.length - 1
  const whole = new Uint8Array(Math.max(headerLength, last < 0 ? 0 : (offsets[last] ?? 0) + (segments[last]?.bytes.length ?? 0)))
  whole.set(joinBytes(header, ...table))
  for (const [index, { bytes }] of segments.entries()) whole.set(bytes, offsets[index])
  return whole
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

const varint = (value: number): Uint8Array => {
  const bytes: number[] = []
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Uint8Array.from([...bytes, left])
    bytes.push((left & 0x7f) | 0x80)
  }
}

/** A module text as the go command frames it. */
const framedModuleText = (lines: readonly string[]): Uint8Array =>
  joinBytes(
    bytesOfHex('3077af0c9274080241e1c107e6d618e6'),
    text(lines.map((line) => `${line}\n`).join('')),
    bytesOfHex('f932433186182072008242104116d8f2'),
  )

/** Build info in the form of Go 1.18 and later. */
export const madeBuildInfo = (version: string, lines: readonly string[]): Uint8Array => {
  const module = lines.length === 0 ? new Uint8Array() : framedModuleText(lines)
  return joinBytes(
    buildInfoMagic,
    Uint8Array.from([8, 2]),
    new Uint8Array(16),
    varint(version.length),
    text(version),
    varint(module.length),
    module,
  )
}

/** Build info in the form up to Go 1.17, for a segment that starts at `address`. */
export const madePointerBuildInfo = (
  address: number,
  version: string,
  lines: readonly string[],
  order: ByteOrder,
  wordSize: 4 | 8,
): Uint8Array => {
  const module = framedModuleText(lines)
  const headers = address + 32
  const strings = headers + 4 * wordSize
  return joinBytes(
    buildInfoMagic,
    packed(order, [1, wordSize], [1, order === 'big' ? 1 : 0], [wordSize, headers], [wordSize, headers + 2 * wordSize]),
    new Uint8Array(16 - 2 * wordSize),
    packed(order, [wordSize, strings], [wordSize, version.length], [wordSize, strings + version.length], [wordSize, module.length]),
    text(version),
    module,
  )
}

/** A table of functions in the layout of Go 1.18 and later (or of Go 1.16), with these names, at these places from the start of the text. */
export const madeFunctionTable = (
  names: readonly string[],
  {
    order = 'little' as ByteOrder,
    wordSize = 8 as 4 | 8,
    layout = 'go1.18',
    entries = names.map((_, index) => index * 16),
    textStart = 0,
  } = {},
): Uint8Array => {
  const modern = layout === 'go1.18'
  const headerLength = 8 + wordSize * (modern ? 8 : 7)
  const nameOffsets: number[] = []
  let at = 1
  for (const name of names) {
    nameOffsets.push(at)
    at += text(name).length + 1
  }
  const nameBytes = joinBytes(Uint8Array.from([0]), ...names.map((name) => text(`${name}\0`)))
  const namesEnd = headerLength + nameBytes.length
  const records = Math.ceil(namesEnd / 8) * 8 + 8
  const pair = modern ? 8 : 2 * wordSize
  const field = modern ? 4 : wordSize
  const recordLength = field + 8
  const recordAt = (index: number): number => names.length * pair + 8 + index * recordLength
  const offsets = [headerLength, namesEnd, namesEnd, namesEnd, records]
  const header = joinBytes(
    packed(order, [4, modern ? 0xfffffff1 : 0xfffffffa], [1, 0], [1, 0], [1, 1], [1, wordSize], [wordSize, names.length], [wordSize, 0]),
    ...(modern ? [packed(order, [wordSize, textStart])] : []),
    ...offsets.map((offset) => packed(order, [wordSize, offset])),
  )
  const pairSize = (pair / 2) as 4 | 8
  const pairs = names.map((_, index) => packed(order, [pairSize, entries[index] ?? 0], [pairSize, recordAt(index)]))
  const functions = nameOffsets.map((offset, index) => packed(order, [field as 4 | 8, entries[index] ?? 0], [4, offset], [4, 0]))
  const end = packed(order, [pairSize, (entries.at(-1) ?? 0) + 16])
  return joinBytes(header, nameBytes, new Uint8Array(records - namesEnd), ...pairs, end, new Uint8Array(8 - pairSize), ...functions)
}

/** A made module block with its digest behind it, and the row of a table that knows it. */
export const madeBlock = (overrides: Partial<BoringCryptoBuild> = {}): { block: Uint8Array; build: BoringCryptoBuild } => {
  const { mac = 'sha256', length = 1000, digestOffset = 1043 } = overrides
  const body = Uint8Array.from({ length }, (_, at) => (at * 31 + length) & 0xff)
  const digest = createHmac(mac, bytesOfHex(boringCryptoMacKey)).update(body).digest('hex')
  const block = new Uint8Array(digestOffset + macLength[mac])
  block.set(body)
  block.set(bytesOfHex(digest), digestOffset)
  const build: BoringCryptoBuild = {
    id: 'boringcrypto-20990101',
    name: 'a made module',
    tag: 'fips-20990101',
    commit: '00000000',
    arch: 'amd64',
    mac,
    length,
    digestOffset,
    digest,
    go: { first: 26, last: 26 },
    certificate: 4735,
    ...overrides,
  }
  return { block, build }
}

export const boringLines = ['path\texample.test/component', 'build\tCGO_ENABLED=1', 'build\tGOEXPERIMENT=boringcrypto']
export const boringVersion = 'go1.26.8-X:boringcrypto'
export const boringNames = ['main.main', 'crypto/internal/boring.init.0', 'crypto/internal/boring._Cfunc__goboringcrypto_SHA256_Init']
