import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Files of this machine, found by what they hold: a node's file with the same SHA-256 has the same bytes, which then need not travel. */
export type LocalFiles = {
  hasSize(size: number): Promise<boolean>
  /** The bytes of a file of this size with this SHA-256 (hexadecimal); undefined where there is none. */
  withDigest(size: number, sha256: string): Promise<(() => AsyncIterable<Uint8Array>) | undefined>
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^(ENOENT|ENOTDIR|EACCES)$/.test(String(error.code))

const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

/** The files of directories that fit a pattern, by size. Digests are computed when they are asked for, and once. */
export const localFiles = (directories: readonly string[]): LocalFiles => {
  const digests = new Map<string, Promise<string>>()
  let listed: Promise<Map<number, string[]>> | undefined

  const list = async (): Promise<Map<number, string[]>> => {
    const bySize = new Map<number, string[]>()
    for (const directory of directories) {
      const names = await readdir(directory).catch((error: unknown) => {
        if (isAbsent(error)) return []
        throw error
      })
      for (const name of names) {
        const path = join(directory, name)
        const found = await stat(path).catch((error: unknown) => {
          if (isAbsent(error)) return undefined
          throw error
        })
        if (found?.isFile()) bySize.set(found.size, [...(bySize.get(found.size) ?? []), path])
      }
    }
    return bySize
  }
  const ofSize = async (size: number): Promise<readonly string[]> => {
    listed ??= list()
    return (await listed).get(size) ?? []
  }
  return {
    hasSize: async (size) => (await ofSize(size)).length > 0,
    withDigest: async (size, sha256) => {
      for (const path of await ofSize(size)) {
        const known = digests.get(path) ?? sha256Of(path)
        digests.set(path, known)
        if ((await known) === sha256) return () => createReadStream(path, { highWaterMark: 1024 * 1024 })
      }
      return undefined
    },
  }
}
