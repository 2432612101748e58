import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Reading } from '../../evidence/model.ts'
import { libcryptoVersions } from '../../policy/modules-openssl.ts'
import { asciiOf, textOf } from '../analyse/bytes.ts'
import { readElf } from '../analyse/elf.ts'
import { wholeImage } from '../analyse/image.ts'
import { libraryMarks, libraryTexts, type OpensslData } from '../analyse/openssl.ts'
import { includesOf } from '../analyse/openssl-configuration.ts'
import { type Loader, libraryFolders } from './library-search.ts'
import type { RootFiles } from './root-files.ts'

export type OpensslSearch = {
  /** The program that loads it, where there is one. */
  loader?: Loader & { arch: string }
  /** What of its environment leads elsewhere: OPENSSL_CONF, OPENSSL_MODULES. */
  environment?: Readonly<Record<string, string>>
  /** `source` of the observation of the program; absent where it is that of every program of the subject. */
  program?: string
  means?: string
}

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

/** A library for another processor is passed over, as the dynamic linker does. */
const fits = (bytes: Uint8Array, arch: string | undefined): boolean => {
  if (arch === undefined) return true
  const elf = readElf(wholeImage(bytes))
  return elf.state === 'elf' && elf.elf.arch === arch
}

const configurationName = /\.(?:cnf|conf)$/

/**
 * What a program that loads OpenSSL at run time would find in a root file system: the library in the order in which Go toolchains ask for it, in the folders in which the
 * dynamic linker looks; its configuration with what that includes; the FIPS provider. It judges nothing. LD_LIBRARY_PATH is not followed.
 */
export const readOpenssl = async (root: RootFiles, search: OpensslSearch = {}): Promise<Reading> => {
  const { loader, environment = {}, program, means = 'root file system' } = search
  const absent: string[] = []
  const first = async (paths: readonly string[], isIt: (bytes: Uint8Array) => boolean = () => true): Promise<File | undefined> => {
    for (let left = paths; left.length > 0; ) {
      const found = await root.first(left)
      const at = found === undefined ? left.length : left.indexOf(found.path)
      absent.push(...left.slice(0, at))
      if (found === undefined || isIt(found.bytes)) return found
      absent.push(`${found.path}, which is for another processor`)
      left = left.slice(at + 1)
    }
    return undefined
  }
  const overrides = Object.fromEntries(
    (['OPENSSL_CONF', 'OPENSSL_MODULES'] as const).flatMap((name) => {
      const value = environment[name]
      return value !== undefined && posix.isAbsolute(value) ? [[name, value]] : []
    }),
  )
  const blobs: Record<string, Uint8Array> = {}
  const data: OpensslData = { state: 'missing', absent, configuration: [], overrides, ...(program !== undefined && { program }) }
  const store = (blob: string, { path, bytes }: File): OpensslData['configuration'][number] => {
    blobs[blob] = bytes
    return { path, blob, size: bytes.length, sha256: sha256(bytes) }
  }
  const reading = (): Reading => ({ kind: 'openssl', means, source: data.library?.path ?? 'libcrypto', data, blobs })
  try {
    const folders = await libraryFolders(root, loader)
    const library = await first(
      libcryptoVersions.flatMap((version) => folders.map((folder) => posix.join(folder, `libcrypto.so.${version}`))),
      (bytes) => fits(bytes, loader?.arch),
    )
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
    const start = overrides.OPENSSL_CONF ?? (directory === undefined ? undefined : `${directory}/openssl.cnf`)
    const open: string[] = start === undefined ? [] : [start]
    const asked = new Set(open)
    for (let path = open.shift(); path !== undefined && data.configuration.length < maximumIncludes; path = open.shift()) {
      const file = await first([path])
      // A folder stands for the configurations in it.
      const names = file === undefined ? (await root.list(path)).filter((name) => configurationName.test(name)).toSorted() : []
      open.unshift(...names.map((name) => posix.join(path ?? '', name)).filter((each) => !asked.has(each)))
      if (file === undefined) continue
      data.configuration.push(store(`configuration-${data.configuration.length}`, file))
      for (const included of includesOf(textOf(file.bytes))) {
        if (!posix.isAbsolute(included) || asked.has(included)) continue
        asked.add(included)
        open.push(included)
      }
    }
    const place = overrides.OPENSSL_MODULES ?? modules
    const provider = place === undefined ? undefined : await first([`${place}/fips.so`])
    if (provider !== undefined) data.provider = store('provider', provider)
  } catch (error) {
    data.state = 'unreadable'
    data.reason = error instanceof Error ? error.message : String(error)
  }
  return reading()
}
