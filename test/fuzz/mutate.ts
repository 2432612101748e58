import { createHmac } from 'node:crypto'
import { type Boring, type Part, segmentsOf } from '../corpus/places.ts'
import type { Random } from './random.ts'

/** A real program, and where in it a change is likely to matter. */
export type Seed = {
  name: string
  bytes: Uint8Array
  /** Module, digest, records, tables: offsets in the file and lengths in bytes. */
  parts: readonly Part[]
  /** Numbers that say how long something is or where it stands. */
  numbers: readonly { offset: number; width: 2 | 4 | 8 }[]
  /** A known BoringCrypto, whose MAC an attacker can write anew. */
  boring?: Boring
}

/** What is being changed: the first `length` bytes of a buffer that has room for more. */
type Draft = { buffer: Uint8Array; length: number }
type Mutation = (draft: Draft, seed: Seed, random: Random, seeds: readonly Seed[]) => string

/** Bytes that a change may add at most. */
const growth = 1024 * 1024
export const room = (seed: Seed): number => seed.bytes.length + 4 * growth

const interesting = [
  0n,
  1n,
  2n,
  7n,
  8n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x10000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 32n,
  (1n << 53n) - 1n,
  1n << 53n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
]

const flipBit = ({ buffer }: Draft, at: number, random: Random): void => {
  buffer[at] = (buffer[at] ?? 0) ^ (1 << random.below(8))
}

/** Another value in a field: an interesting one, or the old one moved a little. */
const setNumber = ({ buffer, length }: Draft, offset: number, width: 1 | 2 | 4 | 8, random: Random): void => {
  if (offset + width > length) return
  const view = new DataView(buffer.buffer, buffer.byteOffset, length)
  const little = buffer[5] !== 2
  let old = BigInt(buffer[offset] ?? 0)
  if (width === 2) old = BigInt(view.getUint16(offset, little))
  if (width === 4) old = BigInt(view.getUint32(offset, little))
  if (width === 8) old = view.getBigUint64(offset, little)
  const near = BigInt(random.pick([1, 8, 16, 4096, 65536]) * random.pick([-1, 1]))
  const value = BigInt.asUintN(width * 8, random.chance(0.5) ? random.pick(interesting) : old + near)
  if (width === 1) buffer[offset] = Number(value)
  if (width === 2) view.setUint16(offset, Number(value), little)
  if (width === 4) view.setUint32(offset, Number(value), little)
  if (width === 8) view.setBigUint64(offset, value, little)
}

const someLength = (random: Random, most: number): number =>
  Math.min(most, random.pick([1, 4, 16, 64, 512, 4096, 65536, growth]) + random.below(16))
const within = ({ offset, length }: Part, random: Random, draft: Draft): number => Math.min(draft.length - 1, offset + random.below(length))
/** A place anywhere, or where it matters. */
const somewhere = (draft: Draft, { parts }: Seed, random: Random): number =>
  parts.length > 0 && random.chance(0.5) ? within(random.pick(parts), random, draft) : random.below(draft.length)

const headerWidths = [16, 2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2] as const

