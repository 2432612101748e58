import { createHash, randomUUID } from 'node:crypto'
import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { blobPath } from './layout.ts'
import { type Content, inChunks, isWhole } from './pieces.ts'

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/**
 * Writes a whole file or nothing: a temporary file beside it, then rename(2), which replaces in one step within a folder.
 * Whoever is killed in between leaves a name that starts with a dot and ends with `.tmp`. `flush` also waits for the disk.
 */
export const writeAtomically = async (path: string, content: Content, { flush = true, mode = 0o666 } = {}): Promise<void> => {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await writeFile(temporary, isWhole(content) ? content : inChunks(content), { flag: 'wx', flush, mode })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Lower-case hex SHA-256. */
export const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/**
 * Stores bytes under their SHA-256 in the bundle and gives that name back. What is there already is left alone; when several writers
 * store the same bytes at once each renames a whole file over an equal one, so a reader never sees half a blob.
 */
export const storeBlob = async (bundle: string, bytes: Uint8Array): Promise<string> => {
  const name = sha256Hex(bytes)
  const path = blobPath(bundle, name)
  const there = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  // The name was made from these bytes before anything waited: should their owner change them meanwhile, the reader's check finds it.
  if (there?.size !== bytes.byteLength) await writeAtomically(path, bytes, { flush: false })
  return name
}
