import type { SshField } from '../policy/profile-ssh.ts'
import { fips1403Tls, onDay, type TlsProfile } from '../policy/profiles.ts'
import type { SshFacts, SshOffer } from '../ssh/analyse/kexinit.ts'
import type { Outcome, Rule } from './outcome.ts'

export type SshRefusalFacts = { ssh: SshFacts; profile?: TlsProfile }

const fieldWords: Readonly<Record<SshField, string>> = { kex: 'key exchange', hostkey: 'host key', cipher: 'cipher', mac: 'MAC' }
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

/**
 * FIPS-SSH: an SSH server offers approved algorithms only. Its KEXINIT is its whole offer, and what is chosen stands in both lists (RFC 4253, section 7.1),
 * so a name that is absent is refused.
 */
export const refusesUnapprovedSsh: Rule<SshRefusalFacts> = ({ ssh, profile = fips1403Tls }, { asOf }): Outcome => {
  const expected = 'KEXINIT names no key exchange, host key, cipher or MAC that the profile does not approve'
  const notes = [
    `profile ${profile.name} of ${profile.dated}`,
    'KEXINIT is not authenticated; sizes of host keys and of groups chosen by the server, and signatures of user authentication, are not in it',
  ]
  const say = (verdict: Outcome['verdict'], reason: string, observed: string, remedy = ''): Outcome => ({
    verdict,
    reason,
    expected,
    observed,
    remedy,
    notes,
  })
  if (ssh.state === 'other') return say('not-applicable', `no SSH here: ${ssh.why}`, ssh.why)
  if (ssh.state !== 'offered') return say('inconclusive', `its offer was not seen: ${ssh.why}`, ssh.why, 'Run again.')
  const { offer, identification } = ssh
  const observed = `${identification}: ${sshFields.map((field) => `${fieldWords[field]} ${algorithmsOf(offer, field).join(' ')}`).join('; ')}`
  const empty = sshFields.filter((field) => offer[field].length === 0 && field !== 'mac')
  if (empty.length > 0)
    return say('inconclusive', `KEXINIT has no ${empty.map((field) => fieldWords[field]).join(' and no ')}`, observed, 'Run again.')
  const found = sshFields.flatMap((field) => unapproved(offer, field, profile, asOf).map((name) => `${fieldWords[field]} ${name}`))
  if (found.length === 0)
    return say(
      'pass',
      `all ${sshFields.reduce((sum, field) => sum + algorithmsOf(offer, field).length, 0)} algorithms that it offers are approved`,
      observed,
    )
  const remedy =
    'Set KexAlgorithms, Ciphers, MACs and HostKeyAlgorithms in sshd_config to approved ones, or boot the node in FIPS mode with its vendor policy.'
  return say('fail', `offered: ${found.join(', ')}`, observed, remedy)
}
