import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { checkDocument, checkLayer } from './blob-digest.ts'
import { type ByteSource, fileSource, pushedBack } from './byte-source.ts'
import { openArchive, openNested } from './decompress.ts'
import { hasTarChecksum, isGzip, isZstd } from './format.ts'
import { type ReadDocument, readLayout } from './image-manifest.ts'
import { fsPath, joinRaw, rawOf, shownPath } from './raw-path.ts'
import { type LayerFile, type ReadLayerOptions, readLayer, readStreamed } from './read-layer.ts'
import { applyLayer, emptyTree, fileAt, type LayerEntry, type RootTree, visibleIn } from './root-tree.ts'
import type { Surroundings } from './surroundings.ts'
import { brokenArchive, tarEntries } from './tar.ts'
import { treeFiles } from './tree-files.ts'
import type { PassedOver } from './walk.ts'

/** Where the files of an archive go: the name of the image (empty where there is only one), the raw path in it. */
export type FileSink = (image: string, path: string, file: LayerFile, surroundings: Surroundings) => void

export type ArchiveOptions = ReadLayerOptions & { sink: FileSink; passed: PassedOver; onNote: (note: string) => void }

type Entries = LayerEntry<LayerFile>[]
/** How the layers of a layout are got at. `layer` fills `entries` as it reads. */
type Access = { read: ReadDocument; layer: (path: string, size: number | undefined, entries: Entries) => Promise<void> }

const maximumDocument = 4 * 1024 * 1024

const emit = (tree: RootTree<LayerFile>, image: string, { sink, passed }: ArchiveOptions, environment?: readonly string[]): void => {
  const surroundings: Surroundings = { files: treeFiles(tree), means: 'layers of an image', ...(environment && { environment }) }
  const { files, dangling, symlinks, special } = visibleIn(tree)
  passed.symlinks += symlinks
  passed.special += special
  for (const { path, file } of files) sink(image, path, file, surroundings)
  for (const path of tree.lost) sink(image, path, { size: 0, hidden: 'its path names no place in the root file system' }, surroundings)
  for (const { path, link } of dangling)
    sink(image, path, { size: 0, hidden: `it is a hard link to ${shownPath(link)}, which is no file of the image` }, surroundings)
}

/** The images of a layout, each with all of its layers applied. What was read before an error is handed over before the error is thrown. */
const readImages = async (access: Access, where: string, options: ArchiveOptions): Promise<boolean> => {
  const read: ReadDocument = async (path) => {
    const bytes = await access.read(path)
    if (bytes) checkDocument(path, bytes, where)
    return bytes
  }
  const layout = await readLayout(read, where)
  if (layout === undefined) return false
  for (const note of layout.passed) options.onNote(note)
  for (const { name, layers, environment } of layout.images) {
    const tree = emptyTree<LayerFile>()
    let trouble: unknown
    for (const { path, size } of layers) {
      const entries: Entries = []
      await access.layer(path, size, entries).catch((error: unknown) => {
        trouble = error
      })
      applyLayer(tree, entries)
      if (trouble !== undefined) break
    }
    emit(tree, layout.images.length > 1 ? name : '', options, environment)
    if (trouble !== undefined) throw trouble
  }
  return true
}

