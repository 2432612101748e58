import { describe, expect, it } from 'vitest'
import { cryptographyTraces } from '../../policy/modules-cryptography.ts'
import { fipsInfoMagic } from './fips-info.ts'
import { boringLines, boringVersion, joinBytes, madeBlock, madeBuildInfo, madeElf, madeFunctionTable, segmentOffsets } from './made-elf.ts'
import { buildInfoNeedle, searchFile } from './search.ts'

const names = [
  'main.main',
  'crypto/tls/fipsonly.init.0',
  'crypto/tls/fipsonlx.init.0',
  'golang.org/x/crypto/ssh.Dial',
  'golang.org/x/crypto/ssh.Listen',
  'golang.org/x/crypto/cryptobyte.New',
]

const fileWith = (bytes: Uint8Array, options: { class?: 32 | 64; order?: 'little' | 'big' } = {}) => {
  const made = { ...options, segments: [{ rights: 'r', bytes }] } as const
  return { whole: madeElf(made), offset: segmentOffsets(made)[0] ?? 0 }
}

describe('searchFile', () => {
  it('tells where known digests and build infos stand, and what is nowhere', () => {
    const { block, build } = madeBlock()
    const absent = madeBlock({ id: 'boringcrypto-20980101', length: 900 }).build
    const { whole, offset } = fileWith(joinBytes(block, madeBuildInfo(boringVersion, boringLines)))
    const { needles } = searchFile(whole, [build, absent])
    expect(needles).toContainEqual({
      id: 'digest:boringcrypto-20990101/amd64',
      hex: build.digest,
      count: 1,
      offsets: [offset + build.digestOffset],
    })
    expect(needles).toContainEqual({ id: 'digest:boringcrypto-20980101/amd64', hex: absent.digest, count: 0, offsets: [] })
    expect(needles).toContainEqual(expect.objectContaining({ id: buildInfoNeedle, count: 1, offsets: [offset + block.length] }))
  })

  it.each([
    ['go1.18', 'little', 8],
    ['go1.18', 'big', 8],
    ['go1.16', 'big', 4],
  ] as const)('finds the table of functions (%s, %s-endian, %s-byte words) and wanted names in it', (layout, order, wordSize) => {
    const table = joinBytes(new Uint8Array(12), madeFunctionTable(names, { layout, order, wordSize }))
    const { whole, offset } = fileWith(table, { class: wordSize === 8 ? 64 : 32, order })
    const [found] = searchFile(whole, []).functionTables
    expect(found).toMatchObject({
      offset: offset + 12,
      functions: names.length,
      matches: [
        { index: 1, name: 'crypto/tls/fipsonly.init.0' },
        { index: 2, name: 'crypto/tls/fipsonlx.init.0' },
        { index: 3, name: 'golang.org/x/crypto/ssh.Dial' },
      ],
    })
    const { offset: start, length } = found?.names ?? { offset: 0, length: 0 }
    const text = new TextDecoder().decode(whole.subarray(start, start + length))
    expect(names.filter((name) => !text.includes(`${name}\0`))).toEqual([])
  })

  it('keeps one function of each package below crypto/, as a witness', () => {
    const { whole } = fileWith(
      madeFunctionTable(['crypto/aes.NewCipher', 'crypto/aes.init', 'crypto/sha256.New', 'runtime.main', 'runtime.godebugNotify']),
    )
    expect(searchFile(whole, []).functionTables[0]?.matches.map(({ name }) => name)).toEqual([
      'crypto/aes.NewCipher',
      'crypto/sha256.New',
      'runtime.godebugNotify',
    ])
  })

  it("looks for traces of cryptography only beside Go's record of its module, and without a known module", () => {
    const { block, build } = madeBlock()
    const traces = (bytes: Uint8Array): number =>
      searchFile(fileWith(bytes).whole, [build]).needles.filter(({ id }) => id.startsWith('trace:')).length
    expect(traces(new Uint8Array(100))).toBe(0)
    expect(traces(joinBytes(fipsInfoMagic, block))).toBe(0)
    expect(traces(fipsInfoMagic)).toBe(cryptographyTraces.length)
  })

  it('takes names that start as wanted, not names that merely contain it', () => {
    const { whole } = fileWith(madeFunctionTable(['a/crypto/tls/fipsonly.init.0', 'crypto/internal/boring.init.0']))
    expect(searchFile(whole, []).functionTables[0]?.matches).toEqual([{ index: 1, name: 'crypto/internal/boring.init.0' }])
  })

  it('sees no name that stands outside a table', () => {
    const { whole } = fileWith(new TextEncoder().encode('\0crypto/tls/fipsonly.init.0\0'))
    expect(searchFile(whole, []).functionTables).toEqual([])
  })

  it('works on bytes that start at an odd place in memory', () => {
    const { whole } = fileWith(madeFunctionTable(names))
    const shifted = joinBytes(new Uint8Array(1), whole).subarray(1)
    expect(searchFile(shifted, [])).toEqual(searchFile(whole, []))
  })
})
