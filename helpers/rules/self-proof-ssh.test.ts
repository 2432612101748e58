import { describe, expect, it } from 'vitest'
import { readSsh, type SshFacts } from '../ssh/analyse/kexinit.ts'
import { approved, kexinit } from '../ssh/analyse/made-kexinit.ts'
import { plantedPeerIsCaught } from './self-proof.ts'
import type { PlantedSsh } from './self-proof-ssh.ts'

const by = { asOf: new Date('2026-11-22T00:00:00Z') }
const listener = { protocol: 'ssh', transport: 'tcp', address: '', owner: undefined } as const

const judge = (planted: Partial<PlantedSsh>, ssh: SshFacts) =>
  plantedPeerIsCaught({ speaks: 'ssh', defect: {}, mode: 'plain', ...planted, facts: { ssh, listener } }, by)

const offering = (field?: keyof typeof approved, name?: string): SshFacts =>
  readSsh(kexinit(field && name ? { [field]: `${approved[field]},${name}` } : {}))
const withKey = (bits: number): SshFacts => {
  const facts = offering()
  return facts.state === 'offered' ? { ...facts, sizes: { hostKey: { state: 'shown', type: 'ssh-rsa', bits }, groups: [] } } : facts
}
const hidden = readSsh(new TextEncoder().encode('SSH-2.0-test\r\n'))
const chacha = { field: 'cipher', name: 'chacha20-poly1305@openssh.com' } as const

describe('FIPS-SELF-1 for SSH', () => {
  it('is caught: an algorithm by its name, a small key by its size, silence by a verdict that is no pass; and a sound server passes', () => {
    expect(judge({ defect: chacha, drawnFrom: 70 }, offering('cipher', chacha.name))).toMatchObject({
      verdict: 'pass',
      reason: 'the planted defect was found: offered: cipher chacha20-poly1305@openssh.com',
      notes: ['drawn at random from 70 that could have been planted'],
    })
    expect(judge({ defect: { rsaBits: 1024 } }, withKey(1024)).reason).toBe(
      'the planted defect was found: offered: an RSA host key of 1024 bits',
    )
    expect(judge({ mode: 'mute' }, hidden)).toMatchObject({ verdict: 'pass', reason: 'an SSH server that hides its offer gets no pass' })
    expect(judge({}, withKey(3072))).toMatchObject({ verdict: 'pass', reason: 'a sound SSH server passes' })
  })

  it.each<[string, Partial<PlantedSsh>, SshFacts, RegExp]>([
    ['an algorithm that was not seen', { defect: chacha }, offering(), /"chacha20-poly1305@openssh.com"} was not found/],
    ['another algorithm', { defect: chacha }, offering('cipher', '3des-cbc'), /was not found/],
    ['a longer name', { defect: { field: 'mac', name: 'hmac-md5' } }, offering('mac', 'hmac-md5-96'), /was not found/],
    ['the same name of another kind', { defect: { field: 'mac', name: 'none' } }, offering('cipher', 'none'), /was not found/],
    ['a small key that was not looked at', { defect: { rsaBits: 1024 } }, offering(), /"rsaBits":1024} was not found/],
    ['a server that was never asked', { defect: chacha }, readSsh(new Uint8Array()), /was not found/],
    ['a control that does not pass', {}, hidden, /does not pass/],
    ['a hidden offer that was passed', { mode: 'mute' }, offering(), /was judged pass/],
  ])('is missed: %s', (_case, planted, facts, reason) => {
    const outcome = judge(planted, facts)
    expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringMatching(reason) })
    expect(outcome.remedy).toContain('believe no verdict of this run')
  })
})
