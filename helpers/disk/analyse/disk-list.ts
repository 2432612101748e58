import { unescapedPath } from './listed-executables.ts'

/** A file of a disk that was read whole from outside. `changed`: when its inode was last changed (ctime), in seconds since 1970, by the clock of the machine. */
export type DiskFile = { path: string; sha256: string; size: number; inode: number; changed: number }

/** What a disk, read from outside, holds of programs and libraries. */
export type DiskList = {
  files: readonly DiskFile[]
  /** Symbolic links that lie on the way to a component, with where they lead. */
  links: ReadonlyMap<string, string>
  notRead: readonly { path: string; why: string }[]
  /** Directories and files that were listed, and bytes that were read. */
  counts: { directories: number; files: number; bytes: number }
}

/**
 * Parses the list that helpers/disk/read/disk-files.ts makes, one record a line, fields split by tabs, paths as escapedPath spells them:
 *   F sha256 size inode ctime path   a program or library, or what lies where a component was seen to run
 *   L path target                    a symbolic link
 *   M path why                       what was not read
 *   C directories files bytes        what was seen
 *   Z                                the end; without it the list was cut short
 */
export const parseDiskList = (text: string): DiskList => {
  const files: DiskFile[] = []
  const links = new Map<string, string>()
  const notRead: { path: string; why: string }[] = []
  const counts = { directories: 0, files: 0, bytes: 0 }
  let isWhole = false
  for (const line of text.split('\n').filter(Boolean)) {
    const [record, first = '', second = '', third = '', fourth = '', fifth = ''] = line.split('\t')
    if (record === 'Z') isWhole = true
    else if (record === 'F' && /^[0-9a-f]{64}$/.test(first) && [second, third, fourth].every((field) => /^\d+$/.test(field)))
      files.push({ path: unescapedPath(fifth), sha256: first, size: Number(second), inode: Number(third), changed: Number(fourth) })
    else if (record === 'L') links.set(unescapedPath(first), unescapedPath(second))
    else if (record === 'M') notRead.push({ path: unescapedPath(first), why: second })
    else if (record === 'C' && /^\d+$/.test(first)) {
      counts.directories = Number(first)
      counts.files = Number(second)
      counts.bytes = Number(third)
    } else notRead.push({ path: '', why: `a record that cannot be read: ${line.slice(0, 80)}` })
  }
  if (!isWhole) notRead.push({ path: '', why: 'the list of the disk was cut short' })
  return { files, links, notRead, counts }
}

/** As many links as the kernel follows (path_resolution(7)). */
const mostLinks = 40

/** Where a path leads once its links are followed; `missing` is a link on the way whose target is not known yet. */
export const resolvePath = (
  path: string,
  targetOf: (path: string) => string | 'not a link' | undefined,
): { path: string } | { missing: string } | { loop: true } => {
  let followed = 0
  let done: string[] = []
  let left = path.split('/').filter((part) => part !== '' && part !== '.')
  while (left.length > 0) {
    const [part = '', ...rest] = left
    left = rest
    if (part === '..') {
      done = done.slice(0, -1)
      continue
    }
    const here = `/${[...done, part].join('/')}`
    const target = targetOf(here)
    if (target === undefined) return { missing: here }
    if (target === 'not a link') {
      done.push(part)
      continue
    }
    if (++followed > mostLinks) return { loop: true }
    if (target.startsWith('/')) done = []
    left = [...target.split('/').filter((each) => each !== '' && each !== '.'), ...left]
  }
  return { path: `/${done.join('/')}` }
}
