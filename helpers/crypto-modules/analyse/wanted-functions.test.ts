import { describe, expect, it } from 'vitest'
import { readElf } from './elf.ts'
import { nameOffsets, readFunctionTable } from './function-table.ts'
import { wholeImage } from './image.ts'
import { madeElf, madeFunctionTable, segmentOffsets } from './made-elf.ts'
import { wantedFunctions } from './wanted-functions.ts'

const wantedIn = (names: readonly string[], layout: 'go1.16' | 'go1.18' = 'go1.18') => {
  const made = { segments: [{ rights: 'r', bytes: madeFunctionTable([...names], { layout }) }] } as const
  const image = wholeImage(madeElf(made))
  const result = readElf(image)
  const table = result.state === 'elf' ? readFunctionTable(image, result.elf, segmentOffsets(made)[0] ?? 0) : undefined
  const bytes = table && image.bytes(table.names, table.namesEnd - table.names)
  if (table === undefined || bytes === undefined) throw new Error('the made table cannot be read')
  return { functions: wantedFunctions(image, table, bytes), offsets: nameOffsets(image, table) }
}

describe('wanted functions', () => {
  it.each(['go1.16', 'go1.18'] as const)(
    'are those with wanted names, and one witness of each package, in the order of the table (%s)',
    (layout) => {
      const names = [
        'crypto/aes.New',
        'runtime.main',
        'crypto/internal/boring.init.0',
        'crypto/internal/boring.other',
        'crypto/aes.init',
        'x.crypto/aes.New',
        'golang.org/x/crypto/cryptobyte.New',
        'vendor/golang.org/x/crypto/chacha20.New',
        'github.com/golang-fips/openssl/v2.Init',
        'runtime.godebugNotify',
        'golang.org/x/crypt',
      ]
      const { functions, offsets } = wantedIn(names, layout)
      expect(functions.map(({ index, name }) => [index, name])).toEqual([0, 2, 7, 8, 9].map((index) => [index, names[index]]))
      expect(offsets).toHaveLength(names.length)
    },
  )

  it('are found where their name is the first of the table, and where names are not ASCII', () => {
    const names = ['crypto/tls/fipsonly.init', 'crypto/é.Ψ']
    expect(wantedIn(names).functions.map(({ name }) => name)).toEqual(names)
  })

  it('do not include names longer than any function has', () => {
    expect(wantedIn(['main.main', `crypto/x.${'y'.repeat(5000)}`, 'crypto/x.z']).functions.map(({ name }) => name)).toEqual(['crypto/x.z'])
  })
})
