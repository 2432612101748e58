import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** How a file is opened that somebody else may have put there: where it is a named pipe nobody waits for its other end, and it is empty (open(2), O_NONBLOCK). */
export const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK

const chunkSize = 256 * 1024

/**
 * The bytes of a file, one chunk after the other in one and the same buffer: a chunk holds good until the next one is asked for, and whoever keeps of it takes a copy. A stream would leave a
 * buffer behind for each chunk of files that are hundreds of megabytes long.
 */
export async function* chunksOf(path: string, buffer: Uint8Array = new Uint8Array(chunkSize)): AsyncGenerator<Uint8Array> {
  const file = await open(path, withoutWaiting)
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
