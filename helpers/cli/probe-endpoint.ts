import { isIP } from 'node:net'
import { FipsConformanceError } from '../errors/error.ts'
import type { Reading } from '../evidence/model.ts'
import type { TlsProfile } from '../policy/profiles.ts'
import { tlsProfiles } from '../policy/profiles-strict.ts'
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
import { readKexinit } from '../ssh/read/read-kexinit.ts'
import type { ExchangeEvidence } from '../tls/analyse/exchange-data.ts'
import { analyseListener, type ListenerFacts } from '../tls/analyse/listener.ts'
import { dialTcp } from '../tls/read/dial-tcp.ts'
import { sweepListener } from '../tls/read/sweep-listener.ts'

export type Endpoint = { host: string; port: number; sni: string | null }

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
  seconds: number
}

const usage = (code: string, what: string, where: string, remedy: string): FipsConformanceError =>
  new FipsConformanceError({ code, what, where, remedy, exit: 64 })

/** `host:port`, `[::1]:port`. @throws FipsConformanceError `ENDPOINT_MALFORMED`, exit 64 */
export const parseEndpoint = (text: string): { host: string; port: number } => {
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6))
    throw usage(
      'ENDPOINT_MALFORMED',
      `${JSON.stringify(text)} is no endpoint`,
      'probe',
      'write it as host:port, 192.0.2.1:443 or [2001:db8::1]:443',
    )
  return { host, port }
}

/** A profile by its name. @throws FipsConformanceError `PROFILE_UNKNOWN`, exit 64 */
export const profileNamed = (name: string): TlsProfile => {
  const profile = tlsProfiles.get(name)
  if (profile === undefined)
    throw usage('PROFILE_UNKNOWN', `there is no profile named ${name}`, '--profile', `take one of ${[...tlsProfiles.keys()].join(', ')}`)
  return profile
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

const judgeTls = (listener: ListenerFacts, { host, port }: Endpoint, profile: TlsProfile, asOf: Date): Judged[] => {
  const facts: RefusalFacts = { listener, address: host, port, transport: 'tcp', loopbackOnly: false, owner: 'not known', profile }
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

export type ProbeSettings = { profile: TlsProfile; ssh: boolean; signal: AbortSignal; asOf: Date; timeoutMs?: number }

const probeSsh = async (endpoint: Endpoint, { profile, signal, asOf, timeoutMs }: ProbeSettings): Promise<Omit<Probed, 'seconds'>> => {
  const { host, port } = endpoint
  const reading = await readKexinit(dialTcp(host, port), {
    signal,
    means: 'tcp',
    source: `${host}:${port}`,
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  const ssh = analyseSsh(asEvidence([reading]))
  const judged = [{ title: 'ssh', outcome: refusesUnapprovedSsh({ ssh, profile }, { asOf }) }]
  const isOffered = ssh.state === 'offered'
  const unreached = reading.data.ended === 'refused' || reading.data.ended === 'dial-failed'
  const verdict = worst(judged.map(({ outcome }) => outcome.verdict))
  const outcome = isOffered && verdict !== 'inconclusive' ? 'tested' : ssh.state === 'other' || unreached ? 'not-tested' : 'inconclusive'
  return { endpoint, outcome, verdict, judged, listener: undefined, ssh, readings: [reading] }
}

const probeTls = async (endpoint: Endpoint, { profile, signal, asOf, timeoutMs }: ProbeSettings): Promise<Omit<Probed, 'seconds'>> => {
  const { host, port, sni } = endpoint
  const readings = await sweepListener({
    dial: dialTcp(host, port),
    signal,
    means: 'tcp',
    source: `${host}:${port}`,
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
  return { endpoint, outcome, verdict, judged, listener, ssh: undefined, readings }
}

/** Asks one endpoint and judges it by the profile, read strictly: nothing is known of the module behind it. */
export const probeEndpoint = async (endpoint: Endpoint, settings: ProbeSettings): Promise<Probed> => {
  const started = performance.now()
  const probed = await (settings.ssh ? probeSsh : probeTls)(endpoint, settings)
  return { ...probed, seconds: Math.round(performance.now() - started) / 1000 }
}
