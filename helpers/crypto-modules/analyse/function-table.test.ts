import { describe, expect, it } from 'vitest'
import { readElf } from './elf.ts'
import { functionAt, readFunctionTable } from './function-table.ts'
import { wholeImage } from './image.ts'
import { madeElf, madeFunctionTable, segmentOffsets } from './made-elf.ts'

const names = [
  'main.main',
  'crypto/tls/fipsonly.init.0',
  'crypto/tls/fipsonlyx.init.0',
  'golang.org/x/crypto/ssh.Dial',
  `main.${'x'.repeat(900)}`,
]

const fileWith = (bytes: Uint8Array, options: { class?: 32 | 64; order?: 'little' | 'big' } = {}) => {
  const made = { ...options, segments: [{ rights: 'r', bytes }] } as const
  const image = wholeImage(madeElf(made))
  const result = readElf(image)
  if (result.state !== 'elf') throw new Error(result.state)
  return { image, elf: result.elf, offset: segmentOffsets(made)[0] ?? 0 }
}

describe('the table of functions', () => {
  it.each([
    ['go1.18', 'little', 8],
    ['go1.18', 'big', 8],
    ['go1.18', 'little', 4],
    ['go1.16', 'little', 8],
    ['go1.16', 'big', 4],
  ] as const)('is read in the layout of %s (%s-endian, %s-byte words)', (layout, order, wordSize) => {
    const { image, elf, offset } = fileWith(madeFunctionTable(names, { layout, order, wordSize }), {
      class: wordSize === 8 ? 64 : 32,
      order,
    })
    const table = readFunctionTable(image, elf, offset)
    expect(table).toMatchObject({ layout, functions: names.length })
    if (table === undefined) throw new Error('no table')
    expect(names.map((_, index) => functionAt(image, table, index)?.name)).toEqual(names)
    expect(functionAt(image, table, names.length)).toBeUndefined()
  })

  it('is refused where it is cut or its header is wrong', () => {
    const good = madeFunctionTable(names)
    // The last record's last field is not read, so the very last bytes may be missing.
    for (let length = 0; length < good.length - 100; length += 7) {
      const { image, elf, offset } = fileWith(good.subarray(0, length))
      expect(readFunctionTable(image, elf, offset)).toBeUndefined()
    }
    for (const [at, value] of [
      [4, 1],
      [6, 3],
      [7, 5],
      [0, 0xf2],
    ] as const) {
      const bad = good.slice()
      bad[at] = value
      const { image, elf, offset } = fileWith(bad)
      expect(readFunctionTable(image, elf, offset)).toBeUndefined()
    }
  })
})
