import type { SshField, SshSizeLimits } from '../policy/profile-ssh.ts'
import { fips1403Tls, onDay, type TlsProfile } from '../policy/profiles.ts'
import type { SshFacts, SshOffer } from '../ssh/analyse/kexinit.ts'
import type { SshSizes } from '../ssh/analyse/sizes.ts'
import type { Protocol } from '../tls/analyse/protocol.ts'
import type { Outcome, Rule } from './outcome.ts'
import { engineDns, isEngineDns, protocolNames } from './refusal.ts'

/** What else is known of the listener: what it speaks decides whether a KEXINIT is to be expected at all. */
export type SshListener = { protocol: Protocol; transport: 'tcp' | 'udp'; address: string; owner: string | undefined }

export type SshRefusalFacts = { ssh: SshFacts; profile?: TlsProfile; listener?: SshListener }

/** Why there is no SSH; undefined where there is some, or where nobody knows. */
const withoutSsh = ({ protocol, transport, address, owner }: SshListener): string | undefined => {
  if (transport === 'udp') return 'SSH is carried over TCP, and this is a UDP socket'
  if (isEngineDns(address, owner)) return engineDns
  return protocol === 'tls' || protocol === 'http' || protocol === 'dns' ? `it speaks ${protocolNames[protocol]}` : undefined
}

/** How a finding calls a kind of algorithm. */
export const fieldWords: Readonly<Record<SshField, string>> = { kex: 'key exchange', hostkey: 'host key', cipher: 'cipher', mac: 'MAC' }
export const sshFields: readonly SshField[] = ['kex', 'hostkey', 'cipher', 'mac']

/** Names in the lists that stand for something else than an algorithm (RFC 8308, section 2.1; OpenSSH PROTOCOL, section 1.10). */
const pseudoNames = new Set([
  'ext-info-s',
  'ext-info-c',
  'kex-strict-s-v00@openssh.com',
  'kex-strict-c-v00@openssh.com',
  'kexguess2@matt.ucc.asn.au',
])

/** What an SSH server offers of one kind, without the names that are no algorithms. */
export const algorithmsOf = (offer: SshOffer, field: SshField): string[] => offer[field].filter((name) => !pseudoNames.has(name))

const unapproved = (offer: SshOffer, field: SshField, profile: TlsProfile, asOf: Date): string[] => {
  const approved = new Set(onDay(profile.ssh[field], asOf).map(({ name }) => name))
  return algorithmsOf(offer, field).filter((name) => !approved.has(name))
}

/** What the sizes that were asked for come to; nothing where none were. */
const judgeSizes = (
  sizes: SshSizes | undefined,
  { rsaBits, groupBits }: SshSizeLimits,
): { offences: string[]; doubts: string[]; observed: string[] } => {
  const hostKey = sizes?.hostKey
  const given = (sizes?.groups ?? []).flatMap((group) => (group.state === 'given' ? [group.bits] : []))
  const small = given.filter((bits) => bits < groupBits)
  const open = (sizes?.groups ?? []).flatMap((group) => (group.state === 'not-shown' ? [group.why] : []))
  const key = hostKey?.state === 'shown' ? hostKey.bits : undefined
  return {
    offences: [
      ...(key !== undefined && key < rsaBits ? [`an RSA host key of ${key} bits`] : []),
      ...(small.length > 0 ? [`a group of ${Math.min(...small)} bits in a group exchange`] : []),
    ],
    doubts: [
      ...(hostKey?.state === 'not-shown' ? [`the size of its RSA host key was not seen: ${hostKey.why}`] : []),
      ...(open.length > 0 ? [`the group of a group exchange was not seen: ${open[0]}`] : []),
    ],
    observed: [
      ...(key === undefined ? [] : [`RSA host key of ${key} bits`]),
      ...(given.length > 0 ? [`least group given ${Math.min(...given)} bits`] : []),
      ...((sizes?.groups ?? []).some(({ state }) => state === 'refused') ? ['a group exchange for 1024 bits alone refused'] : []),
    ],
  }
}

/**
 * FIPS-SSH: an SSH server offers approved algorithms only. Its KEXINIT is its whole offer, and what is chosen stands in both lists (RFC 4253, section 7.1),
 * so a name that is absent is refused.
 */
export const refusesUnapprovedSsh: Rule<SshRefusalFacts> = ({ ssh, profile = fips1403Tls, listener }, { asOf }): Outcome => {
  const expected = 'KEXINIT names no key exchange, host key, cipher or MAC that the profile does not approve'
  const notes = [
    `profile ${profile.name} of ${profile.dated}`,
    ssh.state === 'offered' && ssh.sizes
      ? 'what was read is not authenticated; signatures of user authentication are not in it'
      : 'KEXINIT is not authenticated; sizes of host keys and of groups chosen by the server, and signatures of user authentication, are not in it',
  ]
  const say = (verdict: Outcome['verdict'], reason: string, observed: string, remedy = ''): Outcome => ({
    verdict,
    reason,
    expected,
    observed,
    remedy,
    notes,
  })
  const without = listener && withoutSsh(listener)
  if (without !== undefined) return say('not-applicable', `no SSH here: ${without}`, without)
  if (listener && listener.protocol !== 'ssh')
    return say(
      'inconclusive',
      `it is not known whether it speaks SSH (${listener.protocol})`,
      listener.protocol,
      'Find the process that owns the port; remove it, or make its protocol known to the harness.',
    )
  if (ssh.state === 'other') return say('not-applicable', `no SSH here: ${ssh.why}`, ssh.why)
  if (ssh.state !== 'offered') return say('inconclusive', `its offer was not seen: ${ssh.why}`, ssh.why, 'Run again.')
  const { offer, identification, sizes } = ssh
  const measured = judgeSizes(sizes, profile.sshSizes)
  const observed = [
    `${identification}: ${sshFields.map((field) => `${fieldWords[field]} ${algorithmsOf(offer, field).join(' ')}`).join('; ')}`,
    ...measured.observed,
  ].join('; ')
  const empty = sshFields.filter((field) => offer[field].length === 0 && field !== 'mac')
  if (empty.length > 0)
    return say('inconclusive', `KEXINIT has no ${empty.map((field) => fieldWords[field]).join(' and no ')}`, observed, 'Run again.')
  const found = [
    ...sshFields.flatMap((field) => unapproved(offer, field, profile, asOf).map((name) => `${fieldWords[field]} ${name}`)),
    ...measured.offences,
  ]
  const remedy =
    'Set KexAlgorithms, Ciphers, MACs and HostKeyAlgorithms in sshd_config to approved ones, or boot the node in FIPS mode with its vendor policy; give the host keys and moduli of at least the size that the profile wants.'
  if (found.length > 0) return say('fail', `offered: ${found.join(', ')}`, observed, remedy)
  if (measured.doubts.length > 0) return say('inconclusive', measured.doubts.join('; '), observed, 'Run again.')
  const count = sshFields.reduce((sum, field) => sum + algorithmsOf(offer, field).length, 0)
  const beside = measured.observed.length > 0 ? `; ${measured.observed.join('; ')}` : ''
  return say('pass', `all ${count} algorithms that it offers are approved${beside}`, observed)
}
