import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { FileSource } from './executable.ts'

/**
 * A file of this machine. The size that the file system states for it spares a copy in memory and shows a cut read; files without one (of /proc, pipes) have none.
 * A file that cannot be asked for its size fails when it is opened, and so becomes a reading that says why.
 */
export const localFile = async (path: string): Promise<FileSource> => {
  const size = await stat(path).then(
    (found) => (found.isFile() && found.size > 0 ? found.size : undefined),
    () => undefined,
  )
  return {
    path,
    means: 'file of this machine',
    ...(size === undefined ? {} : { size }),
    open: (signal) => createReadStream(path, { signal, highWaterMark: 1024 * 1024 }),
  }
}
