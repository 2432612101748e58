import { createHmac } from 'node:crypto'
import { bytesOfHex } from './bytes.ts'
import { fipsInfoMagic } from './fips-info.ts'
import { joinBytes, type MadeElf, madeBase, madeBuildInfo, madeElf, madeFunctionTable, packed, segmentOffsets } from './made-elf.ts'

// A hand-made program of Go 1.24 or later with its record `.go.fipsinfo`: for tests that need no toolchain.

export type MadeGoProgram = {
  /** Functions before, inside and behind the module; each has 16 bytes of code. */
  before?: readonly string[]
  module?: readonly string[]
  after?: readonly string[]
  version?: string
  lines?: readonly string[]
  machine?: number
  /** Bytes that stand in the read-only data. */
  data?: Uint8Array
  /** More code than the table of functions speaks for. */
  foreignCode?: number
  /** What the record says instead of the truth. */
  forged?: { lengths?: readonly [number, number, number, number]; mac?: string; self?: number }
  /** Code of the functions before the module, by its place: 16 bytes each. */
  code?: (address: number, dataAddress: number) => Uint8Array
  /** Bytes of the writable data, behind the record. */
  variables?: (address: number, textAddress: number) => Uint8Array
}

const emptyText = new Uint8Array(32).fill(0xcc)
const step = 16

/** A made program, with the file offsets of its record and of the module's text. */
export const madeGoProgram = (made: MadeGoProgram = {}): { bytes: Uint8Array; record: number; module: number } => {
  const {
    before = ['main.main', 'runtime.godebugNotify'],
    module = [],
    after = ['runtime.exit'],
    machine = 62,
    data = new Uint8Array(16),
    forged = {},
  } = made
  const text = module.length === 0 ? emptyText : Uint8Array.from({ length: module.length * step }, (_, at) => (at * 7) & 0xff)
  const moduleAt = before.length * step
  const names = [...before, 'go:textfipsstart', ...module, 'go:textfipsend', ...after]
  // The mark at the start has no code of its own where the module has functions.
  const inside = module.map((_, index) => moduleAt + index * step)
  const behind = moduleAt + text.length
  const entries = [
    ...before.map((_, index) => index * step),
    moduleAt,
    ...inside,
    behind,
    ...after.map((_, index) => behind + (index + 1) * step),
  ]
  const buildInfo = madeBuildInfo(made.version ?? 'go1.26.8', made.lines ?? ['path\texample.test/program', 'build\tCGO_ENABLED=0'])
  const recordLength = 120

  const layout = (code: Uint8Array, variables: Uint8Array, record: Uint8Array): MadeElf => ({
    machine,
    segments: [
      { rights: 'rx', bytes: joinBytes(code, text, new Uint8Array(step * (after.length + 1)), new Uint8Array(made.foreignCode ?? 0)) },
      { rights: 'r', bytes: joinBytes(madeFunctionTable(names, { entries }), data) },
      { rights: 'rw', bytes: joinBytes(record, variables, new Uint8Array(-(recordLength + variables.length) & 15), buildInfo) },
    ],
  })
  const blank = new Uint8Array(moduleAt)
  const sized = made.variables?.(0, 0) ?? new Uint8Array(8)
  const draft = layout(blank, sized, new Uint8Array(recordLength))
  const [textOffset = 0, , dataOffset = 0] = segmentOffsets(draft)
  const [textAddress, recordAddress] = [madeBase + textOffset, madeBase + dataOffset]
  const variablesAddress = recordAddress + recordLength
  const start = textAddress + moduleAt
  const lengths = forged.lengths ?? [text.length, 1, 1, 1]

  // The parts that are no text are one zero byte each, of the code behind the module.
  const mac = createHmac('sha256', new Uint8Array(32)).update('go fips object v1\n')
  const zero = textAddress + moduleAt + text.length
  for (const part of [text, new Uint8Array(1), new Uint8Array(1), new Uint8Array(1)])
    mac.update(packed('big', [8, part.length])).update(part)
  const pairs = lengths.flatMap((length, which) => {
    const from = which === 0 ? start : zero
    return [[8, from] as const, [8, from + length] as const]
  })
  const record = joinBytes(
    fipsInfoMagic,
    bytesOfHex(forged.mac ?? mac.digest('hex')),
    packed('little', [8, forged.self ?? recordAddress], ...pairs),
  )
  const code = new Uint8Array(moduleAt)
  code.set((made.code?.(textAddress, variablesAddress) ?? new Uint8Array()).subarray(0, moduleAt))
  const bytes = madeElf(layout(code, made.variables?.(variablesAddress, textAddress) ?? sized, record))
  return { bytes, record: dataOffset, module: textOffset + moduleAt }
}
