import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatOf } from './format.ts'
import { goboring, madeTar } from './made-archive.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

describe('formatOf', () => {
  it.each([
    ['an ELF file', goboring().subarray(0, 4096), 'elf'],
    ['a script', text('#!/bin/sh\n'), 'script'],
    ['text that starts with MZ', text('MZ is the mark of DOS programs, and this is text of some length that has none.'), 'data'],
    ['a Mach-O file', bytes(0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1), 'mach-o'],
    ['a universal Mach-O file', bytes(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2), 'mach-o'],
    ['a Java class file', bytes(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 65), 'data'],
    ['gzip', gzipSync('x'), 'archive'],
    ['a jar', bytes(0x50, 0x4b, 3, 4), 'archive'],
    ['nothing', bytes(), 'data'],
    ['text', text('hello'), 'data'],
  ])('%s', (_what, head, format) => {
    expect(formatOf(head)).toBe(format)
  })

  it('a tar archive, by its checksum', async () => {
    const tar = await madeTar([['a', 'x']])
    expect(formatOf(tar)).toBe('archive')
    tar[0] = 0x62
    expect(formatOf(tar)).toBe('data')
  })
})
