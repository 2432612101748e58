import {
  isIdentified,
  leavesNoPlaintext,
  type RefusalFacts,
  refusesOldVersions,
  refusesUnapprovedGroups,
  refusesUnapprovedSuites,
} from '../../rules/refusal.ts'
import { analyseListener } from '../../tls/analyse/listener.ts'
import type { Evidence, Subject } from '../model.ts'
import { type Judgements, judgement } from './judgement.ts'

const listenerFacts = ({ detail }: Subject, evidence: readonly Evidence[]): RefusalFacts => ({
  listener: analyseListener(evidence),
  address: detail.address ?? '',
  port: Number(detail.port),
  transport: detail.transport === 'udp' ? 'udp' : 'tcp',
  loopbackOnly: detail.loopback === 'true',
  owner: detail.owner || undefined,
})

export const listenerJudgements: Judgements = {
  'FIPS-TLS-1': judgement(listenerFacts, refusesOldVersions),
  'FIPS-TLS-2': judgement(listenerFacts, refusesUnapprovedSuites),
  'FIPS-TLS-3': judgement(listenerFacts, refusesUnapprovedGroups),
  'FIPS-TLS-4': judgement(listenerFacts, leavesNoPlaintext),
  'FIPS-TLS-5': judgement(listenerFacts, isIdentified),
}
