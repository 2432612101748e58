import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { type ByteSource, fileSource, pushedBack, streamSource } from './byte-source.ts'
import { hasTarChecksum, isGzip, isZstd } from './format.ts'
import { fsPath } from './raw-path.ts'
import { brokenArchive } from './tar.ts'

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Bytes of a source as a stream, from where it stands to its end. */
const chunksOf = async function* (source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let chunk = await source.read(256 * 1024); chunk.length > 0; chunk = await source.read(256 * 1024)) yield chunk
}

const broken = async function* (chunks: AsyncIterable<Uint8Array>, where: string): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (error) {
    throw brokenArchive(where, `it cannot be decompressed: ${messageOf(error)}`)
  }
}

const inflated = (kind: 'gzip' | 'zstd', compressed: Readable, where: string): ByteSource => {
  const inflate = kind === 'gzip' ? createGunzip({ chunkSize: 256 * 1024 }) : createZstdDecompress({ chunkSize: 256 * 1024 })
  compressed.on('error', (error) => inflate.destroy(error))
  compressed.pipe(inflate)
  return streamSource(broken(inflate, where), () => {
    compressed.destroy()
    inflate.destroy()
  })
}

const compressionOf = (head: Uint8Array): 'gzip' | 'zstd' | undefined => (isGzip(head) ? 'gzip' : isZstd(head) ? 'zstd' : undefined)

/** An archive that is open: its bytes, and where in a file they stand when they are not compressed. */
export type OpenArchive = { source: ByteSource; at?: { path: string; offset: number } }

/** What stands in `size` bytes of a file from `offset` on, decompressed where it is gzip or zstd. By its bytes, whatever its name or media type says. */
export const openArchive = async (path: string, offset: number, size: number, where: string): Promise<OpenArchive> => {
  const plain = fileSource(path, offset, size)
  const head = await plain.read(4)
  const kind = compressionOf(head)
  plain.close()
  if (kind === undefined) return { source: fileSource(path, offset, size), at: { path, offset } }
  const compressed =
    size === 0 ? Readable.from([]) : createReadStream(fsPath(path), { start: offset, end: offset + size - 1, highWaterMark: 256 * 1024 })
  return { source: inflated(kind, compressed, where) }
}

/** The same for what comes out of another source. */
export const openNested = (source: ByteSource, head: Uint8Array, where: string): ByteSource => {
  const kind = compressionOf(head)
  const whole = pushedBack(head, source)
  return kind === undefined ? whole : inflated(kind, Readable.from(chunksOf(whole)), where)
}

/** Whether a file's bytes are a tar archive, plain or compressed. */
export const isTarFile = async (path: string, size: number): Promise<boolean> => {
  const { source } = await openArchive(path, 0, size, path)
  try {
    const header = await source.read(512)
    return header.length === 512 && hasTarChecksum(header)
  } catch {
    // A compressed file that cannot be read is no archive of files for all that is known; it is judged as the data that it is.
    return false
  } finally {
    source.close()
  }
}
