import type { BoringCryptoBuild } from '../../policy/modules.ts'
import { madeBlock } from './made-elf.ts'
import { madeGoboring } from './made-goboring.ts'

// A made module, known to no table but its own, takes the place of the real one: so every run can plant defects without carrying anybody's module around.

/** The table that knows the made module: the analysis takes it in place of the real one when it looks at plants, and at nothing else. */
export const plantedBuilds = (): BoringCryptoBuild[] => [madeBlock().build]

/** Files with a known state of their module, by the name of the plant (rules/self-proof.ts says what has to be found). */
export const plantedFiles = (): Readonly<Record<'intact' | 'tampered' | 'decoy' | 'truncated', Uint8Array>> => {
  const { bytes: intact, module } = madeGoboring()
  const tampered = intact.slice()
  tampered[module + 500] = (tampered[module + 500] ?? 0) ^ 1
  return { intact, tampered, decoy: madeGoboring({ place: 'data' }).bytes, truncated: intact.slice(0, Math.floor(intact.length / 2)) }
}
