import { describe, expect, it } from 'vitest'
import { wholeImage } from '../crypto-modules/analyse/image.ts'
import { joinBytes, madeElf, madeFunctionTable } from '../crypto-modules/analyse/made-elf.ts'
import { searchFile } from '../crypto-modules/analyse/search.ts'
import { boringSslSelfTestText } from '../policy/modules.ts'
import { goboring, madeBuilds, notGo, plainGo } from './made-archive.ts'
import { searchLarge } from './search-large.ts'

const window = 8 * 1024 * 1024
const text = new TextEncoder().encode(boringSslSelfTestText)

/** What both say, without needles that only one of them looks for and that stand nowhere. */
const comparable = ({ needles, functionTables }: ReturnType<typeof searchFile>) => ({
  needles: needles.filter(({ count }) => count > 0),
  functionTables,
})

const names = [
  'main.main',
  'crypto/tls/fipsonly.init.0',
  'crypto/internal/boring.init.0',
  'golang.org/x/crypto/chacha20.New',
  'golang.org/x/crypto/chacha20.Other',
]

/** A file over several windows, with a needle that lies across a border and tables of functions in the second. */
const spread = (): Uint8Array => {
  const filler = new Uint8Array(window - text.length - 500).fill(0x11)
  const gap = new Uint8Array(300).fill(0x22)
  return madeElf({
    segments: [
      { rights: 'rx', bytes: joinBytes(filler, text, gap, text, gap, text) },
      { rights: 'r', bytes: madeFunctionTable(names) },
      { rights: 'r', bytes: joinBytes(new Uint8Array(window).fill(0x33), text) },
      { rights: 'r', bytes: madeFunctionTable(['a.b', ...names], { layout: 'go1.16' }) },
    ],
  })
}

describe('searchLarge finds what searchFile finds', () => {
  it.each([
    ['a goboring program', goboring()],
    ['a Go program', plainGo()],
    ['a program that is not of Go', notGo()],
    ['no program', new TextEncoder().encode('text')],
    ['a file of several windows', spread()],
  ])('in %s', (_what, bytes) => {
    expect(comparable(searchLarge(wholeImage(bytes), madeBuilds))).toEqual(comparable(searchFile(bytes, madeBuilds)))
  })

  it('counts a needle across the border of two windows once', () => {
    const found = searchLarge(wholeImage(spread()), madeBuilds)
    expect(found.needles.find(({ id }) => id === 'boringssl-self-test')?.count).toBe(4)
    expect(found.functionTables).toHaveLength(2)
  })
})
