import { analyseExecutable } from '../../crypto-modules/analyse/executable.ts'
import { plantedBuilds } from '../../crypto-modules/analyse/plant.ts'
import { type PlantedListener, type PlantedModule, plantedListenerIsCaught, plantedModuleIsCaught } from '../../rules/self-proof.ts'
import type { Evidence, Subject } from '../model.ts'
import { type Judgements, judgement, only } from './judgement.ts'
import { analyseOnce } from './listeners.ts'

const plantedListener = ({ detail }: Subject, evidence: readonly Evidence[]): PlantedListener => ({
  defect: JSON.parse(detail.defect ?? '{}') as PlantedListener['defect'],
  mode: detail.mode ?? '',
  ...(detail.drawnFrom !== undefined && { drawnFrom: Number(detail.drawnFrom) }),
  facts: { listener: analyseOnce(evidence), address: '127.0.0.1', port: 0, transport: 'tcp', loopbackOnly: true, owner: 'plant' },
})

const plantedModule = ({ detail }: Subject, evidence: readonly Evidence[]): PlantedModule => ({
  plant: detail.plant ?? '',
  executables: only(evidence, 'executable').map((one) => analyseExecutable(one, detail.builds === 'planted' ? plantedBuilds() : undefined)),
})

export const plantJudgements: Judgements = {
  'FIPS-SELF-1': judgement(plantedListener, plantedListenerIsCaught),
  'FIPS-SELF-2': judgement(plantedModule, plantedModuleIsCaught),
}
