import { analyseEnvironment } from '../../crypto-modules/analyse/activation.ts'
import type { TlsProfile } from '../../policy/profiles.ts'
import { tlsProfiles } from '../../policy/profiles-strict.ts'
import { judgeAddresses } from '../../rules/addresses.ts'
import { agreesOnSoundHandshakes, refusesWithoutExtendedMasterSecret } from '../../rules/handshake.ts'
import type { Rule } from '../../rules/outcome.ts'
import { besideProgram, type ProgramFacts } from '../../rules/program.ts'
import {
  isIdentified,
  leavesNoPlaintext,
  type RefusalFacts,
  refusesOldVersions,
  refusesUnapprovedGroups,
  refusesUnapprovedSchemes,
  refusesUnapprovedSuites,
} from '../../rules/refusal.ts'
import { refusesUnapprovedSsh, type SshRefusalFacts } from '../../rules/ssh.ts'
import { besideTestimony, type Ends } from '../../rules/testimony.ts'
import { analyseSsh } from '../../ssh/analyse/kexinit.ts'
import { analyseListener, type ListenerFacts } from '../../tls/analyse/listener.ts'
import { fatalAlert, readServerFlight } from '../../tls/analyse/server-flight.ts'
import { readTestimony } from '../../tls/analyse/testimony.ts'
import { ofProgram } from '../joined.ts'
import type { Evidence, Subject } from '../model.ts'
import { joinedExecutables } from './joined-executables.ts'
import { type Judgement, type Judgements, only } from './judgement.ts'
import { once } from './once.ts'

/** Several requirements judge one conversation. */
export const analyseOnce: (evidence: readonly Evidence[]) => ListenerFacts = once(analyseListener)

const isEndedByAlert = ({ data, bytes }: Evidence): boolean =>
  data.ended === 'alert' || fatalAlert(readServerFlight(bytes('received'))) !== undefined

/** How the connections ended. */
const endsOf = once((evidence): Ends => {
  const connections = only(evidence, 'tls-exchange')
  const refused = connections.filter(isEndedByAlert)
  const open = connections.filter((one) => ['timeout', 'rst', 'fin'].includes(String(one.data.ended)) && !refused.includes(one))
  return { refused: refused.length, open: open.length }
})

const isConversation = ({ kind }: Evidence): boolean => kind === 'tls-exchange' || kind === 'ssh-exchange'

type Conversation = { at: string; evidence: readonly Evidence[] }

/** What was said at each address, in the order in which they were dialled; one without a word where nothing was asked. */
const conversations = ({ name }: Subject, evidence: readonly Evidence[]): readonly [Conversation, ...Conversation[]] => {
  const by = Map.groupBy(evidence.filter(isConversation), ({ source }) => source)
  const [first = { at: name, evidence: [] }, ...others] = [...by].map(([source, own]) => ({
    at: source === name ? 'its first address' : source.replace(`${name} at `, ''),
    evidence: own,
  }))
  return [first, ...others]
}

/** The profile that a subject was planned to be judged by, where it names one. @throws for a name that this version does not know */
const profileOf = (name: string | undefined): { profile?: TlsProfile } => {
  if (name === undefined) return {}
  const profile = tlsProfiles.get(name)
  if (profile === undefined) throw new Error(`there is no profile ${name}`)
  return { profile }
}

const listenerFacts = ({ detail }: Subject, evidence: readonly Evidence[]): RefusalFacts => ({
  ...profileOf(detail.profile),
  listener: analyseOnce(evidence),
  address: detail.address ?? '',
  port: Number(detail.port),
  transport: detail.transport === 'udp' ? 'udp' : 'tcp',
  loopbackOnly: detail.loopback === 'true',
  owner: detail.owner || undefined,
  ...(detail.readOnly && { readOnly: detail.readOnly }),
})

const readPrograms = once(
  (evidence): ProgramFacts => ({
    executables: joinedExecutables(evidence),
    environments: only(evidence, 'environment').map((one) => analyseEnvironment(one)),
  }),
)

/** The program that owns the listener, or that called, where it was looked at in this run. */
export const programFacts = (evidence: readonly Evidence[]): ProgramFacts | undefined => {
  const own = evidence.filter(({ kind }) => ofProgram.includes(kind))
  return own.some(({ kind }) => kind === 'executable') ? readPrograms(own) : undefined
}

const atEachAddress = <Facts>(
  rule: Rule<Facts>,
  factsOf: (subject: Subject, evidence: readonly Evidence[]) => Facts,
  testimony = false,
): Judgement => ({
  rule,
  judge: (subject, evidence, by) => {
    const [first, ...others] = conversations(subject, evidence)
    const at = ({ at: address, evidence: own }: Conversation) => {
      const { protocol, seenFrom } = analyseOnce(own)
      return { at: address, protocol, seenFrom, facts: factsOf(subject, own) }
    }
    const outcome = judgeAddresses(rule, [at(first), ...others.map(at)], by)
    return besideTestimony(besideProgram(outcome, programFacts(evidence)), testimony ? readTestimony(evidence) : [], endsOf(evidence))
  },
})

/** What a server itself tells speaks about what it refuses. */
const refusal = (rule: Rule<RefusalFacts>): Judgement => atEachAddress(rule, listenerFacts, true)

/** What a listener speaks, unless it was asked for SSH alone, as by a probe that was told so. */
const sshListener = ({ detail }: Subject, evidence: readonly Evidence[]): Pick<SshRefusalFacts, 'listener'> => {
  if (evidence.some(({ kind }) => kind === 'ssh-exchange') && evidence.every(({ kind }) => kind !== 'tls-exchange')) return {}
  const { protocol } = analyseOnce(evidence)
  const transport = detail.transport === 'udp' ? 'udp' : 'tcp'
  return { listener: { protocol, transport, address: detail.address ?? '', owner: detail.owner || undefined } }
}

/** What FIPS-SSH judges of a listener. */
export const sshFacts = (subject: Subject, evidence: readonly Evidence[]): SshRefusalFacts => ({
  ...profileOf(subject.detail.profile),
  ssh: analyseSsh(evidence),
  ...sshListener(subject, evidence),
})

export const listenerJudgements: Judgements = {
  'FIPS-TLS-1': refusal(refusesOldVersions),
  'FIPS-TLS-2': refusal(refusesUnapprovedSuites),
  'FIPS-TLS-3': refusal(refusesUnapprovedGroups),
  'FIPS-TLS-4': atEachAddress(leavesNoPlaintext, listenerFacts),
  'FIPS-TLS-5': atEachAddress(isIdentified, listenerFacts),
  'FIPS-TLS-6': refusal(refusesUnapprovedSchemes),
  'FIPS-TLS-7': refusal(refusesWithoutExtendedMasterSecret),
  'FIPS-TLS-8': refusal(agreesOnSoundHandshakes),
  'FIPS-SSH-1': atEachAddress(refusesUnapprovedSsh, sshFacts),
}
