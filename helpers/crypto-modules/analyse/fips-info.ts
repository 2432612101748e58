import { createHmac } from 'node:crypto'
import { bytesOfHex, equalBytes, hexOf, numbersOf } from './bytes.ts'
import { type Elf, offsetOfAddress, segmentAt } from './elf.ts'
import type { Image } from './image.ts'

/** `ff` ` Go fipsinfo ` `ff 00`; 16 bytes (Go source, `src/crypto/internal/fips140/check/check.go`). */
export const fipsInfoMagic = bytesOfHex('ff20476f2066697073696e666f20ff00')

/** Up to this length of the module's text a table is read in full; the module's own self-test has about 47 KB, a program that uses the module hundreds. */
export const maximumSelfCheck = 64 * 1024

/** A part of the module, as virtual addresses; `end` is the first one behind it. */
export type FipsRange = { start: number; end: number }

/**
 * The blob in which Go's linker writes, from Go 1.24 on and in FIPS mode or not, where the code and data of Go's own module lie and an HMAC over them
 * (Go source, `src/cmd/link/internal/ld/fips140.go`). The HMAC has a public key: it shows that nothing changed since the program was linked, not which module it is.
 */
export type FipsInfo = {
  /** Of the blob, in the file. */
  offset: number
  stored: string
  /** The blob names the address at which it stands itself. */
  selfAddressed: boolean
  /** text, rodata, noptrdata, data. */
  ranges: readonly [FipsRange, FipsRange, FipsRange, FipsRange]
}

export type FipsInfoResult = { state: 'found'; info: FipsInfo } | { state: 'malformed'; reason: string }

/** What the four ranges may hold together; programs have about half a megabyte. A bound for hostile files. */
const maximumModule = 16 * 1024 * 1024
const macLength = 32
const header = new TextEncoder().encode('go fips object v1\n')

const malformed = (reason: string): FipsInfoResult => ({ state: 'malformed', reason })

/** Bytes of the blob: magic, MAC, its own address, four pairs of addresses. */
const fipsInfoLength = (elf: Elf): number => fipsInfoMagic.length + macLength + 9 * (elf.class / 8)

/** The blob whose magic stands at a file offset. */
export const readFipsInfo = (image: Image, elf: Elf, offset: number): FipsInfoResult => {
  const wordSize = elf.class === 64 ? 8 : 4
  const length = fipsInfoLength(elf)
  const blob = image.bytes(offset, length)
  const segment = segmentAt(elf, offset, length)
  if (blob === undefined || segment === undefined) return malformed('the blob does not lie in one segment of the program')
  if (!equalBytes(blob.subarray(0, fipsInfoMagic.length), fipsInfoMagic)) return malformed('no magic stands at this place')
  const { word } = numbersOf(blob, elf.order, wordSize)
  const firstWord = fipsInfoMagic.length + macLength
  const range = (which: number): FipsRange => ({
    start: word(firstWord + (1 + 2 * which) * wordSize),
    end: word(firstWord + (2 + 2 * which) * wordSize),
  })
  const ranges = [range(0), range(1), range(2), range(3)] as const
  if (!ranges.every(({ start, end }) => start <= end && end - start <= maximumModule)) return malformed('its ranges are none')
  return {
    state: 'found',
    info: {
      offset,
      stored: hexOf(blob.subarray(fipsInfoMagic.length, firstWord)),
      selfAddressed: word(firstWord) === segment.address + (offset - segment.offset),
      ranges,
    },
  }
}

/** The records at these places that stand where Go's linker puts them: in a writable segment. */
export const fipsInfosAt = (image: Image, elf: Elf, offsets: readonly number[]): FipsInfo[] =>
  offsets.flatMap((offset) => {
    if (segmentAt(elf, offset, fipsInfoLength(elf))?.writable !== true) return []
    const result = readFipsInfo(image, elf, offset)
    return result.state === 'found' ? [result.info] : []
  })

const bigEndian64 = (value: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(value))
  return new Uint8Array(view.buffer)
}

/** Lengths of text, rodata, noptrdata and data, in bytes. */
export const fipsLengths = ({ ranges }: FipsInfo): readonly number[] => ranges.map(({ start, end }) => end - start)

/**
 * HMAC-SHA256 with a key of 32 zero bytes over `go fips object v1\n` and, for each range, its length as 8 bytes big-endian and its bytes. Hex.
 * Undefined where a range is not at hand.
 */
export const recomputeFipsMac = (image: Image, elf: Elf, { ranges }: FipsInfo): string | undefined => {
  const mac = createHmac('sha256', new Uint8Array(32)).update(header)
  for (const { start, end } of ranges) {
    const offset = offsetOfAddress(elf, start, end - start)
    const bytes = offset === undefined ? undefined : image.bytes(offset, end - start)
    if (bytes === undefined) return undefined
    mac.update(bigEndian64(bytes.length)).update(bytes)
  }
  return mac.digest('hex')
}

/** HMAC over 16 bytes of zeros and three ranges of one zero. */
const zeros = 'e744b31bd71713c6e54fc3514d602e32e065aad279c1c707f92371a2c1b62837'

/**
 * What the blob of a program holds into which no function of the module is linked: padding where the text would be, one byte (on s390x two) for each other part, and so
 * always the same HMAC. Measured with programs of Go 1.24.0, 1.24.13, 1.25.0, 1.25.7, 1.26.8 and 1.27.3 for amd64, of 1.26.8 for the others.
 */
export const emptyModules: Readonly<Record<string, { lengths: readonly number[]; mac: string }>> = {
  amd64: { lengths: [32, 1, 1, 1], mac: '8338e13978d76d6dcdc3a0a32061e7fa061d29103b17e60bb7a148743ba53753' },
  arm64: { lengths: [16, 1, 1, 1], mac: zeros },
  '386': { lengths: [16, 1, 1, 1], mac: 'b2769f672bd720c358256c681cfbf74fe1da7c22f9acf8ba5f9f5bae56188818' },
  arm: { lengths: [16, 1, 1, 1], mac: zeros },
  ppc64le: { lengths: [16, 1, 1, 1], mac: zeros },
  mips: { lengths: [16, 1, 1, 1], mac: zeros },
  s390x: { lengths: [16, 2, 2, 2], mac: '298afb34dd6c3e48af1572b79fa2b3f895ea0fa40e4890408d54e28cda0858f0' },
}

/** The ranges and the stored HMAC are those of a program without the module. */
export const hasEmptyModule = (elf: Elf, info: FipsInfo): boolean => {
  const empty = emptyModules[elf.arch]
  return empty !== undefined && info.stored === empty.mac && fipsLengths(info).every((length, at) => length === empty.lengths[at])
}
