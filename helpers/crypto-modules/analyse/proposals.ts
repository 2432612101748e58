import { type Elf, segmentAt } from './elf.ts'
import type { Image } from './image.ts'
import { digestNeedle, type Found, selfTestNeedle } from './search.ts'
import { type ProposedBlock, proposeBlock } from './self-checking-block.ts'

/**
 * Places that are costly to find and cheap to check, as a look at the whole file found them. Nothing here is believed: analysis computes every one of them again from
 * the bytes that it names, so these bytes are all that has to be kept.
 */
export type Proposals = {
  /** A module of no known build. */
  block?: ProposedBlock
}

/** What is looked for beyond needles and names. Needs the whole file. */
export const propose = (image: Image, elf: Elf, { needles }: Found): Proposals => {
  const isCode = (offset: number): boolean => segmentAt(elf, offset, 1)?.executable === true
  const isKnown = needles.some(({ id, offsets }) => id.startsWith(digestNeedle) && offsets.some(isCode))
  const texts = (needles.find(({ id }) => id === selfTestNeedle)?.offsets ?? []).filter(isCode)
  const block = isKnown ? undefined : proposeBlock(image, elf, texts)
  return { ...(block === undefined ? {} : { block }) }
}
