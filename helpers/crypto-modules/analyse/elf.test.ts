import { describe, expect, it } from 'vitest'
import { offsetOfAddress, readElf, segmentAt } from './elf.ts'
import { wholeImage } from './image.ts'
import { madeBase, madeElf, segmentOffsets } from './made-elf.ts'

const code = { rights: 'rx', bytes: new Uint8Array(100).fill(1) } as const
const data = { rights: 'rw', bytes: new Uint8Array(50).fill(2) } as const

const elfOf = (whole: Uint8Array) => {
  const result = readElf(wholeImage(whole))
  if (result.state !== 'elf') throw new Error(JSON.stringify(result))
  return result.elf
}

describe('readElf', () => {
  it.each([
    [64, 'little', 62, 'amd64'],
    [64, 'little', 183, 'arm64'],
    [64, 'big', 22, 's390x'],
    [32, 'little', 40, 'arm'],
    [32, 'big', 8, 'mips'],
    [64, 'little', 9999, 'machine-9999'],
  ] as const)('reads %s-bit %s-endian files for machine %s (%s)', (bits, order, machine, arch) => {
    const made = { class: bits, order, machine, segments: [code, data] }
    const elf = elfOf(madeElf(made))
    const [first, second] = segmentOffsets(made)
    expect(elf).toMatchObject({ class: bits, order, machine, arch, type: 2, interpreter: false })
    expect(elf.segments).toMatchObject([
      { offset: first, address: madeBase + (first ?? 0), fileSize: 100, executable: true, writable: false },
      { offset: second, fileSize: 50, executable: false, writable: true },
    ])
    expect(elf.end).toBe((second ?? 0) + 50)
  })

  it('finds the segment around bytes, and none where they leave it', () => {
    const made = { segments: [code, data] }
    const [start = 0] = segmentOffsets(made)
    const elf = elfOf(madeElf(made))
    expect(segmentAt(elf, start, 100)?.executable).toBe(true)
    expect(segmentAt(elf, start, 101)).toBeUndefined()
    expect(offsetOfAddress(elf, madeBase + start + 7, 10)).toBe(start + 7)
    expect(offsetOfAddress(elf, madeBase + start + 95, 10)).toBeUndefined()
  })

  it.each([
    ['nothing', new Uint8Array(), 'not-elf'],
    ['text', new TextEncoder().encode('#!/bin/sh\n'), 'not-elf'],
    ['the magic alone', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46), 'malformed'],
    ['an unknown class', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 7, 1, ...new Uint8Array(80)), 'malformed'],
  ])('says what is wrong with %s', (_, bytes, state) => {
    expect(readElf(wholeImage(bytes)).state).toBe(state)
  })

  it('refuses a number of program headers that no linker writes', () => {
    const whole = madeElf({ segments: [code] })
    new DataView(whole.buffer).setUint16(56, 0xffff, true)
    expect(readElf(wholeImage(whole))).toMatchObject({ state: 'malformed', reason: expect.stringContaining('65535') })
  })

  it('refuses numbers above 2^53', () => {
    const whole = madeElf({ segments: [code] })
    new DataView(whole.buffer).setBigUint64(64 + 8, 0xffff_ffff_ffff_fff0n, true)
    expect(readElf(wholeImage(whole)).state).toBe('malformed')
  })

  it('answers for every shortened file', () => {
    const whole = madeElf({ segments: [code, data] })
    const states = new Set(Array.from({ length: 180 }, (_, length) => readElf(wholeImage(whole.subarray(0, length))).state))
    expect([...states]).toEqual(['not-elf', 'malformed', 'elf'])
  })
})
