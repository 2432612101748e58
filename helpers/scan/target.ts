import { lstat, open, stat } from 'node:fs/promises'
import { FipsConformanceError } from '../errors/error.ts'
import { isTarFile } from './decompress.ts'
import { formatOf, hasTarChecksum, headLength, isGzip, isZstd } from './format.ts'

/** What a name on the command line stands for. `given` is how the user wrote it. */
export type Target =
  | { kind: 'file'; given: string; size: number }
  | { kind: 'directory'; given: string }
  /** A directory with an OCI image layout or an unpacked `docker save`. */
  | { kind: 'layout'; given: string }
  /** A tar archive: of an image, or of a root file system. */
  | { kind: 'archive'; given: string; size: number }
  /** An image of the local engine. */
  | { kind: 'image'; given: string }

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Image references as distribution/reference spells them: an optional host, a repository in lower case, a tag, a digest; or an id. */
const reference =
  /^(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$|^sha256:[0-9a-f]{64}$/

/** Written as a path: no image is meant. */
const isPathLike = (given: string): boolean => /^(?:\/|\.\.?(?:\/|$)|~)/.test(given) || /\.(?:tar|tgz|gz|zst|tzst|oci)$/.test(given)

const pathMissing = (given: string): FipsConformanceError =>
  new FipsConformanceError({
    code: 'PATH_MISSING',
    what: 'there is no such file or directory',
    where: given,
    remedy: 'check the spelling',
    exit: 3,
  })

const unreadable = (given: string, cause: unknown): FipsConformanceError => {
  const isForbidden = ['EACCES', 'EPERM'].includes(codeOf(cause))
  return new FipsConformanceError({
    code: isForbidden ? 'PATH_FORBIDDEN' : 'PATH_UNREADABLE',
    what: isForbidden ? 'there is no permission to read it' : 'it cannot be read',
    where: given,
    why: messageOf(cause),
    remedy: isForbidden ? 'give the user that runs this the right to read it, or run it as another user' : 'see the reason above',
    exit: 3,
    cause,
  })
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

const directoryKind = async (given: string): Promise<Target> => {
  const isOci = (await isThere(`${given}/oci-layout`)) && (await isThere(`${given}/index.json`))
  const isDocker =
    (await isThere(`${given}/manifest.json`)) && ((await isThere(`${given}/repositories`)) || (await isThere(`${given}/blobs`)))
  return { kind: isOci || isDocker ? 'layout' : 'directory', given }
}

/** Called a tar archive. A name proves nothing, but that such a file turns out to be none must not be passed over as data. */
const isCalledArchive = (given: string): boolean => /\.(?:tar|tgz|tzst|tar\.gz|tar\.zst)$/.test(given)

const fileKind = async (given: string, size: number): Promise<Target> => {
  const file = await open(given)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(headLength), 0, headLength, 0)
    const head = buffer.subarray(0, bytesRead)
    const format = formatOf(head)
    const mayBeArchive = format === 'archive' || hasTarChecksum(head)
    const isPlainTar = mayBeArchive && hasTarChecksum(head)
    const isArchive = isPlainTar || (mayBeArchive && (isGzip(head) || isZstd(head)) && (await isTarFile(given, size)))
    const isSupposed = isCalledArchive(given) && (format === 'archive' || format === 'data')
    return { kind: isArchive || isSupposed ? 'archive' : 'file', given, size }
  } finally {
    await file.close()
  }
}

/**
 * What a name stands for: what exists is a path, whatever it looks like; what does not and can be an image reference is one.
 * @throws FipsConformanceError `PATH_MISSING`, `PATH_FORBIDDEN`, `PATH_UNREADABLE`, `TARGET_UNKNOWN`, exit 3
 */
export const resolveTarget = async (given: string): Promise<Target> => {
  try {
    // The user named it, so a link is followed here, and nowhere else.
    const found = await stat(given)
    if (found.isDirectory()) return await directoryKind(given)
    if (found.isFile()) return await fileKind(given, found.size)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw unreadable(given, error)
    if (isPathLike(given) || !reference.test(given)) throw pathMissing(given)
    return { kind: 'image', given }
  }
  throw new FipsConformanceError({
    code: 'TARGET_UNKNOWN',
    what: 'it is neither a file nor a directory',
    where: given,
    remedy: 'name a file, a directory, an archive or an image',
    exit: 3,
  })
}
