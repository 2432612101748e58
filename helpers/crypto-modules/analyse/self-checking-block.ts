import { createHash, createHmac, type Hash } from 'node:crypto'
import { boringCryptoMacKey, type MacAlgorithm, macLength } from '../../policy/modules.ts'
import { bytesOfHex, equalBytes, hexOf } from './bytes.ts'
import { type Elf, offsetOfAddress, type Segment, segmentAt } from './elf.ts'
import type { Image } from './image.ts'
import { instructionsOf } from './instructions.ts'
import { symbolAddresses } from './symbols.ts'

// A build of BoringSSL's module that no table knows still checks itself at power-on: its code holds the addresses of its first and last byte, and a MAC over what lies
// between them stands behind it. Whoever finds three places that fit has found the module: no chance makes an HMAC come out right. Which module it is stays unknown,
// and anybody can compute such a MAC: the find shows an unchanged block, and no certificate.

/** A block and the MAC that stands behind it; offsets in the file and lengths in bytes. Not believed: `examineBlock` computes the MAC again. */
export type ProposedBlock = { start: number; length: number; digestAt: number; mac: MacAlgorithm }

export type SelfCheckingBlock = ProposedBlock & {
  /** The MAC as it stands in the file, and so as it comes out. Hex. */
  digest: string
}

/** Lengths of the modules that are known are 0.4 to 0.8 MB. */
const minimumLength = 200_000
const maximumLength = 4 * 1024 * 1024
/** How far behind the block its MAC may stand; in the known builds 1 to 2 KB. */
const digestReach = 128 * 1024
/** The self-test is one function: what it loads stands this near to where it names its text. */
const before = 6 * 1024
const behind = 10 * 1024
/** Bounds for hostile files: bytes that are hashed in all, places of the text, of code that names it, and of what that code loads. Known builds: one, 11, 56 and 14. */
const maximumHashed = 256 * 1024 * 1024
const maximumTexts = 4
const maximumUsers = 64
const maximumPlaces = 128

/** A key of zero bytes up to the block length of the hash: both pads of HMAC are constant (RFC 2104, section 2). */
const blockLength: Record<MacAlgorithm, number> = { sha256: 64, sha512: 128 }
const pad = (mac: MacAlgorithm, byte: number): Uint8Array => new Uint8Array(blockLength[mac]).fill(byte)

const finish = (mac: MacAlgorithm, inner: Hash): Buffer => createHash(mac).update(pad(mac, 0x5c)).update(inner.copy().digest()).digest()

const addressOf = (segment: Segment, offset: number): number => segment.address + (offset - segment.offset)

const standsAt = (image: Image, digest: Uint8Array, places: readonly number[]): number | undefined =>
  places.find((place) => {
    const stored = image.bytes(place, digest.length)
    return stored !== undefined && equalBytes(stored, digest)
  })

/** One start against all ends, in one walk: the hash goes on from end to end. The self-test loads the address of its MAC as well, so this is one of the ends. */
const tryStart = (
  image: Image,
  start: number,
  ends: readonly number[],
  places: readonly number[],
  mac: MacAlgorithm,
): ProposedBlock | undefined => {
  const inner = createHash(mac).update(pad(mac, 0x36))
  let at = start
  for (const end of ends) {
    const more = image.bytes(at, end - at)
    if (more === undefined) return undefined
    inner.update(more)
    at = end
    const behindEnd = places.filter((place) => place >= end && place <= end + digestReach)
    const digestAt = behindEnd.length === 0 ? undefined : standsAt(image, finish(mac, inner), behindEnd)
    if (digestAt !== undefined) return { start, length: end - start, digestAt, mac }
  }
  return undefined
}

/** What may still be hashed, over all places of one file. */
type Budget = { left: number }

/** Every pair of a start and an end, as file offsets, as far as the budget goes. */
const tryAll = (image: Image, starts: readonly number[], ends: readonly number[], budget: Budget): ProposedBlock | undefined => {
  for (const start of starts) {
    const possible = ends.filter((end) => end - start >= minimumLength && end - start <= maximumLength)
    const last = possible.at(-1)
    if (last === undefined) continue
    for (const mac of ['sha256', 'sha512'] as const) {
      budget.left -= last - start
      if (budget.left < 0) return undefined
      const found = tryStart(image, start, possible, ends, mac)
      if (found !== undefined) return found
    }
  }
  return undefined
}

