import { describe, expect, it } from 'vitest'
import { type Elf, readElf } from './elf.ts'
import { emptyModules, fipsLengths, hasEmptyModule, readFipsInfo, recomputeFipsMac } from './fips-info.ts'
import { type Image, wholeImage } from './image.ts'
import { type MadeGoProgram, madeGoProgram } from './made-go-program.ts'

const opened = (made: MadeGoProgram = {}, change?: (bytes: Uint8Array, parts: { record: number; module: number }) => void) => {
  const { bytes, ...parts } = madeGoProgram(made)
  change?.(bytes, parts)
  const image: Image = wholeImage(bytes)
  const result = readElf(image)
  if (result.state !== 'elf') throw new Error(result.state)
  const elf: Elf = result.elf
  return { image, elf, bytes, ...parts, result: readFipsInfo(image, elf, parts.record) }
}

const found = (...args: Parameters<typeof opened>) => {
  const all = opened(...args)
  if (all.result.state !== 'found') throw new Error(all.result.reason)
  return { ...all, info: all.result.info }
}

describe("the record of Go's module", () => {
  it('says where the module is, and its HMAC is recomputed over the bytes', () => {
    const { image, elf, info } = found({ module: ['crypto/internal/fips140/sha256.New', 'crypto/internal/fips140/sha256.init'] })
    expect(fipsLengths(info)).toEqual([32, 1, 1, 1])
    expect(info.selfAddressed).toBe(true)
    expect(recomputeFipsMac(image, elf, info)).toBe(info.stored)
    expect(hasEmptyModule(elf, info)).toBe(false)
  })

  it('is that of a program without the module where the linker found nothing to put there', () => {
    const { image, elf, info } = found()
    expect(info.stored).toBe(emptyModules.amd64?.mac)
    expect(recomputeFipsMac(image, elf, info)).toBe(info.stored)
    expect(hasEmptyModule(elf, info)).toBe(true)
    expect(hasEmptyModule({ ...elf, arch: 's390x' }, info)).toBe(false)
  })

  it('does not hold for a changed byte of the module', () => {
    const { image, elf, info } = found({}, (bytes, { module }) => {
      bytes[module + 3]! ^= 1
    })
    expect(recomputeFipsMac(image, elf, info)).not.toBe(info.stored)
  })

  it('shows where it names another address than its own, and ranges that are not in the file', () => {
    expect(found({ forged: { self: 0x1234 } }).info.selfAddressed).toBe(false)
    const { image, elf, info } = found({ forged: { lengths: [1_000_000, 1, 1, 1] } })
    expect(recomputeFipsMac(image, elf, info)).toBeUndefined()
  })

  it('is refused where it is none', () => {
    const { image, elf, record, bytes } = opened()
    for (const offset of [record - 1, record + 16, 0, bytes.length - 20]) expect(readFipsInfo(image, elf, offset).state).toBe('malformed')
    expect(opened({ forged: { lengths: [-5, 1, 1, 1] } }).result.state).toBe('malformed')
    expect(opened({ forged: { lengths: [100_000_000, 1, 1, 1] } }).result.state).toBe('malformed')
  })
})
