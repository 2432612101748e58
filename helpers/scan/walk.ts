import { type Dirent, lstatSync, readdirSync, statfsSync } from 'node:fs'
import { fsPath, joinRaw, shownPath } from './raw-path.ts'

/** What a walk did not open, by kind; nothing is passed over without being counted. */
export type PassedOver = {
  symlinks: number
  /** Sockets, pipes, devices. */
  special: number
  /** Mounted views of the kernel (proc, sysfs, ...), as paths. */
  pseudo: string[]
  excluded: number
}

export const nothingPassedOver = (): PassedOver => ({ symlinks: 0, special: 0, pseudo: [], excluded: 0 })

/** Paths are raw and relative to the walked directory; sizes in bytes. `identity` is the same for hard links of one file. */
export type Walked = { kind: 'file'; path: string; size: number; identity: string } | { kind: 'unreadable'; path: string; reason: string }

// statfs(2) f_type of what the kernel shows as files and no program is stored in (linux/magic.h).
const pseudoFileSystems = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11, 0x1cd1, 0x19800202, 0x6e736673, 0x42494e4d,
  0xde5e81e4, 0x50495045,
])

const isPseudo = (path: string | Buffer): boolean => pseudoFileSystems.has(Number(statfsSync(path).type) >>> 0)

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1)

const entriesOf = (directory: string): { name: string; entry: Dirent<Buffer> }[] =>
  readdirSync(fsPath(directory), { withFileTypes: true, encoding: 'buffer' })
    .map((entry) => ({ name: entry.name.toString('latin1'), entry }))
    .toSorted(byName)

/**
 * Every regular file below a directory, in the order of its names. Symbolic links are never followed, so the walk cannot leave the directory; views of the kernel
 * are not entered. What is not opened is counted in `passed`.
 */
export const walk = function* (root: string, isExcluded: (path: string) => boolean, passed: PassedOver): Generator<Walked> {
  const start = lstatSync(fsPath(root))
  const pending: { path: string; device: number }[] = [{ path: '', device: start.dev }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path: directory, device } = next
    let entries: ReturnType<typeof entriesOf>
    try {
      entries = entriesOf(joinRaw(root, directory))
    } catch (error) {
      if (directory === '') throw error
      yield { kind: 'unreadable', path: directory, reason: `the directory cannot be read: ${reasonOf(error)}` }
      continue
    }
    const below: { path: string; device: number }[] = []
    for (const { name, entry } of entries) {
      const path = joinRaw(directory, name)
      if (isExcluded(shownPath(path))) {
        passed.excluded++
        continue
      }
      if (entry.isSymbolicLink()) {
        passed.symlinks++
        continue
      }
      if (entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice()) {
        passed.special++
        continue
      }
      const whole = fsPath(joinRaw(root, path))
      try {
        const found = lstatSync(whole)
        if (found.isDirectory()) {
          if (found.dev !== device && isPseudo(whole)) passed.pseudo.push(shownPath(path))
          else below.push({ path, device: found.dev })
        } else if (found.isFile()) yield { kind: 'file', path, size: found.size, identity: `${found.dev}:${found.ino}` }
        else if (found.isSymbolicLink()) passed.symlinks++
        else passed.special++
      } catch (error) {
        yield { kind: 'unreadable', path, reason: reasonOf(error) }
      }
    }
    pending.push(...below.toReversed())
  }
}
