import { describe, expect, it } from 'vitest'
import { boringSslSelfTestText } from '../../policy/modules.ts'
import { wholeImage } from './image.ts'
import { joinBytes, madeBlock, madeElf, madeFunctionTable } from './made-elf.ts'
import { searchFile, searchImage, searchOverlap, selfTestNeedle, startSearch } from './search.ts'

const window = 1024 * 1024
const text = new TextEncoder().encode(boringSslSelfTestText)
const { block, build } = madeBlock()

const names = ['main.main', 'crypto/tls/fipsonly.init.0', 'crypto/internal/boring.init.0', 'golang.org/x/crypto/chacha20.New']

/** A file over several windows, with a needle that lies across a border, and tables of functions in more than one. */
const spread = (): Uint8Array => {
  const filler = new Uint8Array(window - text.length - 500).fill(0x11)
  const gap = new Uint8Array(300).fill(0x22)
  return madeElf({
    segments: [
      { rights: 'rx', bytes: joinBytes(filler, text, gap, text, gap, text, block) },
      { rights: 'r', bytes: madeFunctionTable(names) },
      { rights: 'r', bytes: joinBytes(new Uint8Array(window).fill(0x33), text) },
      { rights: 'r', bytes: madeFunctionTable(['a.b', ...names], { layout: 'go1.16' }) },
    ],
  })
}

describe('a search while the bytes go by', () => {
  it('counts a needle across the border of two windows once, and finds tables in all of them', () => {
    const { needles, functionTables } = searchFile(spread(), [build])
    expect(needles.find(({ id }) => id === selfTestNeedle)?.count).toBe(4)
    expect(functionTables.map(({ functions }) => functions)).toEqual([names.length, names.length + 1])
  })

  it.each([8, 100, 4096, 70_001])('tells the same whatever the length of the parts is (%s bytes)', (length) => {
    const whole = spread().subarray(length < 1000 ? window - 600 : 0)
    const search = startSearch([build])
    for (let at = 0; at < whole.length; at += length) {
      const start = Math.max(0, at - searchOverlap)
      search.add(whole.slice(start, at + length), start)
    }
    expect(search.finish(wholeImage(whole))).toEqual(searchFile(whole, [build]))
  })

  it('finds a table behind more headers of none than it keeps', () => {
    const header = new Uint8Array([0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8])
    const fakes = joinBytes(...Array.from({ length: 5000 }, () => header))
    const whole = madeElf({
      segments: [
        { rights: 'r', bytes: fakes },
        { rights: 'r', bytes: madeFunctionTable(names) },
      ],
    })
    expect(searchFile(whole, []).functionTables.map(({ functions }) => functions)).toEqual([names.length])
  })

  it('says that a file which has become shorter ends too early', () => {
    const whole = spread()
    const image = { size: whole.length + 1, bytes: wholeImage(whole).bytes }
    expect(() => searchImage(image, [build])).toThrow(`the file ends before byte ${whole.length + 1}`)
  })
})
