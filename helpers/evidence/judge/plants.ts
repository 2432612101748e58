import { analyseExecutable } from '../../crypto-modules/analyse/executable.ts'
import { plantedBuilds } from '../../crypto-modules/analyse/plant.ts'
import type { ClientFacts } from '../../rules/outbound.ts'
import {
  type PlantedModule,
  type PlantedPeer,
  type PlantedTls,
  plantedModuleIsCaught,
  plantedPeerIsCaught,
} from '../../rules/self-proof.ts'
import type { PlantedSsh } from '../../rules/self-proof-ssh.ts'
import { analyseCalls, clientHelloKind } from '../../tls/analyse/client-offer.ts'
import type { OfferDefect } from '../../tls/analyse/planted-offer.ts'
import type { Evidence, Subject } from '../model.ts'
import { type Judgements, judgement, only } from './judgement.ts'
import { analyseOnce, sshFacts } from './listeners.ts'

const drawn = ({ drawnFrom }: Subject['detail']): { drawnFrom?: number } =>
  drawnFrom === undefined ? {} : { drawnFrom: Number(drawnFrom) }

/** The process that the program told of itself, and the calls that came. */
const plantedCall = (name: string, evidence: readonly Evidence[]): ClientFacts => ({
  client: name,
  pids: only(evidence, clientHelloKind).flatMap(({ data }) => /^\d+$/.exec(String(data.told)) ?? []),
  calls: analyseCalls(evidence),
})

const plantedPeer = (subject: Subject, evidence: readonly Evidence[]): PlantedPeer => {
  const { detail, name } = subject
  const defect: unknown = JSON.parse(detail.defect ?? '{}')
  const [mode, from] = [detail.mode ?? '', drawn(detail)]
  if (detail.protocol === 'client') return { speaks: 'client', defect: defect as OfferDefect, ...from, facts: plantedCall(name, evidence) }
  if (detail.protocol === 'ssh')
    return { speaks: 'ssh', defect: defect as PlantedSsh['defect'], mode, ...from, facts: sshFacts(subject, evidence) }
  const listener = analyseOnce(evidence)
  return {
    speaks: 'tls',
    defect: defect as PlantedTls['defect'],
    mode,
    ...from,
    facts: { listener, address: '127.0.0.1', port: 0, transport: 'tcp', loopbackOnly: true, owner: 'plant' },
  }
}

const plantedModule = ({ detail }: Subject, evidence: readonly Evidence[]): PlantedModule => ({
  plant: detail.plant ?? '',
  executables: only(evidence, 'executable').map((one) => analyseExecutable(one, detail.builds === 'planted' ? plantedBuilds() : undefined)),
})

export const plantJudgements: Judgements = {
  'FIPS-SELF-1': judgement(plantedPeer, plantedPeerIsCaught),
  'FIPS-SELF-2': judgement(plantedModule, plantedModuleIsCaught),
}
