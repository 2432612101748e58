import { describe, expect, it } from 'vitest'
import { joinBytes } from '../crypto-modules/analyse/made-elf.ts'
import { streamSource } from './byte-source.ts'
import { madeTar } from './made-archive.ts'
import { type TarEntry, tarEntries } from './tar.ts'

const inChunks = async function* (bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const read = async (bytes: Uint8Array, chunk = 1000): Promise<(TarEntry & { text: string })[]> => {
  const source = streamSource(inChunks(bytes, chunk))
  const found: (TarEntry & { text: string })[] = []
  for await (const entry of tarEntries(source, 'made')) {
    found.push({ ...entry, text: entry.path.includes('skipped') ? '' : new TextDecoder().decode(await source.read(entry.size)) })
  }
  return found
}

const long = `${'directory/'.repeat(40)}file`

describe('tarEntries', () => {
  it.each([1, 7, 512, 100_000])('reads entries, their offsets and contents from chunks of %i bytes', async (chunk) => {
    const tar = await madeTar([
      ['a', 'first'],
      ['skipped', 'x'.repeat(3000)],
      [long, 'deep'],
      [{ name: 'link', type: 'symlink', linkname: '../b' }],
      [{ name: 'd', type: 'directory' }],
      ['ä', ''],
    ])
    const entries = await read(tar, chunk)
    expect(entries.map(({ path, type, link, text }) => [path, type, link, text])).toEqual([
      ['a', 'file', '', 'first'],
      ['skipped', 'file', '', ''],
      [long, 'file', '', 'deep'],
      ['link', 'symlink', '../b', ''],
      ['d', 'directory', '', ''],
      ['\u00c3\u00a4', 'file', '', ''],
    ])
    for (const { offset, text } of entries)
      if (text !== '') expect(new TextDecoder().decode(tar.subarray(offset, offset + text.length))).toBe(text)
  })

  it.each([
    ['inside a header', 700],
    ['inside a content', 512 + 100],
    ['between two entries', 1024],
  ])('says that an archive is broken that ends %s', async (_where, length) => {
    const tar = await madeTar([
      ['a', 'x'.repeat(300)],
      ['b', 'y'],
    ])
    await expect(read(tar.subarray(0, length))).rejects.toMatchObject({ code: 'ARCHIVE_BROKEN', trouble: { exit: 3 } })
  })

  it('says so of bytes that are no header', async () => {
    const tar = await madeTar([['a', 'x']])
    await expect(read(joinBytes(tar.subarray(0, 1024), new Uint8Array(512).fill(0x41), new Uint8Array(1024)))).rejects.toMatchObject({
      code: 'ARCHIVE_BROKEN',
      trouble: { why: expect.stringContaining('no tar header stands at byte 1024') },
    })
  })

  it('does not take memory for a header of names that states a gigabyte', async () => {
    const tar = await madeTar([[`${long}x`, 'x']])
    const header = tar.slice(0, 512)
    header.set(new TextEncoder().encode('07777777777\0'), 124)
    let sum = 0
    for (let at = 0; at < 512; at++) sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0)
    header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
    await expect(read(joinBytes(header, tar.subarray(512)))).rejects.toMatchObject({
      trouble: { why: expect.stringContaining('a header of names has') },
    })
  })
})
