import { type ClientFacts, offersApprovedOnly } from '../../rules/outbound.ts'
import { besideProgram } from '../../rules/program.ts'
import { analyseCalls } from '../../tls/analyse/client-offer.ts'
import type { Evidence, Subject } from '../model.ts'
import type { Judgements } from './judgement.ts'
import { programFacts } from './listeners.ts'

const clientFacts = ({ name, detail }: Subject, evidence: readonly Evidence[]): ClientFacts => ({
  client: name,
  pids: (detail.pids ?? '').split(' ').filter(Boolean),
  calls: analyseCalls(evidence),
  ...(detail.readOnly && { readOnly: detail.readOnly }),
})

export const clientJudgements: Judgements = {
  'FIPS-TLS-9': {
    rule: offersApprovedOnly,
    judge: (subject, evidence, by) => besideProgram(offersApprovedOnly(clientFacts(subject, evidence), by), programFacts(evidence)),
  },
}
