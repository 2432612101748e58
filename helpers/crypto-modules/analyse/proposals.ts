import type { BoringCryptoBuild } from '../../policy/modules.ts'
import { decisiveCandidate, examineCandidates } from './boringcrypto.ts'
import { type Elf, segmentAt } from './elf.ts'
import { fipsInfosAt } from './fips-info.ts'
import type { Image } from './image.ts'
import type { ProposedChain } from './module-program.ts'
import { proposeCalls } from './propose-calls.ts'
import { type Found, fipsInfoNeedle, offsetsOf, selfTestNeedle } from './search.ts'
import { type ProposedBlock, proposeBlock } from './self-checking-block.ts'

/**
 * Places that are costly to find and cheap to check, as a look at the whole file found them. Nothing here is believed: analysis computes every one of them again from
 * the bytes that it names, so these bytes are all that has to be kept.
 */
export type Proposals = {
  /** A module of no known build. */
  block?: ProposedBlock
  /** Chains of calls into the module, known or not. */
  calls: ProposedChain[]
}

/** What is looked for beyond needles and names. Needs the whole file. `candidates`: the places of known digests, where they were examined before. */
export const propose = (
  image: Image,
  elf: Elf,
  found: Found,
  builds: readonly BoringCryptoBuild[],
  candidates = examineCandidates(image, elf, builds, found.needles),
): Proposals => {
  const records = fipsInfosAt(image, elf, offsetsOf(found, fipsInfoNeedle))
  const known = decisiveCandidate(candidates)
  const isCode = (offset: number): boolean => segmentAt(elf, offset, 1)?.executable === true
  if (known?.state === 'intact' || known?.state === 'modified') {
    return { calls: proposeCalls(image, elf, found, records, { start: known.start, length: known.build.length }) }
  }
  const texts = offsetsOf(found, selfTestNeedle).filter(isCode)
  const block = proposeBlock(image, elf, texts)
  return block === undefined ? { calls: [] } : { block, calls: proposeCalls(image, elf, found, records, block) }
}
