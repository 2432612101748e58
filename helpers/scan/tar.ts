import { FipsConformanceError } from '../errors/error.ts'
import type { ByteSource } from './byte-source.ts'
import { hasTarChecksum } from './format.ts'

// tar-stream writes archives for the tests; it cannot read these. A scan needs the offset of every entry, so that what is not looked at is not read either,
// and names as bytes.

/** One entry of a tar archive. Names are raw (one character a byte); `offset` is where its content starts in the source. */
export type TarEntry = {
  path: string
  type: 'file' | 'hard-link' | 'symlink' | 'directory' | 'special' | 'sparse'
  link: string
  size: number
  offset: number
}

const block = 512
/** Bounds for hostile archives: a name and a header of names are never longer in honest ones. */
const maximumHeader = 1024 * 1024
const latin1 = new TextDecoder('latin1')

export const brokenArchive = (where: string, why: string): FipsConformanceError =>
  new FipsConformanceError({
    code: 'ARCHIVE_BROKEN',
    what: 'the archive cannot be read to its end',
    where,
    why,
    remedy: 'make the archive again, or fetch it again; what was read before is listed and is marked as partial',
    exit: 3,
  })

const textAt = (header: Uint8Array, at: number, length: number): string => {
  const field = header.subarray(at, at + length)
  const end = field.indexOf(0)
  return latin1.decode(end < 0 ? field : field.subarray(0, end))
}

/** Octal digits, or since GNU tar base 256 where the first bit is set. NaN where it is neither. */
const numberAt = (header: Uint8Array, at: number, length: number): number => {
  const first = header[at] ?? 0
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f
    for (let index = 1; index < length; index++) value = value * 256 + (header[at + index] ?? 0)
    return value
  }
  const text = textAt(header, at, length).trim()
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN
}

/** Records of a pax header: `length key=value\n` (POSIX pax, extended header). Values are raw. */
const paxRecords = (bytes: Uint8Array, where: string): Map<string, string> => {
  const text = latin1.decode(bytes)
  const records = new Map<string, string>()
  for (let at = 0; at < text.length; ) {
    const space = text.indexOf(' ', at)
    const length = Number(text.slice(at, space))
    const record = text.slice(space + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (space < 0 || !Number.isInteger(length) || length <= space - at || at + length > text.length || equals < 0) {
      throw brokenArchive(where, 'an extended header has no valid records')
    }
    records.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return records
}

const typeOf = (flag: string, pax: ReadonlyMap<string, string>): TarEntry['type'] => {
  if (flag === 'S' || pax.has('GNU.sparse.major') || pax.has('GNU.sparse.size')) return 'sparse'
  switch (flag) {
    case '\0':
    case '0':
    case '7':
      return 'file'
    case '1':
      return 'hard-link'
    case '2':
      return 'symlink'
    case '5':
      return 'directory'
    default:
      return 'special'
  }
}

const hasContent = (type: TarEntry['type'], flag: string): boolean =>
  type === 'file' || type === 'sparse' || (type === 'special' && !'346'.includes(flag))

const isZero = (header: Uint8Array): boolean => header.every((byte) => byte === 0)

/**
 * The entries of a tar archive (ustar, pax, GNU long names), in their order. Between two entries the caller may read the content from the source; what it leaves is
 * passed over. An archive that ends without its end mark, or in the middle of a header or of a content, is an `ARCHIVE_BROKEN`.
 */
export const tarEntries = async function* (source: ByteSource, where: string): AsyncGenerator<TarEntry> {
  let globals = new Map<string, string>()
  let next = new Map<string, string>()
  for (;;) {
    const header = await source.read(block)
    if (header.length === 0) throw brokenArchive(where, `it ends after ${source.position()} bytes without the two zero blocks of an end`)
    if (header.length < block) throw brokenArchive(where, `it ends inside a header, after ${source.position()} bytes`)
    if (isZero(header)) return
    if (!hasTarChecksum(header)) throw brokenArchive(where, `no tar header stands at byte ${source.position() - block}`)
    const flag = String.fromCharCode(header[156] ?? 0)
    const stated = numberAt(header, 124, 12)
    if (!Number.isSafeInteger(stated) || stated < 0)
      throw brokenArchive(where, `the entry at byte ${source.position() - block} states no size`)
    if ('xgLKX'.includes(flag)) {
      if (stated > maximumHeader) throw brokenArchive(where, `a header of names has ${stated} bytes`)
      const bytes = await source.read(stated)
      if (bytes.length < stated) throw brokenArchive(where, 'it ends inside an extended header')
      await source.skip((block - (stated % block)) % block)
      if (flag === 'g') globals = new Map([...globals, ...paxRecords(bytes, where)])
      else if (flag === 'x' || flag === 'X') next = new Map([...next, ...paxRecords(bytes, where)])
      else next.set(flag === 'L' ? 'path' : 'linkpath', textAt(bytes, 0, bytes.length))
      continue
    }
    const pax = new Map([...globals, ...next])
    next = new Map()
    const isUstar = textAt(header, 257, 6) === 'ustar'
    const prefix = isUstar ? textAt(header, 345, 155) : ''
    const name = textAt(header, 0, 100)
    const path = pax.get('path') ?? (prefix === '' ? name : `${prefix}/${name}`)
    const type = typeOf(flag, pax)
    const size = hasContent(type, flag) ? Number(pax.get('size') ?? stated) : 0
    if (!Number.isSafeInteger(size) || size < 0) throw brokenArchive(where, `an entry states the size ${pax.get('size')}`)
    const offset = source.position()
    // Before ustar a directory was a file whose name ends in a slash.
    yield {
      path,
      type: type === 'file' && path.endsWith('/') ? 'directory' : type,
      link: pax.get('linkpath') ?? textAt(header, 157, 100),
      size,
      offset,
    }
    const left = offset + Math.ceil(size / block) * block - source.position()
    if ((await source.skip(left)) < left) throw brokenArchive(where, `it ends inside the entry ${JSON.stringify(path)}`)
  }
}
