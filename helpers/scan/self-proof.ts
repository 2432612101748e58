import { wholeImage } from '../crypto-modules/analyse/image.ts'
import { analyseImage } from '../crypto-modules/analyse/image-facts.ts'
import { plantedBuilds, plantedFiles } from '../crypto-modules/analyse/plant.ts'
import { searchFile } from '../crypto-modules/analyse/search.ts'
import type { Outcome } from '../rules/outcome.ts'
import { plantedModuleIsCaught } from '../rules/self-proof.ts'

/** The search and the analysis that judge the files must see what is planted in files of this process: a module that is sound, altered, misplaced, cut. */
export const proveSelf = (asOf: Date): { plant: string; outcome: Outcome }[] => {
  const builds = plantedBuilds()
  return Object.entries(plantedFiles()).map(([plant, bytes]) => {
    const facts = analyseImage(
      wholeImage(bytes),
      { path: `planted:${plant}`, size: bytes.length, sha256: '' },
      searchFile(bytes, builds),
      builds,
    )
    return { plant, outcome: plantedModuleIsCaught({ plant, executables: [facts] }, { asOf }) }
  })
}
