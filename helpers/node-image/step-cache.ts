import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { docker } from '../host/docker.ts'

/** Twelve hexadecimal digits that change when any input changes. */
export const inputKey = (inputs: unknown): string => createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 12)

/**
 * A directory made once for given inputs: `<root>/<name>-<key>`. It appears whole or not at all: it is made beside its place and renamed.
 * `make` is handed the directory to fill.
 */
export const cachedDirectory = async (
  root: string,
  name: string,
  inputs: unknown,
  make: (directory: string) => Promise<void>,
): Promise<{ directory: string; key: string; cached: boolean }> => {
  const key = inputKey(inputs)
  const directory = join(root, `${name}-${key}`)
  if (existsSync(directory)) {
    // Its time tells when it was used last (unused.ts).
    await utimes(directory, new Date(), new Date())
    return { directory, key, cached: true }
  }
  const draft = `${directory}.draft-${process.pid}-${randomBytes(3).toString('hex')}`
  await mkdir(draft, { recursive: true })
  try {
    await make(draft)
    await rename(draft, directory).catch((error: NodeJS.ErrnoException) => {
      // Another run made the same thing meanwhile: either copy will do.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return { directory, key, cached: false }
}

/** An image of the local engine made once for given inputs, tagged `fips-conformance/<name>:<key>`; `make` is handed the tag to make. */
export const cachedImage = async (
  name: string,
  inputs: unknown,
  make: (tag: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<{ tag: string; key: string; cached: boolean }> => {
  const key = inputKey(inputs)
  const tag = `fips-conformance/${name}:${key}`
  if (await imageExists(tag, signal)) {
    // The engine remembers when an image was tagged last: that tells when it was used (unused.ts).
    await docker(['image', 'tag', tag, tag], { signal })
    return { tag, key, cached: true }
  }
  await make(tag)
  return { tag, key, cached: false }
}

/** Whether the local engine has an image; the engine is asked for a list, so that «no such image» and «no engine» stay apart. */
export const imageExists = async (reference: string, signal?: AbortSignal): Promise<boolean> =>
  (await docker(['image', 'ls', '--quiet', '--filter', `reference=${reference}`], { signal })) !== ''
