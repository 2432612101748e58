import { describe, expect, it } from 'vitest'
import { wholeImage } from './image.ts'
import { analyseImage } from './image-facts.ts'
import { joinBytes, packed } from './made-elf.ts'
import { type MadeSelfChecking, madeSelfChecking } from './made-self-checking.ts'
import { searchFile } from './search.ts'

const inspected = (bytes: Uint8Array) => {
  const facts = analyseImage(wholeImage(bytes), { path: '/bin/envoy', size: bytes.length, sha256: '00' }, searchFile(bytes, []), [])
  if (facts.state !== 'inspected') throw new Error(`${facts.state}: ${facts.reason}`)
  return facts
}

const changed = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

/** The same file with section headers, a table of symbols and their names behind it. */
const withSymbols = (bytes: Uint8Array, symbols: Readonly<Record<string, number>>): Uint8Array => {
  const names = new TextEncoder().encode(['', ...Object.keys(symbols), ''].join('\0'))
  let name = 1
  const table = Object.entries(symbols).map(([each, address]) => {
    const entry = packed('little', [4, name], [4, 0], [8, address], [8, 0])
    name += each.length + 1
    return entry
  })
  const symtab = joinBytes(new Uint8Array(24), ...table)
  const start = Math.ceil(bytes.length / 8) * 8
  const section = (type: number, offset: number, size: number, link: number): Uint8Array =>
    packed('little', [4, 0], [4, type], [8, 0], [8, 0], [8, offset], [8, size], [4, link], [4, 0], [8, 8], [8, 24])
  const namesAt = start + symtab.length
  const headersAt = namesAt + names.length
  const headers = joinBytes(new Uint8Array(64), section(2, start, symtab.length, 2), section(3, namesAt, names.length, 0))
  const whole = joinBytes(bytes, new Uint8Array(start - bytes.length), symtab, names, headers)
  const view = new DataView(whole.buffer)
  view.setBigUint64(40, BigInt(headersAt), true)
  view.setUint16(58, 64, true)
  view.setUint16(60, 3, true)
  return whole
}

const kinds: readonly MadeSelfChecking[] = [
  { arch: 'amd64' },
  { arch: 'arm64' },
  { arch: 'amd64', mac: 'sha512' },
  { arch: 'arm64', length: 235_008 },
]

describe('a module of no known build', () => {
  it.each(kinds)('is found by what its self-test loads, and shown intact: %o', (kind) => {
    const { bytes, start, length, digestAt, mac } = madeSelfChecking(kind)
    const facts = inspected(bytes)
    expect(facts).toMatchObject({ module: 'unknown-boringssl', integrity: 'intact', identity: 'unknown' })
    expect(facts.proof).toMatchObject({ blockOffset: start, blockLength: length, digestOffset: digestAt, mac })
    expect(facts.proof?.computed).toBe(facts.proof?.expected)
    expect(facts.certificate).toBeUndefined()
  })

  it('is not shown intact when a byte of it or of its digest is another', () => {
    const { bytes, start, length, digestAt } = madeSelfChecking()
    for (const at of [start, start + 150_000, start + length - 1, digestAt, digestAt + 31]) {
      const facts = inspected(changed(bytes, at))
      expect(facts).toMatchObject({ module: 'unknown-boringssl', integrity: 'unknown' })
      expect(facts.proof).toBeUndefined()
    }
    expect(inspected(changed(bytes, start + length)).integrity).toBe('intact')
  })

  it.each(['start', 'end', 'text', 'digest'] as const)('is not found where the self-test does not load its %s', (without) => {
    expect(inspected(madeSelfChecking({ without }).bytes)).toMatchObject({ module: 'unknown-boringssl', integrity: 'unknown' })
  })

  it('is found by its symbols where they are left, and only where the MAC bears them out', () => {
    const { bytes, start, length, digestAt, base } = madeSelfChecking({ without: 'start' })
    const symbols = {
      BORINGSSL_bcm_text_start: base + start,
      BORINGSSL_bcm_text_end: base + start + length,
      BORINGSSL_bcm_text_hash: base + digestAt,
    }
    expect(inspected(withSymbols(bytes, symbols)).proof).toMatchObject({ blockOffset: start, blockLength: length, digestOffset: digestAt })
    expect(inspected(withSymbols(bytes, { ...symbols, BORINGSSL_bcm_text_end: base + start + length - 1 })).integrity).toBe('unknown')
  })

  it('is none as data', () => expect(inspected(madeSelfChecking({ rights: 'r' }).bytes).module).toBe('none'))
})

it('ends in time where every instruction of a hostile file loads another address', () => {
  const { bytes, text } = madeSelfChecking({ sealed: false, length: 3_000_000 })
  const view = new DataView(bytes.buffer)
  for (let at = 4096; at + 7 <= bytes.length - 8192; at += 7) {
    if (at + 7 > text && at < text + 64) continue
    bytes.set([0x48, 0x8d, 0x05], at)
    // Each loads the text or a place of its own, so that every start has thousands of ends.
    view.setInt32(at + 3, at % 3 === 0 ? text - at - 7 : ((at * 2_654_435) % (bytes.length - 8192)) - at - 7, true)
  }
  const started = performance.now()
  expect(inspected(bytes).integrity).toBe('unknown')
  expect(performance.now() - started).toBeLessThan(3000)
})
