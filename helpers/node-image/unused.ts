import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { docker } from '../host/docker.ts'

// A nightly job builds a node image of a gigabyte for each change of its inputs. What nobody has used for this long goes with the next sweep.

/** Days for which an unused part of the cache stays. */
export const unusedDays = 14

/** A part of the cache that no run has used for a while. `since`: RFC 3339. */
export type Unused = { what: 'image' | 'directory'; name: string; since: string }

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Directories of build steps whose last use lies before a time. */
export const unusedSteps = async (steps: string, before: Date): Promise<Unused[]> => {
  const names = await readdir(steps).catch((error: unknown) => {
    if (isAbsent(error)) return []
    throw error
  })
  const looked = await Promise.all(
    names.map(async (name): Promise<Unused[]> => {
      const path = join(steps, name)
      const { mtime } = await stat(path).catch((error: unknown) => {
        // Another sweep was quicker.
        if (isAbsent(error)) return { mtime: before }
        throw error
      })
      return mtime < before ? [{ what: 'directory', name: path, since: mtime.toISOString() }] : []
    }),
  )
  return looked.flat()
}

const imagesSchema = z.array(
  z.object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Created: z.string(),
    Metadata: z.object({ LastTagTime: z.string().nullish() }).nullish(),
  }),
)

/** Images of ours whose last use lies before a time, but those that a container still has. Podman keeps no such time: there it is the day they were made. */
export const unusedImages = async (before: Date, signal?: AbortSignal): Promise<Unused[]> => {
  const lines = async (argv: readonly string[]): Promise<string[]> => [
    ...new Set((await docker([...argv], { signal })).split('\n').filter(Boolean)),
  ]
  const ids = await lines(['image', 'ls', '--quiet', '--no-trunc', '--filter', 'reference=fips-conformance/*'])
  if (ids.length === 0) return []
  const containers = await lines(['container', 'ls', '--all', '--quiet'])
  const used = new Set(containers.length === 0 ? [] : await lines(['container', 'inspect', '--format', '{{.Image}}', ...containers]))
  return imagesSchema.parse(JSON.parse(await docker(['image', 'inspect', ...ids], { signal }))).flatMap((image): Unused[] => {
    const tagged = image.Metadata?.LastTagTime
    const since = new Date(tagged !== null && tagged !== undefined && !tagged.startsWith('0001') ? tagged : image.Created)
    if (since >= before || used.has(image.Id)) return []
    return (image.RepoTags ?? [])
      .filter((tag) => tag.startsWith('fips-conformance/'))
      .map((name): Unused => ({ what: 'image', name, since: since.toISOString() }))
  })
}

/** Removes parts of the cache. */
export const removeUnused = async (unused: readonly Unused[], signal?: AbortSignal): Promise<void> => {
  const images = unused.flatMap(({ what, name }) => (what === 'image' ? [name] : []))
  if (images.length > 0) await docker(['image', 'rm', ...images], { signal })
  for (const { what, name } of unused) if (what === 'directory') await rm(name, { recursive: true, force: true })
}
