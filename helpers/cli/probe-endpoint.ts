import type { Reading } from '../evidence/model.ts'
import type { TlsProfile } from '../policy/profiles.ts'
import type { Verdict } from '../policy/verdict.ts'
import { agreesOnSoundHandshakes, refusesWithoutExtendedMasterSecret } from '../rules/handshake.ts'
import type { Outcome } from '../rules/outcome.ts'
import {
  type RefusalFacts,
  refusesOldVersions,
  refusesUnapprovedGroups,
  refusesUnapprovedSchemes,
  refusesUnapprovedSuites,
} from '../rules/refusal.ts'
import { refusesUnapprovedSsh } from '../rules/ssh.ts'
import { analyseSsh, type SshFacts } from '../ssh/analyse/kexinit.ts'
import { probeSsh as askSsh } from '../ssh/read/probe-ssh.ts'
import type { ExchangeEvidence } from '../tls/analyse/exchange-data.ts'
import { analyseListener, type ListenerFacts } from '../tls/analyse/listener.ts'
import type { ClientCertificate } from '../tls/read/client-certificate.ts'
import { dialTcp } from '../tls/read/dial-tcp.ts'
import { dialStarttls, type StarttlsProtocol } from '../tls/read/starttls.ts'
import { sweepListener } from '../tls/read/sweep-listener.ts'
import { type Endpoint, endpointName } from './probe-target.ts'

export type Judged = { title: string; outcome: Outcome }

/** One endpoint, asked and judged. */
export type Probed = {
  endpoint: Endpoint
  /** `not-tested`: no TLS and no SSH there, or nobody. */
  outcome: 'tested' | 'inconclusive' | 'not-tested'
  verdict: Verdict
  judged: readonly Judged[]
  listener: ListenerFacts | undefined
  ssh: SshFacts | undefined
  readings: readonly Reading[]
  /** Every connection was refused: nobody listens at this address. */
  refused: boolean
  seconds: number
}

/** Readings as analysis takes them: nothing but what would be stored. */
const asEvidence = (readings: readonly Reading[]): ExchangeEvidence[] =>
  readings.map(({ kind, data, blobs }, index) => ({
    id: `connection-${index}`,
    kind,
    data,
    bytes: (blob) => blobs[blob] ?? new Uint8Array(),
  }))

const worst = (verdicts: readonly Verdict[]): Verdict =>
  (['fail', 'inconclusive', 'pass'] as const).find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive'

const judgeTls = (listener: ListenerFacts, { address, port }: Endpoint, profile: TlsProfile, asOf: Date): Judged[] => {
  const facts: RefusalFacts = { listener, address, port, transport: 'tcp', loopbackOnly: false, owner: 'not known', profile }
  const rules = [
    ['versions', refusesOldVersions],
    ['suites', refusesUnapprovedSuites],
    ['groups', refusesUnapprovedGroups],
    ['signature schemes', refusesUnapprovedSchemes],
    ['extended master secret', refusesWithoutExtendedMasterSecret],
    ['handshake', agreesOnSoundHandshakes],
  ] as const
  return rules.map(([title, rule]) => ({ title, outcome: rule(facts, { asOf }) }))
}

export type ProbeSettings = {
  profile: TlsProfile
  ssh: boolean
  signal: AbortSignal
  asOf: Date
  timeoutMs?: number
  starttls?: StarttlsProtocol
  clientCertificate?: ClientCertificate
  /** Every refused hello is put a second time at once: servers that take turns behind one address both get it. */
  twice?: boolean
}

/** Whether anybody is there: a port that refuses has no listener. */
const isRefused = (readings: readonly Reading[]): boolean => readings.length > 0 && readings.every(({ data }) => data.ended === 'refused')

const probeSsh = async (endpoint: Endpoint, { profile, signal, asOf, timeoutMs }: ProbeSettings): Promise<Omit<Probed, 'seconds'>> => {
  const { address, port } = endpoint
  const readings = await askSsh(dialTcp(address, port), {
    signal,
    means: 'tcp',
    source: endpointName(endpoint),
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  const ssh = analyseSsh(asEvidence(readings))
  const judged = [{ title: 'ssh', outcome: refusesUnapprovedSsh({ ssh, profile }, { asOf }) }]
  const isOffered = ssh.state === 'offered'
  const unreached = readings.every(({ data }) => data.ended === 'refused' || data.ended === 'dial-failed')
  const verdict = isOffered ? worst(judged.map(({ outcome }) => outcome.verdict)) : 'inconclusive'
  const outcome = isOffered && verdict !== 'inconclusive' ? 'tested' : ssh.state === 'other' || unreached ? 'not-tested' : 'inconclusive'
  return { endpoint, outcome, verdict, judged, listener: undefined, ssh, readings, refused: isRefused(readings) }
}

const probeTls = async (endpoint: Endpoint, settings: ProbeSettings): Promise<Omit<Probed, 'seconds'>> => {
  const { profile, signal, asOf, timeoutMs, starttls, clientCertificate, twice } = settings
  const { address, port, sni } = endpoint
  const tcp = dialTcp(address, port)
  const readings = await sweepListener({
    dial: starttls === undefined ? tcp : dialStarttls(starttls, tcp),
    signal,
    means: starttls === undefined ? 'tcp' : `tcp, ${starttls} STARTTLS`,
    source: endpointName(endpoint),
    ...(clientCertificate && { clientCertificate }),
    ...(twice && { rounds: 2 }),
    ...(sni !== null && { sni }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  const listener = analyseListener(asEvidence(readings))
  const judged = judgeTls(listener, endpoint, profile, asOf)
  const verdict = listener.protocol === 'tls' ? worst(judged.map(({ outcome }) => outcome.verdict)) : 'inconclusive'
  const isTls = listener.protocol === 'tls'
  const outcome = isTls
    ? verdict === 'inconclusive'
      ? 'inconclusive'
      : 'tested'
    : listener.protocol === 'silent'
      ? 'inconclusive'
      : 'not-tested'
  return { endpoint, outcome, verdict, judged, listener, ssh: undefined, readings, refused: isRefused(readings) }
}

/** Asks one endpoint and judges it by the profile, read strictly: nothing is known of the module behind it. */
export const probeEndpoint = async (endpoint: Endpoint, settings: ProbeSettings): Promise<Probed> => {
  const started = performance.now()
  const probed = await (settings.ssh ? probeSsh : probeTls)(endpoint, settings)
  return { ...probed, seconds: Math.round(performance.now() - started) / 1000 }
}
