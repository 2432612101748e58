import { readSync } from 'node:fs'
import type { Image } from '../crypto-modules/analyse/image.ts'

/** What one read of the analysis may ask for at most; the longest honest one is a table of functions' names. */
const maximumRead = 96 * 1024 * 1024

/** Fills `into` from a place of an open file; gives how many bytes there were. */
export const readFully = (file: number, into: Uint8Array, offset: number): number => {
  let filled = 0
  while (filled < into.length) {
    const got = readSync(file, into, filled, into.length - filled, offset + filled)
    if (got === 0) break
    filled += got
  }
  return filled
}

/** Bytes `base` to `base + size` of an open file, as analysis sees them: each request is read when it is made, nothing is held. */
export const fileImage = (file: number, base: number, size: number): Image => ({
  size,
  bytes: (offset, length) => {
    const isInside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 && offset + length <= size
    if (!isInside || length > maximumRead) return undefined
    const bytes = new Uint8Array(length)
    return readFully(file, bytes, base + offset) === length ? bytes : undefined
  },
})
