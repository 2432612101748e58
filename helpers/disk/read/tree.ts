import type { Debugfs } from './debugfs.ts'

/** A file, a link or a directory of a disk. Paths have one character for each byte; `size` in bytes. */
export type DiskEntry = { path: string; inode: number; kind: 'file' | 'link' | 'directory'; size: number }

/** Everything that lies on a disk, by path, and what could not be read of it. */
export type DiskTree = { entries: readonly DiskEntry[]; notRead: readonly { path: string; why: string }[] }

const rootInode = 2
/** More than a node has by far: a disk that somebody prepared must not take all memory. */
const maximum = 2_000_000

const kinds: Readonly<Record<string, DiskEntry['kind']>> = { '10': 'file', '12': 'link', '04': 'directory' }

/** Parses what `ls -p` of debugfs prints of one directory: /inode/mode/uid/gid/name/size/. Undefined where it is something else. */
export const parseDirectory = (printed: string, path: string): DiskEntry[] | undefined => {
  // A name may hold a line break, never a slash; an entry that is not used (inode 0) has none.
  const record = /\/(\d+)\/([0-7]{6})\/-?\d+\/-?\d+\/([^/]*)\/(\d*)\/\n/gy
  const entries: DiskEntry[] = []
  let end = 0
  for (let found = record.exec(printed); found; found = record.exec(printed)) {
    end = record.lastIndex
    const [, inode, mode = '', name = '', size] = found
    const kind = kinds[mode.slice(0, 2)]
    if (name === '.' || name === '..' || Number(inode) === 0) continue
    if (name === '') return undefined
    // Devices, sockets and pipes hold no bytes.
    if (kind === undefined) continue
    entries.push({ path: `${path}/${name}`, inode: Number(inode), kind, size: Number(size) })
  }
  return printed.slice(end).trim() === '' && end > 0 ? entries : undefined
}

/** Lists a disk from its root on, a level at a time. */
export const readTree = async (disk: Pick<Debugfs, 'ask'>, note: (text: string) => void = () => undefined): Promise<DiskTree> => {
  const entries: DiskEntry[] = []
  const notRead: { path: string; why: string }[] = []
  const seen = new Set([rootInode])
  let open: { path: string; inode: number }[] = [{ path: '', inode: rootInode }]
  while (open.length > 0 && entries.length < maximum) {
    const printed = await disk.ask(open.map(({ inode }) => `ls -p <${inode}>`))
    const next: typeof open = []
    for (const [index, { path }] of open.entries()) {
      const found = parseDirectory(printed[index] ?? '', path)
      if (found === undefined) notRead.push({ path: path || '/', why: 'its entries cannot be read' })
      for (const entry of found ?? []) {
        entries.push(entry)
        if (entry.kind !== 'directory') continue
        // A directory that is in itself would never end.
        if (seen.has(entry.inode)) notRead.push({ path: entry.path, why: 'a directory that was listed already' })
        else next.push(entry)
        seen.add(entry.inode)
      }
    }
    open = next
    note(`${entries.length} entries`)
  }
  if (open.length > 0) notRead.push({ path: '/', why: `more than ${maximum} entries: the rest was not looked at` })
  return { entries, notRead }
}
