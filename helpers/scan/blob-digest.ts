import { createHash } from 'node:crypto'
import type { ByteSource } from './byte-source.ts'
import { brokenArchive } from './tar.ts'

type Named = { algorithm: 'sha256' | 'sha512'; digest: string }

/** What a layout names a blob by (OCI image specification, image-layout.md, «Blobs»: `blobs/<algorithm>/<encoded>`); undefined for any other path. */
const namedBy = (path: string): Named | undefined => {
  const [, algorithm, digest] = /^(?:\.\/)?blobs\/(sha256|sha512)\/([0-9a-f]+)$/.exec(path) ?? []
  return (algorithm === 'sha256' || algorithm === 'sha512') && digest !== undefined ? { algorithm, digest } : undefined
}

const refuse = (named: Named, found: string, where: string): void => {
  if (found !== named.digest) throw brokenArchive(where, `its bytes have the ${named.algorithm} ${found}, and it is named by another`)
}

/**
 * A document of a layout against the digest in its path: whoever names a blob so says what its bytes are.
 * @throws FipsConformanceError `ARCHIVE_BROKEN`
 */
export const checkDocument = (path: string, bytes: Uint8Array, where: string): void => {
  const named = namedBy(path)
  if (named) refuse(named, createHash(named.algorithm).update(bytes).digest('hex'), `${where}: ${path}`)
}

const chunkLength = 1024 * 1024

/**
 * The same of a layer, which is taken from its source to the end; `where` names it.
 * @throws FipsConformanceError `ARCHIVE_BROKEN`, and the reason of the signal
 */
export const checkLayer = async (path: string, source: ByteSource, where: string, signal: AbortSignal): Promise<void> => {
  const named = namedBy(path)
  if (!named) return
  const hash = createHash(named.algorithm)
  for (;;) {
    signal.throwIfAborted()
    const chunk = await source.read(chunkLength)
    if (chunk.length === 0) break
    hash.update(chunk)
  }
  refuse(named, hash.digest('hex'), where)
}
