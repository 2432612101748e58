import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { ByteSource } from './byte-source.ts'
import { formatOf, headLength } from './format.ts'
import type { Content, Settled } from './model.ts'
import type { Pool } from './pool.ts'
import { rawOf } from './raw-path.ts'
import type { LayerEntry } from './root-tree.ts'
import { brokenArchive, tarEntries } from './tar.ts'
import { isKept } from './tree-files.ts'

/** A file of a layer: analysed on the way, or still where it can be read from when it turns out to be visible. */
export type LayerFile = {
  size: number
  hidden?: string
  analysis?: Promise<Settled>
  content?: Content
  /** Its bytes, where other files of its root file system are judged by them and it cannot be read again. */
  kept?: Uint8Array
}

export type ReadLayerOptions = { pool: Pool; all: boolean; signal: AbortSignal }

/** Contents of a stream up to here wait in memory; a larger one goes to a temporary file for as long as it is analysed. */
const inMemory = 64 * 1024 * 1024
const spooledLimit = 4 * 1024 * 1024 * 1024
/** Bounds against archives that are made to fill memory or to never end. */
const maximumEntries = 3_000_000
const maximumUnpacked = 256 * 1024 * 1024 * 1024

/** A content too large for memory, in a file that is gone when it has been analysed. */
const spooled = async (
  head: Uint8Array,
  source: ByteSource,
  size: number,
  { pool, signal }: Pick<ReadLayerOptions, 'pool' | 'signal'>,
): Promise<Settled> => {
  const folder = await mkdtemp(join(tmpdir(), 'fips-conformance-scan-'))
  try {
    const path = join(folder, 'content')
    const out = createWriteStream(path, { mode: 0o600 })
    out.write(head)
    for (let left = size - head.length; left > 0; ) {
      const chunk = await source.read(Math.min(left, 1024 * 1024))
      if (chunk.length === 0) break
      left -= chunk.length
      if (!out.write(chunk)) await once(out, 'drain')
    }
    out.end()
    await finished(out)
    const analysis = pool.analyse({ kind: 'file', path: rawOf(path), follow: false }, size)
    // A pool that was stopped never answers, and the file must go all the same.
    const aborted = new Promise<never>((_go, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
    await Promise.race([pool.drain(), aborted])
    return await analysis
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A file of a stream: what can be run is analysed as it goes by, since it cannot be read again. */
export const readStreamed = async (
  source: ByteSource,
  path: string,
  size: number,
  { pool, all, signal }: Pick<ReadLayerOptions, 'pool' | 'all' | 'signal'>,
): Promise<LayerFile> => {
  const head = await source.read(Math.min(size, headLength))
  const format = formatOf(head)
  const isData = format === 'data' || format === 'archive'
  const keeps = isKept(path, size)
  if (isData && !all && !keeps) return { size, analysis: Promise.resolve({ state: 'analysed', format, size }) }
  if (size > spooledLimit) return { size, hidden: `it has ${size} bytes; from a stream up to ${spooledLimit} are inspected` }
  if (size > inMemory) return { size, analysis: Promise.resolve(await spooled(head, source, size, { pool, signal })) }
  const bytes = new Uint8Array(size)
  bytes.set(head)
  for (let filled = head.length; filled < size; ) {
    const chunk = await source.read(Math.min(size - filled, 1024 * 1024))
    if (chunk.length === 0) return { size, hidden: 'the archive ends inside it' }
    bytes.set(chunk, filled)
    filled += chunk.length
  }
  await pool.room()
  // Bytes that are analysed may leave this thread.
  const kept = keeps && { kept: bytes.slice() }
  return { size, analysis: pool.analyse({ kind: 'memory', bytes }, size), ...kept }
}

/**
 * The entries of one layer (or of any tar archive), into `entries` as they come, so that what was read stays when the archive turns out to be broken.
 * Where `at` says at which place of a file the archive stands uncompressed, contents are not read but noted; else they are analysed on the way.
 */
export const readLayer = async (
  source: ByteSource,
  where: string,
  entries: LayerEntry<LayerFile>[],
  options: ReadLayerOptions,
  at?: { path: string; offset: number },
): Promise<void> => {
  for await (const entry of tarEntries(source, where)) {
    options.signal.throwIfAborted()
    const { path, type, link, size, offset } = entry
    if (entries.length >= maximumEntries) throw brokenArchive(where, `it has more than ${maximumEntries} entries`)
    if (offset + size > maximumUnpacked) throw brokenArchive(where, `it unpacks to more than ${maximumUnpacked} bytes`)
    if (type === 'file') {
      const file: LayerFile = at
        ? { size, content: { kind: 'range', path: at.path, offset: at.offset + offset, size } }
        : await readStreamed(source, path, size, options)
      entries.push({ type, path, file })
    } else if (type === 'sparse')
      entries.push({ type: 'file', path, file: { size, hidden: 'it is stored as a sparse file, whose bytes are not put together here' } })
    else if (type === 'hard-link' || type === 'symlink') entries.push({ type, path, link })
    else entries.push({ type, path })
  }
}
