import { randomUUID } from 'node:crypto'
import { link, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'

const lockFile = '.sealing.lock'
const traces = /^\.sealing\.lock(\.guard)*(\.guard|\.[0-9a-f-]{36}\.tmp)$/
const stale = 120_000
const patience = 180_000

const mine = `${hostname()} ${process.pid}`

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** `left`: its holder is gone. Its process of this host has ended, or, where that cannot be told, nobody has touched it for two minutes. */
const stateOf = async (path: string): Promise<'free' | 'held' | 'left'> => {
  const handle = await open(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (!handle) return 'free'
  const [seen, holder] = await Promise.all([handle.stat(), handle.readFile('utf8')]).finally(() => handle.close())
  const [host, pid] = holder.split(' ')
  if (host !== hostname() || pid === undefined) return Date.now() - seen.mtimeMs > stale ? 'left' : 'held'
  try {
    process.kill(Number(pid), 0)
    return 'held'
  } catch (error) {
    return codeOf(error) === 'ESRCH' ? 'left' : 'held'
  }
}

/** How file systems without hard links refuse link(2): FAT and most of FUSE, network shares, overlays of two file systems. */
const hasNoLinks = (error: unknown): boolean => /^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS|EXDEV)$/.test(codeOf(error))

/** Makes a lock where there are no hard links: whoever is killed between the two steps leaves one that says nothing, and the next waits for it. */
const takeInTwoSteps = async (path: string): Promise<boolean> => {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') return undefined
    throw error
  })
  if (!handle) return false
  try {
    await handle.writeFile(mine).finally(() => handle.close())
    return true
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/** Makes a lock if there is none; gives whether it did. It names its holder from its first moment on, so that a holder who was killed is always known to be gone. */
const take = async (path: string): Promise<boolean> => {
  const written = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(written, mine, { flag: 'wx', mode: 0o600 })
    await link(written, path)
    return true
  } catch (error) {
    // Over a network the answer may get lost, and the question asked again finds what it made itself: the count of links tells (open(2), O_EXCL).
    if (codeOf(error) === 'EEXIST') return (await stat(written)).nlink > 1
    if (hasNoLinks(error)) return takeInTwoSteps(path)
    throw error
  } finally {
    await rm(written, { force: true })
  }
}

const busy = (path: string): FipsConformanceError =>
  new FipsConformanceError({
    code: 'SEALING_BUSY',
    what: 'another process seals a bundle in this folder, and does not end',
    where: path,
    remedy: `remove ${path} and ${path}.guard when no other run is under way`,
    exit: 3,
  })

const acquire = async (path: string, until: number): Promise<void> => {
  for (;;) {
    const state = await stateOf(path)
    if (state === 'left') {
      await takeAway(path, until)
      continue
    }
    if (state === 'free' && (await take(path))) return
    if (Date.now() > until) throw busy(path)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const holding = async <T>(path: string, until: number, work: () => Promise<T>): Promise<T> => {
  await acquire(path, until)
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/**
 * Takes away a lock whose holder is gone. Of several that find it at once, each alone may look once more and remove: else the second would remove the lock that the first
 * has made meanwhile. The guard is a lock like any other, so one that was killed while it held the guard is found to be gone in the same way.
 */
const takeAway = (path: string, until: number): Promise<void> =>
  holding(`${path}.guard`, until, async () => {
    if ((await stateOf(path)) === 'left') await rm(path, { force: true })
  })

/** Removes what takers of the lock had made when they were killed: files that no lock had become of yet, and guards. */
const tidy = async (dir: string, until: number): Promise<void> => {
  for (const name of await readdir(dir)) {
    const path = join(dir, name)
    if (!traces.test(name) || (await stateOf(path)) !== 'left') continue
    await (name.endsWith('.guard') ? takeAway(path, until) : rm(path, { force: true }))
  }
}

/**
 * One at a time in a folder of bundles: which run is the previous one must not change while a bundle is sealed. A lock whose holder is gone is taken away; wherever the
 * holder was killed, the next does not wait. @throws FipsConformanceError `SEALING_BUSY`
 */
export const withLock = <T>(dir: string, work: () => Promise<T>): Promise<T> => {
  const until = Date.now() + patience
  return holding(join(dir, lockFile), until, async () => {
    await tidy(dir, until)
    return work()
  })
}
