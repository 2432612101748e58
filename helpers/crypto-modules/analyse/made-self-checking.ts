import { createHmac } from 'node:crypto'
import { boringCryptoMacKey, boringSslSelfTestText, type MacAlgorithm } from '../../policy/modules.ts'
import { bytesOfHex } from './bytes.ts'
import { joinBytes, type MadeElf, madeElf, madeFunctionTable, packed, segmentOffsets } from './made-elf.ts'

// A hand-made module of no known build, which holds the addresses of its first and last byte as BoringSSL's self-test does.

export type MadeArch = 'amd64' | 'arm64'

export const machineOf: Readonly<Record<MadeArch, number>> = { amd64: 62, arm64: 183 }

/** One instruction that puts an address into a register: LEA rax, [rip + n], or ADRP x0 and ADD x0, x0, n. */
const addressInto: Readonly<Record<MadeArch, (at: number, target: number) => Uint8Array>> = {
  amd64: (at, target) => joinBytes(Uint8Array.of(0x48, 0x8d, 0x05), packed('little', [4, (target - at - 7) >>> 0])),
  arm64: (at, target) => {
    const pages = (Math.floor(target / 4096) - Math.floor(at / 4096)) & 0x1fffff
    const adrp = (0x90000000 | ((pages & 3) << 29) | ((pages >> 2) << 5)) >>> 0
    return packed('little', [4, adrp], [4, (0x91000000 | ((target & 0xfff) << 10)) >>> 0])
  },
}

export type MadeSelfChecking = {
  arch?: MadeArch
  mac?: MacAlgorithm
  length?: number
  rights?: 'rx' | 'r'
  sealed?: boolean
  without?: 'start' | 'end' | 'text' | 'digest'
}

/** A program with such a module. Offsets in the file. */
export const madeSelfChecking = ({
  arch = 'amd64',
  mac = 'sha256',
  length = 240_000,
  rights = 'rx',
  sealed = true,
  without,
}: MadeSelfChecking = {}) => {
  const gap = 512
  const textAt = gap + 100_000
  const code = gap + 180_000
  const digestAt = gap + length + 1024
  const bytes = Uint8Array.from({ length: digestAt + 4096 }, (_, at) => (at * 13) & 0x7f)
  bytes.set(new TextEncoder().encode(`${boringSslSelfTestText}. Expected`), textAt)
  const layout = (): MadeElf => ({
    machine: machineOf[arch],
    segments: [
      { rights, bytes },
      { rights: 'r', bytes: madeFunctionTable(['main.main']) },
    ],
  })
  const [first = 0] = segmentOffsets(layout())
  const base = 0x400000 + first
  let at = code
  // Addresses of other things stand among them, as in real code.
  const targets = { decoy: textAt + 64, start: gap, other: gap + 230_000, text: textAt, end: gap + length, digest: digestAt }
  for (const [name, target] of Object.entries(targets)) {
    if (name === without) continue
    const instruction = addressInto[arch](base + at, base + target)
    bytes.set(instruction, at)
    at += instruction.length + 8
  }
  if (sealed) {
    const digest = createHmac(mac, bytesOfHex(boringCryptoMacKey))
      .update(bytes.subarray(gap, gap + length))
      .digest()
    bytes.set(digest, digestAt)
  }
  return { bytes: madeElf(layout()), start: first + gap, length, digestAt: first + digestAt, mac, text: first + textAt, base: 0x400000 }
}
