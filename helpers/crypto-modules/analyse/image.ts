/**
 * The bytes of a file as analysis sees them: all of them, or only the ranges that were kept. `bytes` gives exactly `length` bytes from `offset`,
 * or undefined where they are not at hand (outside the file, or not kept).
 */
export type Image = {
  /** Size of the whole file in bytes, also where only ranges of it are at hand. */
  size: number
  bytes: (offset: number, length: number) => Uint8Array | undefined
}

/** Bytes `offset` to `offset + bytes.length` of a file. */
export type Piece = { offset: number; bytes: Uint8Array }

const isRange = (offset: number, length: number): boolean =>
  Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0

/** A file that is wholly at hand. The bytes that it gives are views, not copies. */
export const wholeImage = (whole: Uint8Array): Image => ({
  size: whole.length,
  bytes: (offset, length) =>
    isRange(offset, length) && offset + length <= whole.length ? whole.subarray(offset, offset + length) : undefined,
})

/** A file of which only pieces are at hand; a request is met from one piece that covers it. */
export const sparseImage = (size: number, pieces: readonly Piece[]): Image => ({
  size,
  bytes: (offset, length) => {
    if (!isRange(offset, length) || offset + length > size) return undefined
    const piece = pieces.find((held) => held.offset <= offset && offset + length <= held.offset + held.bytes.length)
    return piece?.bytes.subarray(offset - piece.offset, offset - piece.offset + length)
  },
})

export type Range = { offset: number; length: number }

/** An image that notes what is read from it: what a reader has to keep so that the same analysis runs without the file. */
export const recordingImage = (image: Image): { image: Image; ranges: () => Range[] } => {
  const seen = new Map<string, Range>()
  return {
    image: {
      size: image.size,
      bytes: (offset, length) => {
        const bytes = image.bytes(offset, length)
        if (bytes !== undefined) seen.set(`${offset}+${length}`, { offset, length })
        return bytes
      },
    },
    ranges: () => [...seen.values()],
  }
}

/**
 * Ranges in the order of the file, those that overlap or lie at most `gap` bytes apart joined to one.
 * The result covers every given range by a single one, which is what `sparseImage` needs.
 */
export const joinRanges = (ranges: readonly Range[], gap: number): Range[] => {
  const joined: Range[] = []
  for (const { offset, length } of ranges.toSorted((a, b) => a.offset - b.offset || b.length - a.length)) {
    const last = joined.at(-1)
    if (last !== undefined && offset <= last.offset + last.length + gap) {
      last.length = Math.max(last.length, offset + length - last.offset)
    } else {
      joined.push({ offset, length })
    }
  }
  return joined
}
