import { type DiskFile, type DiskList, parseDiskList, resolvePath } from './disk-list.ts'
import { type NodeExecutables, parseExecutables, placeOf } from './listed-executables.ts'
import { layerPath, type ToldComponent } from './places.ts'
import { analyseSuperblock } from './superblock.ts'

/** One content of which the node told, held against its disk. */
export type Compared = {
  /** As the node told of it: the component, or nothing for a file that it only listed. */
  component?: string
  /** Where the node said that it lies. */
  place: string
  told: string
  /** What the disk holds at that place; for a container, in each layer that has something there. */
  disk: readonly Pick<DiskFile, 'path' | 'sha256'>[]
  state: 'same' | 'differs' | 'absent'
}

/** What came of reading the disk of a machine from outside. */
export type OutsideFacts =
  | { state: 'not-read' | 'unclean'; why: string; ended: string }
  | {
      state: 'read'
      ended: string
      components: readonly Compared[]
      /** Components of which the node gave no digest, with why. */
      untold: readonly { component: string; why: string }[]
      /** Files that the node listed and the disk has otherwise, or has not. */
      differing: readonly Compared[]
      absent: readonly Compared[]
      /** Files in file systems that are in memory only: no disk holds them. */
      inMemory: number
      /** Files that the node listed and the disk has as the node told of them. */
      agreeing: number
      /** Programs that lay on the disk when the node listed its own, and of which it did not tell. */
      hidden: readonly Pick<DiskFile, 'path' | 'sha256'>[]
      /** Programs on the disk that came later, or lie where the node does not list: in the store of its container engine, under mount points. */
      unlisted: readonly string[]
      /** What of the disk was not read, with why. */
      diskGaps: readonly string[]
      /** Why the node's own list is not whole; empty where it is. */
      nodeGaps: readonly string[]
      /** Places that the node itself did not enter, such as volumes of its containers. */
      notEntered: number
      /** Bytes that were read whole. */
      bytes: number
      /** Version of the program that read the disk. */
      tool: string
    }

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

/** Where a node does not list what it has: in memory, and in the store of its container engine outside of the layers (helpers/cluster/scripts/executables.pl). */
const isNotListed = (path: string): boolean =>
  isInMemory(path) || (path.startsWith('/var/lib/containerd/') && layerPath(path) === undefined)

/** Where a node keeps nothing on a disk (file-hierarchy(7)): /run, /tmp and /dev are in memory. */
const isInMemory = (path: string): boolean => /^\/(?:run|tmp|dev|proc|sys)\//.test(path)

type Disk = { list: DiskList; byPath: ReadonlyMap<string, DiskFile>; byLayerPath: ReadonlyMap<string, readonly DiskFile[]> }

const diskOf = (list: DiskList): Disk => {
  const layered = new Map<string, DiskFile[]>()
  for (const file of list.files) {
    const inside = layerPath(file.path)
    if (inside !== undefined) layered.set(inside, [...(layered.get(inside) ?? []), file])
  }
  return { list, byPath: new Map(list.files.map((file) => [file.path, file])), byLayerPath: layered }
}

const onNode = ({ list, byPath }: Disk, path: string): readonly DiskFile[] => {
  const way = resolvePath(path, (each) => list.links.get(each) ?? 'not a link')
  const file = 'path' in way ? byPath.get(way.path) : undefined
  return file === undefined ? [] : [file]
}

const held = (told: string, place: string, found: readonly DiskFile[], component?: string): Compared => ({
  ...(component !== undefined && { component }),
  place,
  told,
  disk: found.map(({ path, sha256 }) => ({ path, sha256 })),
  state: found.length === 0 ? 'absent' : found.some(({ sha256 }) => sha256 === told) ? 'same' : 'differs',
})

/** Everything that the node listed, held against the disk: its own files by their path, those of a container by their path in any layer. */
const listedOf = (disk: Disk, listed: NodeExecutables): Compared[] =>
  listed.files.map((file) => {
    const root = listed.roots.get(file.root)
    if (root?.kind === 'container') return held(file.sha256, `${file.path} (${root.name})`, disk.byLayerPath.get(file.path) ?? [])
    const place = placeOf(listed, file)
    const found = disk.byPath.get(place)
    return held(file.sha256, place, found ? [found] : [])
  })

