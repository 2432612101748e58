import { describe, expect, it } from 'vitest'
import { libgcryptKey, redHatHmacKey } from '../../policy/modules-openssl.ts'
import { bytesOfHex, hexOf } from './bytes.ts'
import { checkLibgcrypt, checkSideFile, gnutlsHmacs } from './hmac-files.ts'
import { joinBytes, madeElf } from './made-elf.ts'
import { macOf, withSection } from './made-provider.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const hex = (value: string): string => hexOf(text(value))

describe('a library with an HMAC in a side file', () => {
  const library = madeElf({ type: 3, segments: [{ rights: 'rx', bytes: new Uint8Array(100) }] })
  const hmac = macOf(library, hex(redHatHmacKey))

  it('is checked over all of its bytes', () => {
    expect(checkSideFile(library, `${hmac}\n`).integrity).toBe('intact')
    expect(checkSideFile(joinBytes(library, Uint8Array.of(0)), hmac).integrity).toBe('modified')
    expect(checkSideFile(library, 'not a digest').integrity).toBe('unknown')
  })

  it('is named by the side file of GnuTLS', () => {
    const side = `[global]\nformat-version = 1\n[libgnutls.so.30]\npath = /usr/lib64/libgnutls.so.30\nhmac = ${hmac}\n[libgmp.so.10]\npath = /usr/lib64/libgmp.so.10\nhmac = short\n`
    expect(gnutlsHmacs(side)).toEqual({ 'libgnutls.so.30': { path: '/usr/lib64/libgnutls.so.30', hmac } })
    expect(gnutlsHmacs(side.replace('= 1', '= 2'))).toEqual({})
  })
})

describe('libgcrypt', () => {
  const plain = madeElf({ type: 3, segments: [{ rights: 'rx', bytes: joinBytes(text(`${libgcryptKey}\0`), new Uint8Array(100)) }] })
  // What is hashed ends with the last segment and knows nothing of sections, so the note behind it changes nothing.
  const note = (digest: string): Uint8Array => joinBytes(bytesOfHex('0400000020000000cafe2a8e46444f00'), bytesOfHex(digest))
  const sealed = withSection(plain, '.note.fdo.integrity', note(macOf(plain, hex(libgcryptKey)))).bytes

  it('is intact by the HMAC in its note', () => {
    expect(checkLibgcrypt(sealed).integrity).toBe('intact')
    const changed = sealed.slice()
    changed[plain.length - 1] = 1
    expect(checkLibgcrypt(changed).integrity).toBe('modified')
  })

  it('is of unknown integrity without the note, with another key, and where it is cut', () => {
    expect(checkLibgcrypt(plain)).toMatchObject({ integrity: 'unknown', reason: expect.stringContaining('no note') })
    expect(checkLibgcrypt(sealed, 'another key')).toMatchObject({ integrity: 'unknown' })
    expect(checkLibgcrypt(sealed.subarray(0, 100)).integrity).toBe('unknown')
  })
})
