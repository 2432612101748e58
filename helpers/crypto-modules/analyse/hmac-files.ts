import { createHmac } from 'node:crypto'
import { libgcryptKey, redHatHmacKey } from '../../policy/modules-openssl.ts'
import { bytesOfHex, equalBytes, hexOf, numbersOf } from './bytes.ts'
import { readElf } from './elf.ts'
import { wholeImage } from './image.ts'
import { parseConfiguration } from './openssl-configuration.ts'
import { sectionsOf } from './sections.ts'

// Libraries that check themselves by an HMAC-SHA256 which stands beside them (GnuTLS, nettle, fipscheck) or in a note of their own (libgcrypt).

/** What such a check shows; digests in hex. unknown: another key may have been used, or there is nothing to compare with. */
export type LibraryCheck = {
  integrity: 'intact' | 'modified' | 'unknown'
  key: string
  computed?: string
  expected?: string
  reason?: string
}

const textKey = (key: string): string => hexOf(new TextEncoder().encode(key))

const hmac = (key: string, bytes: Uint8Array): string => createHmac('sha256', bytesOfHex(key)).update(bytes).digest('hex')

const compared = (key: string, computed: string, expected: string): LibraryCheck =>
  computed === expected ? { integrity: 'intact', key, computed, expected } : { integrity: 'modified', key, computed, expected }

/** The libraries that a side file of GnuTLS names: file name to path and HMAC (GnuTLS, `lib/fips.c`; INI with a section for each library). */
export const gnutlsHmacs = (text: string): Record<string, { path: string; hmac: string }> => {
  const sections = parseConfiguration(text)
  if (sections.global?.['format-version'] !== '1') return {}
  return Object.fromEntries(
    Object.entries(sections).flatMap(([name, { path, hmac: value }]) =>
      path !== undefined && value !== undefined && /^[0-9a-f]{64}$/i.test(value)
        ? [[name, { path, hmac: value.toLowerCase() }] as const]
        : [],
    ),
  )
}

/** A library against the HMAC of a side file, over all of its bytes. The key is Red Hat's unless another is given. */
export const checkSideFile = (library: Uint8Array, expected: string, key = redHatHmacKey): LibraryCheck => {
  const hex = textKey(key)
  return /^[0-9a-f]{64}$/i.test(expected.trim())
    ? compared(hex, hmac(hex, library), expected.trim().toLowerCase())
    : { integrity: 'unknown', key: hex, reason: 'the side file holds no HMAC-SHA256' }
}

const noteSection = '.note.fdo.integrity'
/** Lengths of the owner's name and of the digest, the type of the note, the name: `FDO` and a NUL. */
const noteLengths = bytesOfHex('0400000020000000')
const noteOwner = bytesOfHex('46444f00')
const ownerAt = 12
const digestAt = 16
const digestLength = 32

/**
 * libgcrypt 1.10 and later: the HMAC in its note covers the file from the start to the end of the last segment, with the fields of the ELF header that speak of
 * sections as zeros (libgcrypt, `src/fips.c`).
 */
export const checkLibgcrypt = (library: Uint8Array, key = libgcryptKey): LibraryCheck => {
  const hex = textKey(key)
  const image = wholeImage(library)
  const result = readElf(image)
  if (result.state !== 'elf' || result.elf.class !== 64 || result.elf.order !== 'little')
    return { integrity: 'unknown', key: hex, reason: 'no 64-bit ELF library' }
  const note = sectionsOf(image, result.elf).find(({ name, length }) => name === noteSection && length === digestAt + digestLength)
  const bytes = note && image.bytes(note.offset, note.length)
  if (bytes === undefined || !equalBytes(bytes.subarray(0, 8), noteLengths) || !equalBytes(bytes.subarray(ownerAt, digestAt), noteOwner)) {
    return { integrity: 'unknown', key: hex, reason: `it has no note ${noteSection}` }
  }
  const end = lastSegmentEnd(library)
  if (!(end <= library.length)) return { integrity: 'unknown', key: hex, reason: 'the file ends before its last segment' }
  const covered = library.slice(0, end)
  // e_shoff, then e_shentsize, e_shnum and e_shstrndx.
  covered.fill(0, 40, 48)
  covered.fill(0, 58, 64)
  const check = compared(hex, hmac(hex, covered), hexOf(bytes.subarray(digestAt)))
  // With another key another MAC comes out: that says nothing of the file.
  const hasKey = Buffer.from(library.buffer, library.byteOffset, library.byteLength).includes(key, 0, 'latin1')
  return check.integrity === 'modified' && !hasKey
    ? { ...check, integrity: 'unknown', reason: 'the usual key does not stand in it' }
    : check
}

/** The end of the program header that reaches furthest, of whatever type. The header was read before. */
const lastSegmentEnd = (library: Uint8Array): number => {
  const { u16, u64 } = numbersOf(library, 'little', 8)
  const [offset, size, count] = [u64(32), u16(54), u16(56)]
  return Math.max(0, ...Array.from({ length: count }, (_, index) => u64(offset + index * size + 8) + u64(offset + index * size + 32)))
}