/** A directory with an OCI image layout, or with what `docker save` packs. */
export const readLayoutDirectory = async (directory: string, options: ArchiveOptions): Promise<boolean> => {
  const root = await realpath(fsPath(directory), 'buffer').then((found) => found.toString('latin1'))
  /** A blob may be a link; it must not lead out of the layout. */
  const inside = async (path: string): Promise<string | undefined> => {
    const found = await realpath(fsPath(joinRaw(root, rawOf(path))), 'buffer').then(
      (real) => real.toString('latin1'),
      () => undefined,
    )
    return found?.startsWith(root.endsWith('/') ? root : `${root}/`) ? found : undefined
  }
  const sized = async (path: string): Promise<{ real: string; size: number } | undefined> => {
    const real = await inside(path)
    if (real === undefined) return undefined
    const file = await open(fsPath(real), constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const found = await file.stat()
      return found.isFile() ? { real, size: found.size } : undefined
    } finally {
      await file.close()
    }
  }
  return readImages(
    {
      read: async (path) => {
        const found = await sized(path)
        if (found === undefined || found.size > maximumDocument) return undefined
        const source = fileSource(found.real, 0, found.size)
        try {
          return await source.read(found.size)
        } finally {
          source.close()
        }
      },
      layer: async (path, stated, entries) => {
        const where = `${shownPath(directory)}/${path}`
        const found = await sized(path)
        if (found === undefined) throw brokenArchive(where, 'the layer is not there')
        if (stated !== undefined && stated !== found.size)
          throw brokenArchive(where, `the layer has ${found.size} bytes, its manifest says ${stated}`)
        await readStoredLayer(path, { path: found.real, offset: 0, size: found.size }, where, entries, options)
      },
    },
    shownPath(directory),
    options,
  )
}

/** A layer that stands in a file as it is: held against what it is named by, then read. */
const readStoredLayer = async (
  name: string,
  { path, offset, size }: { path: string; offset: number; size: number },
  where: string,
  entries: Entries,
  options: ReadLayerOptions,
): Promise<void> => {
  const source = fileSource(path, offset, size)
  try {
    await checkLayer(name, source, where, options.signal)
  } finally {
    source.close()
  }
  await readArchive(path, offset, size, where, entries, options)
}

const readArchive = async (
  path: string,
  offset: number,
  size: number,
  where: string,
  entries: Entries,
  options: ReadLayerOptions,
): Promise<void> => {
  const { source, at } = await openArchive(path, offset, size, where)
  try {
    await readLayer(source, where, entries, options, at)
  } finally {
    source.close()
  }
}

/** A tar archive on disk, uncompressed: an image, or a root file system. Nothing of it is read but headers, until a file turns out to be visible. */
const readSeekable = async (path: string, size: number, where: string, options: ArchiveOptions): Promise<void> => {
  const entries: Entries = []
  let trouble: unknown
  await readArchive(path, 0, size, where, entries, options).catch((error: unknown) => {
    trouble = error
  })
  const outer = emptyTree<LayerFile>()
  applyLayer(outer, entries, false)
  const rangeOf = (name: string): { offset: number; size: number } | undefined => {
    const content = fileAt(outer, rawOf(name))?.content
    return content?.kind === 'range' ? content : undefined
  }
  const isImage = await readImages(
    {
      read: async (name) => {
        const range = rangeOf(name)
        if (range === undefined || range.size > maximumDocument) return undefined
        const source = fileSource(path, range.offset, range.size)
        try {
          return await source.read(range.size)
        } finally {
          source.close()
        }
      },
      layer: async (name, stated, layerEntries) => {
        const range = rangeOf(name)
        if (range === undefined) throw brokenArchive(`${where}: ${name}`, 'the layer is not in the archive')
        if (stated !== undefined && stated !== range.size)
          throw brokenArchive(`${where}: ${name}`, `the layer has ${range.size} bytes, its manifest says ${stated}`)
        await readStoredLayer(name, { path, ...range }, `${where}: ${name}`, layerEntries, options)
      },
    },
    where,
    options,
  )
  if (!isImage) emit(outer, '', options)
  if (trouble !== undefined) throw trouble
}

/** Names under which layers stand in a layout: OCI blobs, `<id>/layer.tar` and `<digest>.tar` of `docker save` and its like. */
const layerName = /^(?:\.\/)?(?:blobs\/[^/]+\/[^/]+|[^/]+\/layer\.tar|[^/]+\.tar(?:\.gz|\.zst)?)$/

type Streamed = LayerFile & { document?: Uint8Array; nested?: Entries }

const looksLikeJson = (head: Uint8Array): boolean => head[0] === 0x7b || head[0] === 0x5b