const mutations: readonly (readonly [weight: number, Mutation])[] = [
  [
    4,
    (draft, _seed, random) => {
      const count = 1 + random.below(8)
      for (let each = 0; each < count; each++) flipBit(draft, random.below(draft.length), random)
      return `${count} bits`
    },
  ],
  [
    5,
    (draft, { parts }, random) => {
      if (parts.length === 0) return 'nothing'
      const at = within(random.pick(parts), random, draft)
      flipBit(draft, at, random)
      return `a bit at ${at}`
    },
  ],
  [
    3,
    (draft, _seed, random) => {
      const field = random.below(headerWidths.length)
      const at = headerWidths.slice(0, field).reduce<number>((sum, width) => sum + width, 0)
      const width = headerWidths[field]
      if (width === undefined || width === 16) setNumber(draft, 4 + random.below(12), 1, random)
      else setNumber(draft, at, width, random)
      return `field ${field} of the ELF header`
    },
  ],
  [
    5,
    (draft, seed, random) => {
      const segments = segmentsOf(seed.bytes)
      const { header } = random.pick(segments)
      const wide = seed.bytes[4] === 2
      const width = wide ? 8 : 4
      const offset = wide ? random.pick([0, 4, 8, 16, 24, 32, 40, 48]) : 4 * random.below(8)
      setNumber(draft, header + offset, wide && offset < 8 ? 4 : width, random)
      return `byte ${offset} of a program header`
    },
  ],
  [
    1,
    ({ buffer, length }, { boring }, random) => {
      if (boring === undefined || boring.digest.offset + boring.digest.length > length) return 'nothing'
      const { block, digest, mac } = boring
      const at = block.offset + random.below(block.length)
      buffer[at] = (buffer[at] ?? 0) ^ (1 + random.below(255))
      const sealed = createHmac(mac, new Uint8Array(64)).update(buffer.subarray(block.offset, block.offset + block.length))
      buffer.set(sealed.digest(), digest.offset)
      return `the module changed at ${at} and sealed again`
    },
  ],
  [
    2,
    (draft, { bytes }, random) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const [wide, little] = [bytes[4] === 2, bytes[5] === 1]
      const start = wide ? Number(view.getBigUint64(40, little)) : view.getUint32(32, little)
      const [each, count] = [view.getUint16(wide ? 58 : 46, little), view.getUint16(wide ? 60 : 48, little)]
      const at = start + each * random.below(count) + 4 * random.below(Math.max(1, each / 4))
      setNumber(draft, at, wide && random.chance(0.5) ? 8 : 4, random)
      return `section header at ${at}`
    },
  ],
  [
    5,
    (draft, { numbers }, random) => {
      if (numbers.length === 0) return 'nothing'
      const { offset, width } = random.pick(numbers)
      setNumber(draft, offset, width, random)
      return `number at ${offset}`
    },
  ],
  [
    2,
    (draft, seed, random) => {
      draft.length = Math.max(1, random.chance(0.5) ? draft.length - someLength(random, draft.length - 1) : somewhere(draft, seed, random))
      return `cut to ${draft.length}`
    },
  ],
  [
    3,
    (draft, seed, random) => {
      const length = someLength(random, draft.length)
      const from = Math.min(somewhere(draft, seed, random), draft.length - length)
      const to = Math.min(somewhere(draft, seed, random), draft.length - length)
      draft.buffer.copyWithin(to, from, from + length)
      return `${length} bytes from ${from} to ${to}`
    },
  ],
  [
    2,
    (draft, seed, random) => {
      const at = somewhere(draft, seed, random)
      const length = someLength(random, draft.length - at)
      draft.buffer.fill(random.pick([0, 0xff, 0x90, 0xcc]), at, at + length)
      return `${length} bytes filled at ${at}`
    },
  ],
  [
    2,
    (draft, seed, random, seeds) => {
      const other = random.pick(seeds)
      const at = somewhere(draft, seed, random)
      const length = Math.min(draft.length, other.bytes.length) - at
      if (length > 0) draft.buffer.set(other.bytes.subarray(at, at + length), at)
      return `from ${at} on as in ${other.name}`
    },
  ],
  [
    3,
    (draft, seed, random, seeds) => {
      const other = random.pick(seeds)
      if (other.parts.length === 0) return 'nothing'
      const part = random.pick(other.parts)
      const at = somewhere(draft, seed, random)
      const piece = other.bytes.subarray(part.offset, part.offset + Math.min(part.length, growth, draft.length - at))
      draft.buffer.set(piece, at)
      return `${piece.length} bytes of ${other.name} from ${part.offset} to ${at}`
    },
  ],
  [
    2,
    (draft, seed, random) => {
      const at = somewhere(draft, seed, random)
      const length = Math.min(growth, someLength(random, growth))
      if (random.chance(0.5) && draft.length + length <= draft.buffer.length) {
        draft.buffer.copyWithin(at + length, at, draft.length)
        draft.length += length
        return `${length} bytes more at ${at}`
      }
      const gone = Math.min(length, draft.length - at - 1)
      if (gone <= 0) return 'nothing'
      draft.buffer.copyWithin(at, at + gone, draft.length)
      draft.length -= gone
      return `${gone} bytes less at ${at}`
    },
  ],
]

const total = mutations.reduce((sum, [weight]) => sum + weight, 0)
const choose = (random: Random): Mutation => {
  let left = random.below(total)
  for (const [weight, mutation] of mutations) {
    left -= weight
    if (left < 0) return mutation
  }
  throw new Error('no mutation was chosen')
}

/** A program with one to four changes, in `buffer` (which is used again), and what they were. Follows from the random numbers alone. */
export const mutated = (
  seed: Seed,
  seeds: readonly Seed[],
  random: Random,
  buffer: Uint8Array,
): { bytes: Uint8Array; changes: string[] } => {
  buffer.set(seed.bytes)
  const draft: Draft = { buffer, length: seed.bytes.length }
  const count = random.pick([1, 1, 1, 2, 3, 4])
  const changes = Array.from({ length: count }, () => choose(random)(draft, seed, random, seeds))
  return { bytes: buffer.subarray(0, draft.length), changes }
}