const componentsOf = (disk: Disk, told: readonly ToldComponent[]) =>
  told.flatMap((one): Compared[] => {
    if (one.sha256 === undefined || one.unread !== undefined) return []
    const found = one.root === 'node' ? onNode(disk, one.exe) : (disk.byLayerPath.get(one.exe) ?? [])
    return [held(one.sha256, one.exe, found, one.component)]
  })

/** What observations of a disk hold: `data` and blobs as helpers/disk/read/disk-files.ts and helpers/conformance/outside.ts write them. */
export type OutsideEvidence = {
  disk: { data: Readonly<Record<string, unknown>>; superblock?: Uint8Array; files?: Uint8Array }
  told: readonly ToldComponent[]
  /** RFC 3339: what was on the disk before this moment was there when the node listed its programs. */
  since: string
  /** The node's own list of its programs, where it made one in this run. */
  listed: Uint8Array | undefined
}

/** Why a list is not whole: what is said of no path is said of the list itself, and a walk may have been too long. */
const cuts = ({ notRead }: NodeExecutables): string[] =>
  notRead.flatMap(({ path, why }) => (path === '' || why.includes('the rest was not looked at') ? [why] : []))

/** Whether a path is one of these, or lies below one. */
const isAtOrBelow = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path === place || path.startsWith(`${place}/`))

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Holds what a node told of its programs against what its disk holds, from the stored bytes of both. */
export const analyseOutside = ({ disk: { data, superblock, files }, told, since, listed }: OutsideEvidence): OutsideFacts => {
  const ended = text(data.ended)
  if (superblock === undefined || superblock.length === 0)
    return { state: 'not-read', why: text(data.failed) || 'nothing was read of it', ended }
  const order = analyseSuperblock(latin1(superblock))
  if (order.state === 'unclean') return { state: 'unclean', why: order.why, ended }
  if (order.state === 'unknown') return { state: 'not-read', why: order.why, ended }
  if (files === undefined) return { state: 'not-read', why: text(data.failed) || 'its files were not listed', ended }
  const list = parseDiskList(latin1(files))
  const disk = diskOf(list)
  const node = listed === undefined ? undefined : parseExecutables(latin1(listed))
  const compared = node === undefined ? [] : listedOf(disk, node)
  const known = new Set(compared.flatMap(({ disk: found }) => found.map(({ path }) => path)))
  const refused = (node?.notRead ?? []).map(({ root, path }) => placeOf(node ?? { roots: new Map() }, { root, path }))
  const isWhole = node !== undefined && cuts(node).length === 0
  const unlisted = node === undefined ? [] : list.files.filter(({ path }) => !known.has(path))
  const isHidden = ({ path, changed }: DiskFile): boolean =>
    isWhole && changed > 0 && changed * 1000 < Date.parse(since) && !isNotListed(path) && !isAtOrBelow(path, refused)
  const isGone = ({ state, place }: Compared): boolean => state === 'absent' && isInMemory(place)
  return {
    state: 'read',
    ended,
    components: componentsOf(disk, told),
    untold: told.flatMap(({ component, sha256, unread }) =>
      sha256 === undefined || unread !== undefined ? [{ component, why: unread ?? 'the node gave no digest of it' }] : [],
    ),
    differing: compared.filter(({ state }) => state === 'differs'),
    absent: compared.filter((one) => one.state === 'absent' && !isGone(one)),
    inMemory: compared.filter(isGone).length,
    agreeing: compared.filter(({ state }) => state === 'same').length,
    hidden: unlisted.filter(isHidden).map(({ path, sha256 }) => ({ path, sha256 })),
    unlisted: unlisted.filter((file) => !isHidden(file)).map(({ path }) => path),
    diskGaps: list.notRead.map(({ path, why }) => [path, why].filter(Boolean).join(': ')),
    nodeGaps: node === undefined ? ['the node made no list of its programs in this run'] : cuts(node),
    notEntered: node === undefined ? 0 : node.notRead.filter(({ path }) => path !== '').length,
    bytes: list.counts.bytes,
    tool: text(data.tool),
  }
}
