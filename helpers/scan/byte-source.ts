import { closeSync, constants, openSync, readSync } from 'node:fs'
import { fsPath } from './raw-path.ts'

/** Bytes that are taken one after the other, from a part of a file or from a stream. */
export type ByteSource = {
  /** How many bytes were taken or passed over. */
  position: () => number
  /** The next `length` bytes, fewer only where the source ends. */
  read: (length: number) => Promise<Uint8Array>
  /** Passes over `length` bytes; fewer only where the source ends. Gives how many. */
  skip: (length: number) => Promise<number>
  close: () => void
}

/** Bytes `offset` to `offset + size` of a file; passing over costs nothing. */
export const fileSource = (path: string, offset: number, size: number): ByteSource => {
  const file = openSync(fsPath(path), constants.O_RDONLY)
  let at = 0
  return {
    position: () => at,
    read: async (length) => {
      const bytes = new Uint8Array(Math.min(length, size - at))
      let filled = 0
      while (filled < bytes.length) {
        const got = readSync(file, bytes, filled, bytes.length - filled, offset + at)
        if (got === 0) break
        filled += got
        at += got
      }
      return bytes.subarray(0, filled)
    },
    skip: async (length) => {
      const passed = Math.min(length, size - at)
      at += passed
      return passed
    },
    close: () => closeSync(file),
  }
}

/** What comes out of an iterable of chunks. */
export const streamSource = (chunks: AsyncIterable<Uint8Array>, onClose: () => void = () => undefined): ByteSource => {
  const iterator = chunks[Symbol.asyncIterator]()
  let held: Uint8Array = new Uint8Array()
  let at = 0
  /** Up to `length` bytes of one chunk; none at the end. */
  const some = async (length: number): Promise<Uint8Array> => {
    if (length === 0) return new Uint8Array()
    while (held.length === 0) {
      const next = await iterator.next()
      if (next.done) return held
      held = next.value
    }
    const taken = held.subarray(0, length)
    held = held.subarray(taken.length)
    at += taken.length
    return taken
  }
  return {
    position: () => at,
    read: async (length) => {
      const first = await some(length)
      if (first.length === length || first.length === 0) return first
      const bytes = new Uint8Array(length)
      bytes.set(first)
      let filled = first.length
      while (filled < length) {
        const more = await some(length - filled)
        if (more.length === 0) break
        bytes.set(more, filled)
        filled += more.length
      }
      return bytes.subarray(0, filled)
    },
    skip: async (length) => {
      let passed = 0
      while (passed < length) {
        const more = await some(length - passed)
        if (more.length === 0) break
        passed += more.length
      }
      return passed
    },
    close: onClose,
  }
}

/** The same source, with bytes that were taken to look at them put back in front. Its position counts from the first of these. */
export const pushedBack = (head: Uint8Array, source: ByteSource): ByteSource => {
  let left = head
  const start = source.position() - head.length
  return {
    position: () => source.position() - left.length - start,
    read: async (length) => {
      if (left.length === 0) return source.read(length)
      const own = left.subarray(0, length)
      left = left.subarray(own.length)
      if (own.length === length) return own
      const rest = await source.read(length - own.length)
      const bytes = new Uint8Array(own.length + rest.length)
      bytes.set(own)
      bytes.set(rest, own.length)
      return bytes
    },
    skip: async (length) => {
      const own = Math.min(length, left.length)
      left = left.subarray(own)
      return own === length ? own : own + (await source.skip(length - own))
    },
    close: source.close,
  }
}
