import { analyseFipsEnabled } from '../../kernel/analyse/fips-enabled.ts'
import { analyseBootHistory } from '../../operating-system/analyse/boot-history.ts'
import { outputOf } from '../../operating-system/analyse/commands.ts'
import { analyseCryptoPolicy } from '../../operating-system/analyse/crypto-policy.ts'
import { analyseKeyTimes } from '../../operating-system/analyse/key-times.ts'
import { parseOsRelease } from '../../operating-system/analyse/os-release.ts'
import { parsePackages, providerPackage } from '../../operating-system/analyse/packages.ts'
import {
  type ClusterBaseline,
  type ClusterFlags,
  type ClusterKeys,
  inFipsSinceFirstBoot,
  keysMadeInFipsMode,
  type NodeBaseline,
  type NodeBoots,
  nodesAgree,
  unchangedSinceLastRun,
} from '../../rules/permanence.ts'
import type { Evidence, Subject } from '../model.ts'
import { type Judgements, judgement, only } from './judgement.ts'

const isContainer = ({ detail }: Subject): boolean => detail.kernel === 'host'
const nodeOf = ({ data }: Evidence): string => String(data.node ?? '')

const clusterFlags = (subject: Subject, evidence: readonly Evidence[]): ClusterFlags => ({
  containerNodes: isContainer(subject),
  nodes: only(evidence, 'fips-enabled').map((one) => ({ node: nodeOf(one), flag: analyseFipsEnabled(one) })),
})

const nodeBoots = (subject: Subject, evidence: readonly Evidence[]): NodeBoots => {
  const [history] = only(evidence, 'node-history')
  if (!history && !isContainer(subject)) throw new Error('no observation of the node’s history')
  return {
    containerNode: isContainer(subject),
    history: history
      ? analyseBootHistory(history)
      : { boots: [], first: { known: false, reason: 'not asked' }, current: { id: '', commandLine: '', at: Number.NaN } },
  }
}

const clusterKeys = (subject: Subject, evidence: readonly Evidence[]): ClusterKeys => ({
  containerNodes: isContainer(subject),
  nodes: only(evidence, 'node-history').map((one) => ({ node: nodeOf(one), history: analyseBootHistory(one), keys: analyseKeyTimes(one) })),
})

const fipsWord = (commandLine: string): string => /(?:^|\s)(fips=\S*)/.exec(commandLine)?.[1] ?? 'without fips='

const flagBaseline = (one: Evidence): NodeBaseline => {
  const flag = analyseFipsEnabled(one)
  return { flag: flag.state, 'command line': fipsWord(flag.commandLine), kernel: flag.kernel }
}

const systemBaseline = (one: Evidence): NodeBaseline => {
  const release = outputOf(one, 'os-release')
  const provider = providerPackage(parsePackages(outputOf(one, 'packages') ?? ''))
  const policy = analyseCryptoPolicy(one)
  return {
    'operating system': release === undefined ? 'unknown' : parseOsRelease(release).prettyName,
    'module package': provider === undefined ? 'none' : `${provider.name} ${provider.version}`,
    'module file': outputOf(one, 'provider-digest')?.split(' ')[0]?.slice(0, 64) || 'none',
    'crypto policy': policy.state === 'set' ? policy.configured : policy.state,
  }
}

const baselines = (evidence: readonly Evidence[], prefix: string): Record<string, NodeBaseline> => {
  const nodes: Record<string, NodeBaseline> = {}
  const add = (one: Evidence, facts: NodeBaseline): void => {
    nodes[nodeOf(one)] = { ...nodes[nodeOf(one)], ...facts }
  }
  for (const one of only(evidence, `${prefix}fips-enabled`)) add(one, flagBaseline(one))
  for (const one of only(evidence, `${prefix}node-system`)) add(one, systemBaseline(one))
  return nodes
}

const clusterBaseline = (subject: Subject, evidence: readonly Evidence[]): ClusterBaseline => {
  const before = baselines(evidence, 'baseline-')
  const run = evidence.find(({ kind }) => kind.startsWith('baseline-'))?.data.run
  return {
    containerNodes: isContainer(subject),
    now: baselines(evidence, ''),
    ...(typeof run === 'string' && { before: { run, nodes: before } }),
  }
}

export const permanenceJudgements: Judgements = {
  'FIPS-PERM-1': judgement(clusterFlags, nodesAgree),
  'FIPS-PERM-2': judgement(nodeBoots, inFipsSinceFirstBoot),
  'FIPS-PERM-3': judgement(clusterKeys, keysMadeInFipsMode),
  'FIPS-PERM-4': judgement(clusterBaseline, unchangedSinceLastRun),
}