const ascending = (offsets: Iterable<number>): number[] => [...new Set(offsets)].toSorted((a, b) => a - b)

/** Around one place of the self-test's text: the code that names it, the addresses that this code loads, and every pair of them. */
const aroundText = (image: Image, elf: Elf, segment: Segment, text: number, budget: Budget): ProposedBlock | undefined => {
  const instructions = instructionsOf(elf.arch)
  const first = Math.max(segment.offset, text - maximumLength)
  const code = image.bytes(first, Math.min(segment.offset + segment.fileSize, text + maximumLength) - first)
  if (instructions === undefined || code === undefined) return undefined
  const textAddress = addressOf(segment, text)
  const named = instructions.addresses(code, addressOf(segment, first))
  const users = named
    .filter(({ target }) => target === textAddress)
    .map(({ at }) => at)
    .slice(0, maximumUsers)
  const loaded = named.filter(({ at }) => users.some((user) => at >= user - before && at <= user + behind))
  const toOffset = (address: number): number => segment.offset + (address - segment.address)
  const offsets = ascending(
    loaded
      .map(({ target }) => toOffset(target))
      .filter((offset) => segment.offset <= offset && offset <= segment.offset + segment.fileSize),
  )
  const [low, high] = [Math.min(text, ...users.map(toOffset)), Math.max(text, ...users.map(toOffset))]
  const starts = offsets.filter((offset) => offset <= low)
  const ends = offsets.filter((offset) => offset > high)
  return users.length === 0 ? undefined : tryAll(image, starts.slice(0, maximumPlaces), ends.slice(0, maximumPlaces), budget)
}

const symbols = ['BORINGSSL_bcm_text_start', 'BORINGSSL_bcm_text_end', 'BORINGSSL_bcm_text_hash'] as const

/** The three symbols of the module, where a table of symbols is left: the MAC tells which hash it is. */
const fromSymbols = (image: Image, elf: Elf): ProposedBlock | undefined => {
  const [first, last, hash] = symbolAddresses(image, elf, symbols)
  if (first === undefined || last === undefined || hash === undefined) return undefined
  const length = last - first
  const start = length > 0 && length <= maximumLength ? offsetOfAddress(elf, first, length) : undefined
  const digestAt = offsetOfAddress(elf, hash, macLength.sha256)
  if (start === undefined || digestAt === undefined) return undefined
  return (['sha256', 'sha512'] as const)
    .map((mac) => ({ start, length, digestAt, mac }))
    .find((block) => examineBlock(image, elf, block) !== undefined)
}

/**
 * Looks for a block that checks itself, from the places where the self-test's text stands (file offsets): by the addresses that the self-test loads, then by symbols.
 * Reads up to 8 MB around each of four texts and hashes up to 256 MB in all. BoringSSL, `crypto/fipsmodule/bcm.c`, BORINGSSL_integrity_test; static builds only.
 */
export const proposeBlock = (image: Image, elf: Elf, texts: readonly number[]): ProposedBlock | undefined => {
  const budget = { left: maximumHashed }
  for (const text of texts.slice(0, maximumTexts)) {
    const segment = segmentAt(elf, text, 1)
    const found = segment?.executable ? aroundText(image, elf, segment, text, budget) : undefined
    if (found !== undefined) return found
  }
  return texts.length === 0 ? undefined : fromSymbols(image, elf)
}

/** The block, where the MAC over its bytes is the one that stands behind it, and both lie in one executable segment. */
export const examineBlock = (image: Image, elf: Elf, proposed: ProposedBlock): SelfCheckingBlock | undefined => {
  const { start, length, digestAt, mac } = proposed
  if (length > maximumLength || digestAt < start + length) return undefined
  const segment = segmentAt(elf, start, digestAt + macLength[mac] - start)
  const block = image.bytes(start, length)
  const stored = image.bytes(digestAt, macLength[mac])
  if (segment?.executable !== true || block === undefined || stored === undefined) return undefined
  const computed = createHmac(mac, bytesOfHex(boringCryptoMacKey)).update(block).digest()
  return equalBytes(computed, stored) ? { start, length, digestAt, mac, digest: hexOf(stored) } : undefined
}
