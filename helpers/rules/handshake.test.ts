import { describe, expect, it } from 'vitest'
import { fips1403Tls } from '../policy/profiles.ts'
import { sp80052Tls } from '../policy/profiles-strict.ts'
import type { KeyExchangeFacts } from '../tls/analyse/key-exchange.ts'
import { type ListenerFacts, unaskedListener } from '../tls/analyse/listener.ts'
import { agreesOnSoundHandshakes, refusesWithoutExtendedMasterSecret } from './handshake.ts'
import type { RefusalFacts } from './refusal.ts'

const by = { asOf: new Date('2026-11-22T00:00:00Z') }
const spoken = { version: '0303', suite: 'c02f', group: '0017', dhBits: undefined, serverHello: '', exchange: 'x' }
const exchange = (change: Partial<KeyExchangeFacts> = {}): KeyExchangeFacts => ({
  ems: 'enforced',
  why: 'it was refused',
  exchanges: ['x'],
  secureRenegotiation: true,
  compression: 0,
  ...change,
})
const facts = (
  keyExchange: KeyExchangeFacts | undefined,
  change: Partial<RefusalFacts> = {},
  listener: Partial<ListenerFacts> = {},
): RefusalFacts => ({
  listener: { ...unaskedListener, protocol: 'tls', accepted: [spoken], ...(keyExchange && { keyExchange }), ...listener },
  address: '192.0.2.1',
  port: 6443,
  transport: 'tcp',
  loopbackOnly: false,
  owner: 'program',
  ...change,
})
const ems = (...given: Parameters<typeof facts>) => refusesWithoutExtendedMasterSecret(facts(...given), by)

describe('FIPS-TLS-7', () => {
  it.each([
    ['enforced', 'pass'],
    ['not-enforced', 'fail'],
    ['inconclusive', 'inconclusive'],
  ] as const)('%s: %s', (state, verdict) => {
    expect(ems(exchange({ ems: state })).verdict).toBe(verdict)
  })

  it('is open where no key exchange was made', () => {
    expect(ems(undefined).verdict).toBe('inconclusive')
  })

  it('is not asked by every profile, nor by every certificate', () => {
    expect(ems(exchange({ ems: 'not-enforced' }), { profile: sp80052Tls }).verdict).toBe('pass')
    const spared = { ...facts(exchange({ ems: 'not-enforced' })), certificateRequires: false }
    expect(refusesWithoutExtendedMasterSecret(spared, by).verdict).toBe('pass')
  })

  it('says that no client certificate was shown, and why', () => {
    const open = exchange({ ems: 'inconclusive', why: 'alert 40 in answer to the key exchange' })
    expect(ems(open, { readOnly: 'not ours' }, { clientCertificateRequested: true }).reason).toContain(
      'no client certificate was shown: not ours',
    )
  })
})

describe('FIPS-TLS-8', () => {
  const sound = (...given: Parameters<typeof facts>) => agreesOnSoundHandshakes(facts(...given), by)

  it('passes null compression and secure renegotiation', () => {
    expect(sound(exchange()).verdict).toBe('pass')
  })

  it.each([
    [{ compression: 1 }, 'compression method 1'],
    [{ secureRenegotiation: false }, 'renegotiation_info is not answered'],
  ])('fails %j', (change, reason) => {
    expect(sound(exchange(change))).toMatchObject({ verdict: 'fail', reason: expect.stringContaining(reason) })
  })

  it('is open where a profile demands a version that was neither taken nor refused', () => {
    expect(sound(exchange(), { profile: sp80052Tls }).verdict).toBe('inconclusive')
    expect(sound(exchange(), { profile: fips1403Tls }).verdict).toBe('pass')
  })
})

describe('a listener without TLS', () => {
  it.each([
    ['http', 'not-applicable'],
    ['silent', 'inconclusive'],
    ['unreachable', 'inconclusive'],
    ['unasked', 'inconclusive'],
  ] as const)('%s: %s', (protocol, verdict) => {
    for (const rule of [refusesWithoutExtendedMasterSecret, agreesOnSoundHandshakes])
      expect(rule(facts(undefined, {}, { protocol, accepted: [] }), by).verdict).toBe(verdict)
  })
})
