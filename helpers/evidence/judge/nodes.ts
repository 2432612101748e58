import { analyseOpenssl } from '../../crypto-modules/analyse/openssl.ts'
import { analyseKernelDigests, analyseKernelTwin, flagReadByHelper } from '../../kernel/analyse/af-alg.ts'
import { analyseFipsEnabled, type FipsEnabled } from '../../kernel/analyse/fips-enabled.ts'
import { analyseOpensslDigests } from '../../operating-system/analyse/behaviour.ts'
import { outputOf } from '../../operating-system/analyse/commands.ts'
import { analyseCryptoPolicy } from '../../operating-system/analyse/crypto-policy.ts'
import { parseOsRelease } from '../../operating-system/analyse/os-release.ts'
import { parsePackages } from '../../operating-system/analyse/packages.ts'
import { analyseUnitEnvironment } from '../../operating-system/analyse/unit-environment.ts'
import { analyseVolumes } from '../../operating-system/analyse/volumes.ts'
import {
  kernelRefusesUnapproved,
  type NodeKernelDigests,
  type NodeUserSpaceDigests,
  userSpaceRefusesUnapproved,
} from '../../rules/node-digests.ts'
import { loadsValidatedModule, type NodeModuleFacts } from '../../rules/node-module.ts'
import {
  derivesVolumeKeys,
  keepsFipsEnvironment,
  type NodeEnvironment,
  type NodeSystem,
  type NodeVolumes,
  runsSupportedSystem,
} from '../../rules/node-system.ts'
import { type NodeFips, nodeReportsFipsMode } from '../../rules/nodes.ts'
import type { Evidence, Subject } from '../model.ts'
import { type Judgements, judgement, only } from './judgement.ts'

const flagOf = (evidence: readonly Evidence[]): FipsEnabled => {
  const [flag] = only(evidence, 'fips-enabled')
  if (!flag) throw new Error('no observation of the kernel’s flag')
  return analyseFipsEnabled(flag)
}

const systemOf = (evidence: readonly Evidence[]): Evidence => {
  const [system] = only(evidence, 'node-system')
  if (!system) throw new Error('no observation of the operating system')
  return system
}

/** A container node shows its image’s user space, never the host’s: what is about that is not asked there. */
const isContainer = ({ detail }: Subject): boolean => detail.kernel === 'host'

const nodeFacts = (subject: Subject, evidence: readonly Evidence[]): NodeFips => ({
  node: subject.name,
  flag: flagOf(evidence),
  hostKernel: isContainer(subject),
})

const systemFacts = (subject: Subject, evidence: readonly Evidence[]): NodeSystem => {
  if (isContainer(subject)) return { containerNode: true, release: undefined }
  const release = outputOf(systemOf(evidence), 'os-release')
  const alsoSupported = (subject.detail.alsoSupported ?? '').split(' ').filter(Boolean)
  return { containerNode: false, release: release === undefined ? undefined : parseOsRelease(release), alsoSupported }
}

const moduleFacts = (subject: Subject, evidence: readonly Evidence[]): NodeModuleFacts => {
  const nothing = { release: undefined, packages: undefined, openssl: undefined, kernel: '', entropy: '' }
  if (isContainer(subject)) return { containerNode: true, policy: { state: 'none', reason: '' }, ...nothing }
  const system = systemOf(evidence)
  const [openssl] = only(evidence, 'openssl')
  const packages = outputOf(system, 'packages')
  return {
    ...systemFacts(subject, evidence),
    packages: packages === undefined ? undefined : parsePackages(packages),
    openssl: openssl === undefined ? undefined : analyseOpenssl(openssl),
    policy: analyseCryptoPolicy(system),
    kernel: flagOf(evidence).kernel,
    entropy: (outputOf(system, 'entropy') ?? '').trim().split('\n').filter(Boolean).join('; '),
  }
}

const kernelDigestFacts = (subject: Subject, evidence: readonly Evidence[]): NodeKernelDigests => {
  const [digests] = only(evidence, 'kernel-digests')
  const [twin] = only(evidence, 'twin-kernel-digests')
  return {
    flag: flagOf(evidence),
    hostKernel: isContainer(subject),
    digests: digests === undefined ? undefined : analyseKernelDigests(digests),
    twin: twin && analyseKernelTwin(twin),
    flagByHelper: digests === undefined ? undefined : flagReadByHelper(digests),
  }
}

const userSpaceFacts = (subject: Subject, evidence: readonly Evidence[]): NodeUserSpaceDigests =>
  isContainer(subject)
    ? { containerNode: true, digests: { state: 'unknown', reason: 'not asked' } }
    : { containerNode: false, digests: analyseOpensslDigests(systemOf(evidence)) }

const volumeFacts = (subject: Subject, evidence: readonly Evidence[]): NodeVolumes =>
  isContainer(subject)
    ? { containerNode: true, volumes: { state: 'none' } }
    : { containerNode: false, volumes: analyseVolumes(systemOf(evidence)) }

const environmentFacts = (_subject: Subject, evidence: readonly Evidence[]): NodeEnvironment => {
  const system = systemOf(evidence)
  return { settings: outputOf(system, 'environment') === undefined ? undefined : analyseUnitEnvironment(system) }
}

export const nodeJudgements: Judgements = {
  'FIPS-NODE-1': judgement(nodeFacts, nodeReportsFipsMode),
  'FIPS-NODE-2': judgement(systemFacts, runsSupportedSystem),
  'FIPS-NODE-3': judgement(moduleFacts, loadsValidatedModule),
  'FIPS-NODE-4': judgement(kernelDigestFacts, kernelRefusesUnapproved),
  'FIPS-NODE-5': judgement(userSpaceFacts, userSpaceRefusesUnapproved),
  'FIPS-NODE-6': judgement(volumeFacts, derivesVolumeKeys),
  'FIPS-NODE-7': judgement(environmentFacts, keepsFipsEnvironment),
}
