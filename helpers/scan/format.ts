/** What a file is by its first bytes. Everything but `archive` and `data` can be run by some machine. */
export type Format = 'elf' | 'pe' | 'mach-o' | 'script' | 'archive' | 'data'

/** Bytes of a file's start that its format follows from. */
export const headLength = 4096

const startsWith = (head: Uint8Array, ...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte)

const u32 = (head: Uint8Array, at: number, little: boolean): number =>
  at + 4 <= head.length ? new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(at, little) : Number.NaN

/** MZ, and at the offset that stands at 0x3c the signature `PE\0\0` (Microsoft PE format). An offset beyond the head is believed. */
const isPe = (head: Uint8Array): boolean => {
  if (!startsWith(head, 0x4d, 0x5a)) return false
  const header = u32(head, 0x3c, true)
  return header + 4 <= head.length ? u32(head, header, false) === 0x50450000 : Number.isFinite(header) && header < 0x10000000
}

const machO = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe])

/** Mach-O, thin or universal. Java class files share the universal magic; their version is above any number of processors. */
const isMachO = (head: Uint8Array): boolean =>
  machO.has(u32(head, 0, false)) || (u32(head, 0, false) === 0xcafebabe && u32(head, 4, false) < 40)

/** The header checksum of a tar entry: the sum of its 512 bytes, with the field itself taken as spaces (POSIX pax, ustar). */
export const hasTarChecksum = (header: Uint8Array): boolean => {
  if (header.length < 512) return false
  const stated = Number.parseInt(new TextDecoder('latin1').decode(header.subarray(148, 156)).replace(/^[\0 ]+/, ''), 8)
  let sum = 0
  for (let at = 0; at < 512; at++) sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0)
  return sum === stated
}

export const isGzip = (head: Uint8Array): boolean => startsWith(head, 0x1f, 0x8b)
export const isZstd = (head: Uint8Array): boolean => startsWith(head, 0x28, 0xb5, 0x2f, 0xfd)

/** gzip, zstd, xz, bzip2, zip (jar), ar (deb), tar. */
const isArchive = (head: Uint8Array): boolean =>
  isGzip(head) ||
  isZstd(head) ||
  startsWith(head, 0xfd, 0x37, 0x7a, 0x58, 0x5a) ||
  startsWith(head, 0x42, 0x5a, 0x68) ||
  startsWith(head, 0x50, 0x4b, 3, 4) ||
  startsWith(head, 0x21, 0x3c, 0x61, 0x72, 0x63, 0x68, 0x3e, 0x0a) ||
  (startsWith(head.subarray(257), 0x75, 0x73, 0x74, 0x61, 0x72) && hasTarChecksum(head))

export const formatOf = (head: Uint8Array): Format => {
  if (startsWith(head, 0x7f, 0x45, 0x4c, 0x46)) return 'elf'
  if (startsWith(head, 0x23, 0x21)) return 'script'
  if (isPe(head)) return 'pe'
  if (isMachO(head)) return 'mach-o'
  return isArchive(head) ? 'archive' : 'data'
}
