import { open } from 'node:fs/promises'

/** A document in parts, in their order, made one after the other as they are asked for: a long one never stands in memory as a whole. No part ends in the middle of a character. */
export type Pieces = Iterable<string>

const chunkLength = 64 * 1024

/** The same text in fewer parts, each of at least 64 Ki UTF-16 code units but the last. */
export function* inChunks(pieces: Pieces): Generator<string> {
  let held = ''
  for (const piece of pieces) {
    held += piece
    if (held.length < chunkLength) continue
    yield held
    held = ''
  }
  if (held !== '') yield held
}

/** What a report is handed over as: in one, or in parts. */
export type Content = string | Uint8Array | Pieces

export const isWhole = (content: Content): content is string | Uint8Array => typeof content === 'string' || content instanceof Uint8Array

const chunksOf = (content: Content): Iterable<string | Uint8Array> => (isWhole(content) ? [content] : inChunks(content))

const encoder = new TextEncoder()

/** Whether a file holds just these bytes (texts as UTF-8); reads and makes no more than up to the first difference. */
export const fileHolds = async (path: string, content: Content): Promise<boolean> => {
  const file = await open(path, 'r')
  try {
    let encoded = new Uint8Array()
    let buffer = new Uint8Array()
    for (const chunk of chunksOf(content)) {
      // The same two buffers for every chunk: a document of hundreds of megabytes would leave behind as much.
      if (typeof chunk === 'string' && encoded.length < 3 * chunk.length) encoded = new Uint8Array(3 * chunk.length)
      const bytes = typeof chunk === 'string' ? encoded.subarray(0, encoder.encodeInto(chunk, encoded).written) : chunk
      if (buffer.length < bytes.length) buffer = new Uint8Array(bytes.length)
      for (let filled = 0; filled < bytes.length; ) {
        const { bytesRead } = await file.read(buffer, filled, bytes.length - filled, null)
        if (bytesRead === 0) return false
        filled += bytesRead
      }
      if (Buffer.compare(bytes, buffer.subarray(0, bytes.length)) !== 0) return false
    }
    return (await file.read(new Uint8Array(1), 0, 1, null)).bytesRead === 0
  } finally {
    await file.close()
  }
}
