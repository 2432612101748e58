import type { BoringCryptoBuild } from '../../policy/modules.ts'
import {
  boringLines,
  boringVersion,
  joinBytes,
  type MadeElf,
  madeBase,
  madeBlock,
  madeBuildInfo,
  madeElf,
  madeFunctionTable,
  packed,
  segmentOffsets,
} from './made-elf.ts'
import { type MadeArch, machineOf } from './made-self-checking.ts'

// A hand-made goboring program: a made module, and code of crypto/sha256 that leads into it as a real one does.

export type MadeGoboring = {
  arch?: MadeArch
  /** The module; by default the one of `madeBlock`. */
  block?: Uint8Array
  /** Where the block stands. data: as an embedded copy. */
  place?: 'code' | 'data'
  /** The link of the chain that leads elsewhere. */
  broken?: 'caller' | 'wrapper' | 'cgocall' | 'variable' | 'stub'
  /** Names of the functions; the code is theirs whatever they are called. */
  names?: Readonly<Partial<Record<'caller' | 'inner' | 'wrapper' | 'cgocall', string>>>
  version?: string
  lines?: readonly string[]
  /** Bytes in the read-only data. */
  data?: Uint8Array
}

const functionLength = 32
const stubLength = 512
const padding = (length: number): Uint8Array => new Uint8Array(length).fill(0x90)

const call: Readonly<Record<MadeArch, (at: number, target: number) => Uint8Array>> = {
  amd64: (at, target) => joinBytes(Uint8Array.of(0xe8), packed('little', [4, (target - at - 5) >>> 0])),
  arm64: (at, target) => packed('little', [4, (0x94000000 | (((target - at) / 4) & 0x3ffffff)) >>> 0]),
}

/** A load of 8 bytes: MOV rax, [rip + n], or ADRP x0 and LDR x0, [x0, n]. */
const load: Readonly<Record<MadeArch, (at: number, target: number) => Uint8Array>> = {
  amd64: (at, target) => joinBytes(Uint8Array.of(0x48, 0x8b, 0x05), packed('little', [4, (target - at - 7) >>> 0])),
  arm64: (at, target) => {
    const pages = (Math.floor(target / 4096) - Math.floor(at / 4096)) & 0x1fffff
    const adrp = (0x90000000 | ((pages & 3) << 29) | ((pages >> 2) << 5)) >>> 0
    return packed('little', [4, adrp], [4, (0xf9400000 | (((target & 0xfff) / 8) << 10)) >>> 0])
  },
}

/** The program, where its module stands in it, and the build that a table has to know. */
export const madeGoboring = (made: MadeGoboring = {}): { bytes: Uint8Array; module: number; build: BoringCryptoBuild } => {
  const { arch = 'amd64', place = 'code', broken, names = {}, version = boringVersion, lines = boringLines, data = padding(64) } = made
  const known = madeBlock({ arch })
  const block = made.block ?? known.block
  const inCode = place === 'code' ? block : padding(block.length)
  // The C function, the module, then Go's functions, each aligned as instructions of arm64 have to be.
  const moduleAt = stubLength
  const textAt = Math.ceil((moduleAt + inCode.length) / 64) * 64
  const table = ['main.main', names.caller ?? 'crypto/sha256.New', names.inner ?? 'crypto/internal/boring.NewSHA256']
  table.push(
    names.wrapper ?? 'crypto/internal/boring._Cfunc__goboringcrypto_SHA256_Init',
    'crypto/internal/boring.init.0',
    names.cgocall ?? 'runtime.cgocall',
    'runtime.exit',
  )
  const entries = table.map((_, index) => index * functionLength)
  const code = (text: Uint8Array): Uint8Array =>
    joinBytes(text.subarray(0, moduleAt), inCode, padding(textAt - moduleAt - inCode.length), text.subarray(textAt))
  const layout = (text: Uint8Array, textStart: number, variable: Uint8Array): MadeElf => ({
    machine: machineOf[arch],
    segments: [
      { rights: 'rx', bytes: code(text) },
      { rights: 'r', bytes: madeFunctionTable(table, { entries, textStart }) },
      { rights: 'r', bytes: place === 'data' ? joinBytes(data, block) : data },
      { rights: 'rw', bytes: joinBytes(variable, padding(8), madeBuildInfo(version, lines)) },
    ],
  })
  const text = padding(textAt + table.length * functionLength)
  const [codeOffset = 0, , , variableOffset = 0] = segmentOffsets(layout(text, 1, new Uint8Array(8)))
  const [start, variable] = [madeBase + codeOffset, madeBase + variableOffset]
  const function_ = (index: number): number => textAt + index * functionLength
  const put = (at: number, bytes: Uint8Array): void => text.set(bytes, at)
  const into = (link: MadeGoboring['broken'], target: number): number => (broken === link ? start + function_(0) : target)
  put(0, call[arch](start, into('stub', start + moduleAt + 400)))
  put(function_(1), call[arch](start + function_(1), into('caller', start + function_(2))))
  put(function_(2), call[arch](start + function_(2), into('wrapper', start + function_(3))))
  put(function_(3), load[arch](start + function_(3), broken === 'variable' ? variable + 8 : variable))
  put(function_(3) + 16, call[arch](start + function_(3) + 16, into('cgocall', start + function_(5))))
  const bytes = madeElf(layout(text, start + textAt, packed('little', [8, start])))
  return { bytes, module: codeOffset + moduleAt, build: known.build }
}
