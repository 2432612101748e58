import { describe, expect, it } from 'vitest'
import { readElf } from '../../helpers/crypto-modules/analyse/elf.ts'
import { wholeImage } from '../../helpers/crypto-modules/analyse/image.ts'
import { madeElf } from '../../helpers/crypto-modules/analyse/made-elf.ts'
import { boringCryptoBuilds } from '../../helpers/policy/modules.ts'
import { boringOf, loadsOf, nativesOf, placesOf, recordMagic } from './places.ts'

const [build] = boringCryptoBuilds
if (build === undefined) throw new Error('no build is known')
const code = new Uint8Array(build.digestOffset + 1000)
code.set(Buffer.from(build.digest, 'hex'), build.digestOffset + 100)
const record = new Uint8Array(256)
record.set(recordMagic, 32)

describe('places in a program', () => {
  const bytes = madeElf({
    segments: [
      { rights: 'rx', bytes: code },
      { rights: 'rw', bytes: record },
    ],
  })

  it('are the segments that the reader of the analysis finds', () => {
    const read = readElf(wholeImage(bytes))
    if (read.state !== 'elf') throw new Error(read.state)
    expect(loadsOf(bytes).map(({ offset, length, address }) => [offset, length, address])).toEqual(
      read.elf.segments.map(({ offset, fileSize, address }) => [offset, fileSize, address]),
    )
  })

  it('are the block by its digest', () => {
    const [segment] = loadsOf(bytes)
    expect(boringOf(bytes)?.block).toEqual({ offset: (segment?.offset ?? 0) + 100, length: build.length })
    expect(boringOf(bytes.subarray(0, 4096))).toBeUndefined()
  })

  it('are the parts that a record names, and whether it names itself', () => {
    const [at = 0] = placesOf(bytes, recordMagic)
    const [text, data] = loadsOf(bytes)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const words = [0, 0, 16, 16, 20, 20, 24, 24, 25].map((each) => each + (text?.address ?? 0))
    for (const [index, word] of words.entries()) view.setBigUint64(at + 48 + 8 * index, BigInt(word), true)
    expect(nativesOf(bytes)).toMatchObject([{ selfAddressed: false, parts: [{ length: 16 }, { length: 4 }, { length: 4 }, { length: 1 }] }])
    view.setBigUint64(at + 48, BigInt((data?.address ?? 0) + at - (data?.offset ?? 0)), true)
    expect(nativesOf(bytes)).toMatchObject([{ selfAddressed: true }])
    view.setBigUint64(at + 64, 2n ** 40n, true)
    expect(nativesOf(bytes)).toEqual([])
  })
})
