import { posix } from 'node:path'
import { textOf } from '../analyse/bytes.ts'
import { checkLibgcrypt, checkSideFile, gnutlsHmacs, type LibraryCheck } from '../analyse/hmac-files.ts'
import type { RootFiles } from './root-files.ts'

/** Libraries of cryptography that check themselves by an HMAC beside them, or in a note of their own. The name says where to look; bytes say what is found. */
const checkedLibrary = /^lib(?:gcrypt|gnutls|nettle|hogweed|gmp)\.so(?:\.\d+)+$/

const words = { intact: 'unchanged', modified: 'modified', unknown: 'not told' } as const

const said = (name: string, by: string, { integrity, computed, expected, reason }: LibraryCheck): string =>
  `${name} checks itself by ${by}: ${words[integrity]}${reason === undefined ? '' : ` (${reason})`}${
    integrity === 'modified' ? ` (it is ${computed?.slice(0, 16)}..., the one that stands there ${expected?.slice(0, 16)}...)` : ''
  }`

const isOf = (library: string, side: string): boolean => library === side || library.startsWith(`${side}.`)

/** What a library's own check of itself says, in words; undefined where it has none. What cannot be read gives none either: the file was inspected all the same. */
export const libraryCheck = async (root: RootFiles, path: string): Promise<string | undefined> => {
  const name = posix.basename(path)
  if (!checkedLibrary.test(name)) return undefined
  const folder = posix.dirname(path)
  const library = await root.first([path])
  if (library === undefined) return undefined
  if (name.startsWith('libgcrypt.')) {
    const check = checkLibgcrypt(library.bytes)
    if (check.expected !== undefined) return said(name, 'the note in it', check)
  }
  for (const file of (await root.list(folder)).filter((each) => each.startsWith('.') && each.endsWith('.hmac')).toSorted()) {
    const side = await root.first([`${folder}/${file}`])
    if (side === undefined) continue
    const text = textOf(side.bytes)
    const own = Object.entries(gnutlsHmacs(text)).find(([soname, entry]) => entry.path === path || isOf(name, soname))
    if (own) return said(name, file, checkSideFile(library.bytes, own[1].hmac))
    if (isOf(name, file.slice(1, -'.hmac'.length)) && !text.includes('[global]'))
      return said(name, file, checkSideFile(library.bytes, text))
  }
  return undefined
}
