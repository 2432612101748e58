import { createHash } from 'node:crypto'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chunksOf } from './read-chunks.ts'

/** One file of a bundle: its path with `/`, its size in bytes, its SHA-256 in lower-case hex. */
export type HashedFile = { path: string; size: number; sha256: string }

/** What lies in a bundle's folder; `refused` is what must not: links, devices, sockets, names that lead elsewhere. */
export type Listing = { files: string[]; refused: { path: string; why: string }[] }

const segment = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/

/** A relative path of plain names, as every file of a bundle has one: no leading dot, no `..`, no absolute path, no backslash. */
export const isPlainPath = (path: string): boolean => path.split('/').every((name) => segment.test(name))

/** Plain comparison by UTF-16 code units, the order of RFC 8785; never a locale's. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const whyRefused = (path: string, stats: Awaited<ReturnType<typeof lstat>>): string | undefined => {
  if (stats.isSymbolicLink()) return 'it is a symbolic link'
  if (!isPlainPath(path)) return 'its name is none that a bundle has'
  if (!stats.isFile() && !stats.isDirectory()) return 'it is neither a file nor a folder'
  return undefined
}

/** Every file under a folder, sorted; nothing is followed. */
export const listFiles = async (dir: string): Promise<Listing> => {
  const listing: Listing = { files: [], refused: [] }
  const walk = async (folder: string): Promise<void> => {
    for (const name of (await readdir(join(dir, folder))).sort(byText)) {
      const path = folder === '' ? name : `${folder}/${name}`
      const stats = await lstat(join(dir, path)).catch((error: NodeJS.ErrnoException) => {
        // A name that is no UTF-8 has no text by which it could be asked for, and a path may be too long.
        if (error.code === 'ENOENT' || error.code === 'ENAMETOOLONG') return undefined
        throw error
      })
      const why = stats ? whyRefused(path, stats) : 'it cannot be reached by this name'
      if (why !== undefined) listing.refused.push({ path, why })
      else if (stats?.isDirectory()) await walk(path)
      else listing.files.push(path)
    }
  }
  await walk('')
  listing.files.sort(byText)
  return listing
}

/** Size and digest of one file, read in chunks. */
const hashFile = async (dir: string, path: string, buffer: Uint8Array): Promise<HashedFile> => {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of chunksOf(join(dir, path), buffer)) {
    size += chunk.byteLength
    hash.update(chunk)
  }
  return { path, size, sha256: hash.digest('hex') }
}

/** The same for many files, eight at a time, in the order of the paths. */
export const hashFiles = async (dir: string, paths: readonly string[]): Promise<HashedFile[]> => {
  const hashed: HashedFile[] = new Array(paths.length)
  let next = 0
  const worker = async (): Promise<void> => {
    const buffer = new Uint8Array(64 * 1024)
    for (let at = next++; at < paths.length; at = next++) {
      const path = paths[at]
      if (path !== undefined) hashed[at] = await hashFile(dir, path, buffer)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  return hashed
}
