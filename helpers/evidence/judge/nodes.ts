import { analyseFipsEnabled } from '../../kernel/analyse/fips-enabled.ts'
import { type NodeFips, nodeReportsFipsMode } from '../../rules/nodes.ts'
import type { Evidence, Subject } from '../model.ts'
import { type Judgements, judgement, only } from './judgement.ts'

const nodeFacts = (subject: Subject, evidence: readonly Evidence[]): NodeFips => {
  const [flag] = only(evidence, 'fips-enabled')
  if (!flag) throw new Error('no observation of the kernel’s flag')
  return { node: subject.name, flag: analyseFipsEnabled(flag), hostKernel: subject.detail.kernel === 'host' }
}

export const nodeJudgements: Judgements = {
  'FIPS-NODE-1': judgement(nodeFacts, nodeReportsFipsMode),
}
