/** A root file system of a node: its own, that of a container (named by its program), or one layer of an image that containerd holds (by its number). */
export type ExecutableRoot = { kind: 'node' | 'container' | 'layer'; name: string; base: string }

/** One program or library. Paths have one character for each byte. `size` in bytes. */
export type FoundExecutable = { root: number; sha256: string; size: number; path: string }

/** Every ELF program and library of a node, with what was not read of it and why. */
export type NodeExecutables = {
  roots: ReadonlyMap<number, ExecutableRoot>
  files: readonly FoundExecutable[]
  notRead: readonly { root: number; path: string; why: string }[]
  counts: { files: number; elf: number; objects: number; scripts: number }
}

const kinds = ['node', 'container', 'layer'] as const

/** A path as records spell it: a backslash, a tab and a line break stand as \xHH. */
export const escapedPath = (path: string): string =>
  path.replace(/[\\\t\n]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)

/** A path out of a record. */
export const unescapedPath = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

/** Parses the records of helpers/cluster/scripts/executables.pl, one character for each byte. A list without its end was cut short, and says so under `notRead`. */
export const parseExecutables = (text: string): NodeExecutables => {
  const roots = new Map<number, ExecutableRoot>()
  const files: FoundExecutable[] = []
  const notRead: { root: number; path: string; why: string }[] = []
  const counts = { files: 0, elf: 0, objects: 0, scripts: 0 }
  let isWhole = false
  for (const line of text.split('\n').filter(Boolean)) {
    const [record, own = '', first = '', second = '', third = ''] = line.split('\t')
    const root = Number(own)
    const kind = kinds.find((each) => each === first)
    if (record === 'Z') isWhole = true
    else if (record === 'R' && kind !== undefined) roots.set(root, { kind, name: unescapedPath(second), base: unescapedPath(third) })
    else if (record === 'C') {
      const numbers = line.split('\t').slice(2).map(Number)
      const keys = ['files', 'elf', 'objects', 'scripts'] as const
      for (const [at, key] of keys.entries()) counts[key] += numbers[at] ?? 0
    } else if (record === 'F' && /^[0-9a-f]{64}$/.test(first) && /^\d+$/.test(second))
      files.push({ root, sha256: first, size: Number(second), path: unescapedPath(third) })
    else if (record === 'M') notRead.push({ root, path: unescapedPath(first), why: second })
    else notRead.push({ root, path: '', why: `a record that cannot be read: ${line.slice(0, 80)}` })
  }
  if (!isWhole) notRead.push({ root: 0, path: '', why: 'the list of executables was cut short' })
  return { roots, files, notRead, counts }
}

/** Where a found file is on its node. */
export const placeOf = ({ roots }: Pick<NodeExecutables, 'roots'>, { root, path }: Pick<FoundExecutable, 'root' | 'path'>): string =>
  `${roots.get(root)?.base ?? ''}${path}`
