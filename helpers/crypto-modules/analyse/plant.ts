import type { BoringCryptoBuild } from '../../policy/modules.ts'
import {
  boringLines,
  boringNames,
  boringVersion,
  joinBytes,
  type MadeElf,
  madeBlock,
  madeBuildInfo,
  madeElf,
  madeFunctionTable,
  segmentOffsets,
} from './made-elf.ts'

// A made module, known to no table but its own, takes the place of the real one: so every run can plant defects without carrying anybody's module around.

const padding = new Uint8Array(100).fill(0x90)

/** The table that knows the made module: the analysis takes it in place of the real one when it looks at plants, and at nothing else. */
export const plantedBuilds = (): BoringCryptoBuild[] => [madeBlock().build]

const program = (code: Uint8Array, data: Uint8Array = padding): MadeElf => ({
  machine: 62,
  segments: [
    { rights: 'rx', bytes: code },
    { rights: 'r', bytes: madeFunctionTable(boringNames) },
    { rights: 'r', bytes: data },
    { rights: 'rw', bytes: madeBuildInfo(boringVersion, boringLines) },
  ],
})

/** Files with a known state of their module, by the name of the plant (rules/self-proof.ts says what has to be found). */
export const plantedFiles = (): Readonly<Record<'intact' | 'tampered' | 'decoy' | 'truncated', Uint8Array>> => {
  const { block } = madeBlock()
  const sound = program(joinBytes(padding, block, padding))
  const intact = madeElf(sound)
  const tampered = intact.slice()
  const inBlock = (segmentOffsets(sound)[0] ?? 0) + padding.length + 500
  tampered[inBlock] = (tampered[inBlock] ?? 0) ^ 1
  return { intact, tampered, decoy: madeElf(program(padding, block)), truncated: intact.slice(0, Math.floor(intact.length / 2)) }
}
