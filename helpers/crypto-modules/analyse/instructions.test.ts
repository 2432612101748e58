import { describe, expect, it } from 'vitest'
import { bytesOfHex } from './bytes.ts'
import { instructionsOf } from './instructions.ts'

const read = (arch: string, kind: 'loads' | 'addresses' | 'calls' | 'callsAndJumps', hex: string, address: number): number[] =>
  (instructionsOf(arch)?.[kind](bytesOfHex(hex.replaceAll(' ', '')), address) ?? []).map(({ target }) => target)

// Bytes and addresses as the Go toolchain's objdump shows them for real programs, and encodings of the Arm ARM.
describe('operands relative to the code', () => {
  it.each([
    ['a call', 'calls', 'e85bdcfaff', 0x62b080, 0x5d8ce0],
    ['a load', 'loads', '488b05f0d95800', 0x62b069, 0xbb8a60],
    ['an address', 'addresses', '488d059d575b00', 0x633050, 0xbe87f4],
    ['a jump at the end of a function', 'callsAndJumps', 'e910ffffff', 0x63310b, 0x633020],
  ] as const)('of amd64: %s', (_, kind, hex, address, target) => expect(read('amd64', kind, hex, address)).toEqual([target]))

  it.each([
    ['BL forwards', 'calls', '02000094', 0x1000, 0x1008],
    ['BL backwards', 'calls', 'ffffff97', 0x1000, 0xffc],
    ['B', 'callsAndJumps', '02000014', 0x1000, 0x1008],
    ['ADR', 'addresses', '40000010', 0x1000, 0x1008],
    ['ADR backwards', 'addresses', 'e0ffff10', 0x1000, 0xffc],
    ['ADRP and ADD', 'addresses', '000000b0 00a00091', 0x1000, 0x2028],
    ['ADRP and LDR', 'loads', '000000b0 001440f9', 0x1000, 0x2028],
  ] as const)('of arm64: %s', (_, kind, hex, address, target) => expect(read('arm64', kind, hex, address)).toEqual([target]))

  it('are not taken from jumps where calls are asked for, nor from cut instructions', () => {
    expect(read('amd64', 'calls', 'e910ffffff', 0)).toEqual([])
    expect(read('arm64', 'calls', '02000014', 0)).toEqual([])
    for (const kind of ['loads', 'addresses', 'calls', 'callsAndJumps'] as const) expect(read('amd64', kind, '488b05f0 e8', 0)).toEqual([])
  })

  it('are not read for other processors', () => expect(instructionsOf('s390x')).toBeUndefined())
})
