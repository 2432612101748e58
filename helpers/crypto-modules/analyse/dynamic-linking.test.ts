import { describe, expect, it } from 'vitest'
import { dynamicLinking } from './dynamic-linking.ts'
import { type Elf, readElf } from './elf.ts'
import { wholeImage } from './image.ts'
import { joinBytes, madeBase, madeElf, packed, segmentOffsets } from './made-elf.ts'

const strings = new TextEncoder().encode('\0libc.so.6\0libcrypto.so.3\0$ORIGIN/../lib:/opt/lib\0')

const read = (entries: (stringsAddress: number) => readonly (readonly [number, number])[]) => {
  const table = (address: number): Uint8Array =>
    joinBytes(...entries(address).map(([tag, value]) => packed('little', [8, tag], [8, value])))
  const length = table(0).length
  const made = { segments: [{ rights: 'rw' as const, bytes: new Uint8Array(length + strings.length) }] }
  const [offset = 0] = segmentOffsets(made)
  const bytes = madeElf({ segments: [{ rights: 'rw', bytes: joinBytes(table(madeBase + offset + length), strings) }] })
  const image = wholeImage(bytes)
  const result = readElf(image)
  if (result.state !== 'elf') throw new Error(result.state)
  const elf: Elf = { ...result.elf, dynamic: { offset, length } }
  return dynamicLinking(image, elf)
}

const [NULL, NEEDED, PLTRELSZ, STRTAB, STRSZ, RPATH, RUNPATH] = [0, 1, 2, 5, 10, 15, 29]

describe('the shared libraries that a program asks for', () => {
  it('are named in its dynamic table, up to the table’s end', () => {
    const entries = (at: number) =>
      [
        [NEEDED, 1],
        [STRTAB, at],
        [STRSZ, strings.length],
        [NEEDED, 11],
        [PLTRELSZ, 816],
        [NULL, 0],
        [NEEDED, 1],
      ] as const
    expect(read(entries)).toEqual({ libraries: ['libc.so.6', 'libcrypto.so.3'], rpath: [], runpath: [], stubs: 34 })
  })

  it('may be looked for in folders that it names', () => {
    const entries = (at: number) =>
      [
        [RUNPATH, 26],
        [RPATH, 41],
        [STRTAB, at],
        [STRSZ, strings.length],
      ] as const
    expect(read(entries)).toMatchObject({ libraries: [], runpath: ['$ORIGIN/../lib', '/opt/lib'], rpath: ['/opt/lib'] })
  })

  it('are none where the table names none', () =>
    expect(read(() => [[NULL, 0]])).toEqual({ libraries: [], rpath: [], runpath: [], stubs: 0 }))

  it.each([
    ['without strings', () => [[NEEDED, 1]] as const],
    [
      'with strings outside the file',
      () =>
        [
          [NEEDED, 1],
          [STRTAB, 1],
          [STRSZ, 9],
        ] as const,
    ],
    [
      'with a name outside the strings',
      (at: number) =>
        [
          [NEEDED, 1000],
          [STRTAB, at],
          [STRSZ, strings.length],
        ] as const,
    ],
  ])('are unknown %s', (_, entries) => expect(read(entries)).toBeUndefined())

  it('are none in a program without a dynamic table, and unknown where it is not at hand', () => {
    const image = wholeImage(madeElf({ segments: [] }))
    const result = readElf(image)
    if (result.state !== 'elf') throw new Error(result.state)
    expect(dynamicLinking(image, result.elf)).toEqual({ libraries: [], rpath: [], runpath: [], stubs: 0 })
    expect(dynamicLinking(image, { ...result.elf, dynamic: { offset: 1_000_000, length: 64 } })).toBeUndefined()
  })
})
