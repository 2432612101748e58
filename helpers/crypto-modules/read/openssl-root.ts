import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Reading } from '../../evidence/model.ts'
import { libcryptoVersions } from '../../policy/modules-openssl.ts'
import { asciiOf, textOf } from '../analyse/bytes.ts'
import { libraryMarks, libraryTexts, type OpensslData } from '../analyse/openssl.ts'
import { includesOf } from '../analyse/openssl-configuration.ts'

/** A root file system: of a node, an image, a folder. `read` gives a file by its absolute path in there, undefined where there is none, and rejects where it cannot be read. */
export type RootFiles = { read: (path: string) => Promise<Uint8Array | undefined> }

/** Where the dynamic linker looks without a configuration of its own, and where distributions for amd64 and arm64 put libraries. */
const libraryFolders: readonly string[] = [
  '/lib64',
  '/usr/lib64',
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib/aarch64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/lib',
  '/usr/lib',
  '/usr/local/lib64',
  '/usr/local/lib',
]

const maximumIncludes = 32
const maximumText = 256
const maximumTexts = 16

type File = { path: string; bytes: Uint8Array }

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Offsets and lengths of the texts that say where a libcrypto looks. */
const textsIn = (bytes: Uint8Array): { offset: number; length: number }[] => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return libraryMarks.flatMap((mark) => {
    const found: { offset: number; length: number }[] = []
    for (let at = buffer.indexOf(mark, 0, 'latin1'); at >= 0 && found.length < maximumTexts; at = buffer.indexOf(mark, at + 1, 'latin1')) {
      const end = buffer.indexOf(0, at)
      if (end >= 0 && end - at <= maximumText && (at === 0 || buffer[at - 1] === 0)) found.push({ offset: at, length: end - at })
    }
    return found
  })
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

/**
 * What a program that loads OpenSSL at run time would find in a root file system: the library in the order in which Go toolchains ask for it, its configuration with
 * what that includes, the FIPS provider. It judges nothing. Which folders count is a convention: `/etc/ld.so.conf`, LD_LIBRARY_PATH and RPATH are not followed.
 */
export const readOpenssl = async (root: RootFiles, means = 'root file system'): Promise<Reading> => {
  const absent: string[] = []
  const first = async (paths: readonly string[]): Promise<File | undefined> => {
    for (const path of paths) {
      const bytes = await root.read(path)
      if (bytes !== undefined) return { path, bytes }
      absent.push(path)
    }
    return undefined
  }
  const blobs: Record<string, Uint8Array> = {}
  const data: OpensslData = { state: 'missing', absent, configuration: [] }
  const store = (blob: string, { path, bytes }: File): OpensslData['configuration'][number] => {
    blobs[blob] = bytes
    return { path, blob, size: bytes.length, sha256: sha256(bytes) }
  }
  const reading = (): Reading => ({ kind: 'openssl', means, source: data.library?.path ?? 'libcrypto', data, blobs })
  try {
    const library = await first(libcryptoVersions.flatMap((version) => libraryFolders.map((folder) => `${folder}/libcrypto.so.${version}`)))
    if (library === undefined) return reading()
    const texts = textsIn(library.bytes)
    const parts = texts.map(({ offset, length }) => library.bytes.subarray(offset, offset + length))
    let at = 0
    const placed = texts.map(({ offset, length }) => {
      at += length
      return { at: at - length, offset, length }
    })
    blobs.library = joined(parts)
    data.library = { path: library.path, size: library.bytes.length, sha256: sha256(library.bytes), blob: 'library', texts: placed }
    data.state = 'found'

    const { directory, modules } = libraryTexts(parts.map(asciiOf))
    const open: string[] = directory === undefined ? [] : [`${directory}/openssl.cnf`]
    const asked = new Set(open)
    for (let path = open.shift(); path !== undefined && data.configuration.length < maximumIncludes; path = open.shift()) {
      const file = await first([path])
      if (file === undefined) continue
      data.configuration.push(store(`configuration-${data.configuration.length}`, file))
      for (const included of includesOf(textOf(file.bytes))) {
        if (!posix.isAbsolute(included) || asked.has(included)) continue
        asked.add(included)
        open.push(included)
      }
    }
    const provider = modules === undefined ? undefined : await first([`${modules}/fips.so`])
    if (provider !== undefined) data.provider = store('provider', provider)
  } catch (error) {
    data.state = 'unreadable'
    data.reason = error instanceof Error ? error.message : String(error)
  }
  return reading()
}
