// Operands of the few instructions that analysis follows, found without a disassembler: every place in the code at which the encoding stands is reported. A place
// inside another instruction is reported as well, so a caller must ask for a target that chance does not hit (the first byte of a function, a string, a variable).

/** An instruction that names an address relative to itself: where it stands, and the address. Both virtual. */
export type Reference = { at: number; target: number }

type Reader = (code: Uint8Array, address: number) => Reference[]
/** Without `isWanted`, all of them. */
type CallReader = (code: Uint8Array, address: number, isWanted?: (target: number) => boolean) => Reference[]

/** Instructions between an ADRP and the one that uses its page. */
const reach = 4

const viewOf = (code: Uint8Array): DataView => new DataView(code.buffer, code.byteOffset, code.byteLength)

/** A REX.W prefix, one opcode and a ModRM byte with mod 00 and r/m 101: an operand relative to the next instruction (Intel SDM, volume 2). */
const relativeOfAmd64 =
  (opcode: number): Reader =>
  (code, address) => {
    const view = viewOf(code)
    const found: Reference[] = []
    for (let at = 0; at + 7 <= code.length; at++) {
      const prefix = code[at]
      if ((prefix !== 0x48 && prefix !== 0x4c) || code[at + 1] !== opcode || ((code[at + 2] ?? 0) & 0xc7) !== 0x05) continue
      found.push({ at: address + at, target: address + at + 7 + view.getInt32(at + 3, true) })
    }
    return found
  }

/** CALL rel32 (E8), and JMP rel32 (E9) where tail calls count. */
const callsOfAmd64 =
  (tail: boolean): CallReader =>
  (code, address, isWanted) => {
    const view = viewOf(code)
    const found: Reference[] = []
    for (let at = 0; at + 5 <= code.length; at++) {
      if (code[at] !== 0xe8 && !(tail && code[at] === 0xe9)) continue
      const target = address + at + 5 + view.getInt32(at + 1, true)
      if (isWanted === undefined || isWanted(target)) found.push({ at: address + at, target })
    }
    return found
  }

/** BL imm26, and B imm26 where tail calls count (Arm ARM, C6.2). */
const callsOfArm64 =
  (tail: boolean): CallReader =>
  (code, address, isWanted) => {
    const view = viewOf(code)
    const found: Reference[] = []
    for (let at = 0; at + 4 <= code.length; at += 4) {
      const word = view.getUint32(at, true)
      const operation = word >>> 26
      if (operation !== 0x25 && !(tail && operation === 0x05)) continue
      const target = address + at + ((word << 6) >> 6) * 4
      if (isWanted === undefined || isWanted(target)) found.push({ at: address + at, target })
    }
    return found
  }

/** The 21-bit signed immediate of ADR and ADRP. */
const immediate21 = (word: number): number => (((((word >>> 5) & 0x7ffff) << 2) | ((word >>> 29) & 3)) << 11) >> 11

/** What the instructions behind each ADRP make of its page: `used` is asked for each that takes the register, and gives addresses or another register to follow. */
const pagesOfArm64 = (
  code: Uint8Array,
  address: number,
  used: (word: number, base: number) => { targets: readonly number[]; base?: number; register?: number },
): Reference[] => {
  const view = viewOf(code)
  const word = (at: number): number => (at + 4 <= code.length ? view.getUint32(at, true) : 0)
  const found: Reference[] = []
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const adrp = word(at)
    if ((adrp & 0x9f000000) >>> 0 !== 0x90000000) continue
    let base = Math.floor((address + at) / 4096) * 4096 + immediate21(adrp) * 4096
    let register = adrp & 31
    for (let step = 1; step <= reach; step++) {
      const next = word(at + 4 * step)
      if (((next >>> 5) & 31) !== register) continue
      const seen = used(next, base)
      for (const target of seen.targets) found.push({ at: address + at, target })
      base = seen.base ?? base
      register = seen.register ?? register
    }
  }
  return found
}

const isAdd = (word: number): boolean => (word & 0xffc00000) >>> 0 === 0x91000000
const addend = (word: number): number => (word >>> 10) & 0xfff

/** LDR with an offset and LDP, also behind an ADD to the page. */
const loadsOfArm64: Reader = (code, address) =>
  pagesOfArm64(code, address, (word, base) => {
    if (isAdd(word)) return { targets: [], base: base + addend(word), register: word & 31 }
    if ((word & 0xffc00000) >>> 0 === 0xf9400000) return { targets: [base + addend(word) * 8] }
    if ((word & 0xffc00000) >>> 0 !== 0xa9400000) return { targets: [] }
    const first = base + ((((word >>> 15) & 0x7f) << 25) >> 25) * 8
    return { targets: [first, first + 8] }
  })

/** ADR, and ADRP with an ADD behind it. */
const addressesOfArm64: Reader = (code, address) => {
  const view = viewOf(code)
  const found = pagesOfArm64(code, address, (word, base) => (isAdd(word) ? { targets: [base + addend(word)] } : { targets: [] }))
  for (let at = 0; at + 4 <= code.length; at += 4) {
    const word = view.getUint32(at, true)
    if ((word & 0x9f000000) >>> 0 === 0x10000000) found.push({ at: address + at, target: address + at + immediate21(word) })
  }
  return found.toSorted((a, b) => a.at - b.at)
}

/** How code of one processor is read. `address` is where the first byte of the code stands in memory. */
export type Instructions = {
  /** Loads of 8 bytes from an address. */
  loads: Reader
  /** Addresses that are put into a register. */
  addresses: Reader
  calls: CallReader
  /** Calls and jumps: what a C compiler makes of a call at the end of a function. */
  callsAndJumps: CallReader
}

const readers: Readonly<Record<string, Instructions>> = {
  amd64: { loads: relativeOfAmd64(0x8b), addresses: relativeOfAmd64(0x8d), calls: callsOfAmd64(false), callsAndJumps: callsOfAmd64(true) },
  arm64: { loads: loadsOfArm64, addresses: addressesOfArm64, calls: callsOfArm64(false), callsAndJumps: callsOfArm64(true) },
}

/** The reader for a processor, by Go's name for it; undefined for one whose code is not read. */
export const instructionsOf = (arch: string): Instructions | undefined => readers[arch]