/** One file of an archive that goes by: kept where it may be a document, opened where it may be a layer, else analysed as a file. */
const readOuter = async (
  source: ByteSource,
  name: string,
  size: number,
  where: string,
  file: Streamed,
  options: ReadLayerOptions,
): Promise<void> => {
  const head = await source.read(Math.min(size, 512))
  if (looksLikeJson(head) && size <= maximumDocument) {
    const document = new Uint8Array(size)
    document.set(head)
    document.set(await source.read(size - head.length), head.length)
    file.document = document
    file.analysis = Promise.resolve({ state: 'analysed', format: 'data', size })
    return
  }
  const start = source.position() - head.length
  if (layerName.test(name) && (hasTarChecksum(head) || isGzip(head) || isZstd(head))) {
    // The nested archive must not read what stands behind it in the outer one, and a decompressor that reads ahead must have ended before the outer goes on.
    let isOver = false
    let pending: Promise<unknown> = Promise.resolve()
    const bounded = <T>(take: (length: number) => Promise<T>, length: number): Promise<T> => {
      const taken = take(isOver ? 0 : Math.min(length, start + size - source.position()))
      pending = taken.catch(() => undefined)
      return taken
    }
    const own: ByteSource = { ...source, read: (length) => bounded(source.read, length), skip: (length) => bounded(source.skip, length) }
    const end = async (): Promise<void> => {
      isOver = true
      await pending
    }
    const nested = openNested(own, head, where)
    const first = await nested.read(512)
    file.analysis = Promise.resolve({ state: 'analysed', format: 'archive', size })
    if (first.length < 512 || !hasTarChecksum(first)) return end()
    file.nested = []
    await readLayer(pushedBack(first, nested), where, file.nested, options)
    // The end of a compressed stream carries its checksum: it is read as well.
    while ((await nested.read(64 * 1024)).length > 0);
    return end()
  }
  Object.assign(file, await readStreamed(pushedBack(head, source), name, size, options))
}

/** A tar archive that comes as a stream, once: an image of an engine, or a compressed archive. Layers are analysed before it is known which image they belong to. */
export const readStream = async (source: ByteSource, where: string, options: ArchiveOptions): Promise<void> => {
  const entries: LayerEntry<Streamed>[] = []
  let trouble: unknown
  try {
    for await (const { path, type, link, size } of tarEntries(source, where)) {
      options.signal.throwIfAborted()
      if (type === 'file') {
        const file: Streamed = { size }
        entries.push({ type, path, file })
        await readOuter(source, path, size, `${where}: ${shownPath(path)}`, file, options)
      } else if (type === 'sparse') entries.push({ type: 'file', path, file: { size, hidden: 'it is stored as a sparse file' } })
      else if (type === 'hard-link' || type === 'symlink') entries.push({ type, path, link })
      else entries.push({ type, path })
    }
  } catch (error) {
    trouble = error
  }
  const outer = emptyTree<Streamed>()
  applyLayer(outer, entries, false)
  const isImage = await readImages(
    {
      read: async (name) => fileAt(outer, rawOf(name))?.document,
      layer: async (name, _stated, layerEntries) => {
        const nested = fileAt(outer, rawOf(name))?.nested
        if (nested === undefined) throw brokenArchive(`${where}: ${name}`, 'the layer is not in the archive, or is no tar archive')
        layerEntries.push(...nested)
      },
    },
    where,
    options,
  )
  if (!isImage) {
    // Cut before its manifest: what its layers held is shown, in the order in which they came.
    const layers = entries.flatMap((entry) => (entry.type === 'file' && entry.file.nested !== undefined ? [entry.file.nested] : []))
    const tree = emptyTree<LayerFile>()
    for (const layer of layers) applyLayer(tree, layer)
    emit(trouble !== undefined && layers.length > 0 ? tree : outer, '', options)
  }
  if (trouble !== undefined) throw trouble
}

/** A tar archive on disk, plain or compressed. */
export const readArchiveFile = async (path: string, size: number, where: string, options: ArchiveOptions): Promise<void> => {
  const { source, at } = await openArchive(path, 0, size, where)
  try {
    if (at === undefined) {
      await readStream(source, where, options)
      return
    }
  } finally {
    source.close()
  }
  await readSeekable(path, size, where, options)
}
