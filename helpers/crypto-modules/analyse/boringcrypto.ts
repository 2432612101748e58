import { createHmac } from 'node:crypto'
import { type BoringCryptoBuild, boringCryptoMacKey, macLength } from '../../policy/modules.ts'
import { bytesOfHex, hexOf } from './bytes.ts'
import { type Elf, segmentAt } from './elf.ts'
import type { Image } from './image.ts'
import type { Hits, Needle } from './needles.ts'

/** A place in a file where the digest of a known BoringCrypto build stands, and what the bytes before it say. All offsets in the file, in bytes. */
export type BoringCryptoCandidate = {
  build: BoringCryptoBuild
  /** First byte of the block; the digest stands `build.digestOffset` behind it. */
  start: number
  digestAt: number
  /**
   * intact: the HMAC over the block is the certified digest, and block and digest are code of this program.
   * modified: they are code, and the HMAC is another. data: they are no code (an embedded copy). partial: the block does not fit into the file.
   * other-architecture: it is the block of a processor that this program is not for.
   */
  state: 'intact' | 'modified' | 'data' | 'partial' | 'other-architecture'
  /** HMAC of the block as it stands in the file, hex; absent where it was not computed. */
  computed?: string
}

/** Id of the needle that finds a build. */
export const needleOf = (build: BoringCryptoBuild): string => `digest:${build.id}/${build.arch}`

/** The stored digests of all builds, to be searched for over the whole file. */
export const digestNeedles = (builds: readonly BoringCryptoBuild[]): Needle[] =>
  builds.map((build) => ({ id: needleOf(build), bytes: bytesOfHex(build.digest) }))

/**
 * Judges one place. The digest identifies the build (a certified build stores exactly this value); the HMAC recomputed over the block proves that the block is
 * unchanged (BoringSSL, `crypto/fipsmodule/bcm.c`: key of 64 zero bytes, no length prefix in a static build); one executable PT_LOAD around both proves that
 * they are code and not an embedded copy.
 */
export const examineCandidate = (image: Image, elf: Elf, build: BoringCryptoBuild, digestAt: number): BoringCryptoCandidate => {
  const start = digestAt - build.digestOffset
  const digestLength = macLength[build.mac]
  const extent = build.digestOffset + digestLength
  const found = { build, start, digestAt }
  // Two reads: the stubs between block and digest differ from link to link, the block does not, so it can be stored once for all programs.
  const block = image.bytes(start, build.length)
  const digest = image.bytes(digestAt, digestLength)
  if (block === undefined || digest === undefined) return { ...found, state: 'partial' }
  const computed = createHmac(build.mac, bytesOfHex(boringCryptoMacKey)).update(block).digest('hex')
  const stored = hexOf(digest)
  const segment = segmentAt(elf, start, extent)
  if (segment?.executable !== true) return { ...found, state: 'data', computed }
  if (build.arch !== elf.arch) return { ...found, state: 'other-architecture', computed }
  return { ...found, state: computed === build.digest && stored === build.digest ? 'intact' : 'modified', computed }
}

/** Every noted place of every build, in the order of the table. */
export const examineCandidates = (
  image: Image,
  elf: Elf,
  builds: readonly BoringCryptoBuild[],
  hits: readonly Hits[],
): BoringCryptoCandidate[] =>
  builds.flatMap((build) =>
    (hits.find(({ id }) => id === needleOf(build))?.offsets ?? []).map((offset) => examineCandidate(image, elf, build, offset)),
  )

const precedence = ['modified', 'intact', 'other-architecture', 'partial', 'data'] as const

/** The candidate that decides. A modified block counts before an intact one: the program may run either. */
export const decisiveCandidate = (candidates: readonly BoringCryptoCandidate[]): BoringCryptoCandidate | undefined =>
  candidates.toSorted((a, b) => precedence.indexOf(a.state) - precedence.indexOf(b.state))[0]

const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`

/** The shell command that repeats the HMAC over the block with openssl alone. It prints the certified digest of an intact module. */
export const opensslCommand = (path: string, start: number, { length, mac }: Pick<BoringCryptoBuild, 'length' | 'mac'>): string => {
  const cut = start === 0 ? `head -c ${length} -- ${quoted(path)}` : `tail -c +${start + 1} -- ${quoted(path)} | head -c ${length}`
  return `${cut} | openssl dgst -${mac} -mac HMAC -macopt hexkey:${boringCryptoMacKey}`
}
