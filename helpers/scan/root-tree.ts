/** One entry of a layer as it is applied. Paths are raw, as the archive has them; they may be anything. */
export type LayerEntry<File> =
  | { type: 'file'; path: string; file: File }
  | { type: 'hard-link' | 'symlink'; path: string; link: string }
  | { type: 'directory' | 'special'; path: string }

type Directory<File> = { type: 'directory'; children: Map<string, Node<File>> }
type Node<File> =
  | Directory<File>
  | { type: 'file'; file: File }
  | { type: 'symlink'; target: string }
  | { type: 'special' }
  | { type: 'dangling'; link: string }

/** What stands in a root file system when all layers are applied. */
export type RootTree<File> = {
  root: Directory<File>
  /** Entries that were seen, over all layers. */
  entries: number
  /** Files that have no place: their path names nothing, or leads through links that go in circles. */
  lost: string[]
}

export const emptyTree = <File>(): RootTree<File> => ({ root: { type: 'directory', children: new Map() }, entries: 0, lost: [] })

/** Linux follows at most 40 links on one way (path_resolution(7)). */
const maximumLinks = 40
const maximumDepth = 2048

const whiteout = '.wh.'
const opaque = '.wh..wh..opq'

/** The names of a path, taken from the root: `.` says nothing, `..` cannot leave the root (as container runtimes take them). */
export const namesOf = (path: string): string[] => {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names
}

/** The names behind all links on the way, within the root; undefined where they go round in circles. Nothing need be there. */
const resolve = <File>(root: Directory<File>, path: readonly string[]): string[] | undefined => {
  let links = 0
  const ahead = path.toReversed()
  let way: string[] = []
  let nodes: (Node<File> | undefined)[] = [root]
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === '..') {
      way = way.slice(0, -1)
      if (nodes.length > 1) nodes = nodes.slice(0, -1)
      continue
    }
    if (name === '' || name === '.') continue
    const here = nodes.at(-1)
    const node = here?.type === 'directory' ? here.children.get(name) : undefined
    if (node?.type === 'symlink') {
      links++
      if (links > maximumLinks) return undefined
      if (node.target.startsWith('/')) {
        way = []
        nodes = [root]
      }
      ahead.push(...node.target.split('/').toReversed())
      continue
    }
    if (way.length >= maximumDepth) return undefined
    way.push(name)
    nodes.push(node)
  }
  return way
}

const directoryAt = <File>(root: Directory<File>, names: readonly string[], make: boolean): Directory<File> | undefined => {
  let here = root
  for (const name of names) {
    const next = here.children.get(name)
    if (next?.type === 'directory') here = next
    else if (!make) return undefined
    else {
      const made: Directory<File> = { type: 'directory', children: new Map() }
      here.children.set(name, made)
      here = made
    }
  }
  return here
}

const nodeAt = <File>(root: Directory<File>, path: string): Node<File> | undefined => {
  const names = namesOf(path)
  const name = names.pop()
  const parent = resolve(root, names)
  return name === undefined || parent === undefined ? undefined : directoryAt(root, parent, false)?.children.get(name)
}

/**
 * Applies one layer to what the layers below it left (OCI image specification, layer.md): `.wh.NAME` takes NAME of the lower layers away, `.wh..wh..opq` all that they
 * have in its directory; both say nothing of the layer's own entries, whatever their order. A parent that is a symbolic link is followed within the root.
 * Where one layer names a path twice, the later entry counts. `isLayer` false (the archive of a root file system): such names are names like others.
 */
export const applyLayer = <File>(tree: RootTree<File>, entries: readonly LayerEntry<File>[], isLayer = true): void => {
  const { root } = tree
  const place = (path: string, make: boolean): { parent: Directory<File>; name: string } | undefined => {
    const names = namesOf(path)
    const name = names.pop()
    const way = name === undefined ? undefined : resolve(root, names)
    const parent = way && directoryAt(root, way, make)
    return parent && name !== undefined ? { parent, name } : undefined
  }
  const isWhiteout = ({ path }: LayerEntry<File>): boolean => isLayer && path.slice(path.lastIndexOf('/') + 1).startsWith(whiteout)
  for (const entry of entries.filter(isWhiteout)) {
    const found = place(entry.path, false)
    if (found === undefined) continue
    if (found.name === opaque) found.parent.children.clear()
    else found.parent.children.delete(found.name.slice(whiteout.length))
  }
  for (const entry of entries) {
    tree.entries++
    if (isWhiteout(entry)) continue
    const found = place(entry.path, true)
    if (found === undefined) {
      if (entry.type === 'file' || entry.type === 'hard-link') tree.lost.push(entry.path)
      continue
    }
    const { parent, name } = found
    switch (entry.type) {
      case 'directory':
        if (parent.children.get(name)?.type !== 'directory') parent.children.set(name, { type: 'directory', children: new Map() })
        break
      case 'file':
        parent.children.set(name, { type: 'file', file: entry.file })
        break
      case 'symlink':
        parent.children.set(name, { type: 'symlink', target: entry.link })
        break
      case 'hard-link': {
        const target = nodeAt(root, entry.link)
        parent.children.set(name, target === undefined || target.type === 'directory' ? { type: 'dangling', link: entry.link } : target)
        break
      }
      case 'special':
        parent.children.set(name, { type: 'special' })
        break
      default:
        entry satisfies never
    }
  }
}

/** The file that a path leads to, links followed within the root. */
export const fileAt = <File>({ root }: RootTree<File>, path: string): File | undefined => {
  const way = resolve(root, namesOf(path))
  const name = way?.pop()
  const node = way === undefined || name === undefined ? undefined : directoryAt(root, way, false)?.children.get(name)
  return node?.type === 'file' ? node.file : undefined
}

/** Names in the folder that a path leads to, links followed within the root; none where it is no folder. */
export const namesIn = <File>({ root }: RootTree<File>, path: string): string[] => {
  const way = resolve(root, namesOf(path))
  return [...((way && directoryAt(root, way, false))?.children.keys() ?? [])]
}

/** What can be seen in the tree: files by path, in the order of their names, and the others as counts. */
export type Visible<File> = {
  files: { path: string; file: File }[]
  dangling: { path: string; link: string }[]
  symlinks: number
  special: number
}

export const visibleIn = <File>({ root }: RootTree<File>): Visible<File> => {
  const found: Visible<File> = { files: [], dangling: [], symlinks: 0, special: 0 }
  const pending: { path: string; directory: Directory<File> }[] = [{ path: '', directory: root }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const below: typeof pending = []
    for (const [name, node] of [...next.directory.children].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const path = next.path === '' ? name : `${next.path}/${name}`
      if (node.type === 'directory') below.push({ path, directory: node })
      else if (node.type === 'file') found.files.push({ path, file: node.file })
      else if (node.type === 'dangling') found.dangling.push({ path, link: node.link })
      else if (node.type === 'symlink') found.symlinks++
      else found.special++
    }
    pending.push(...below.toReversed())
  }
  return found
}
