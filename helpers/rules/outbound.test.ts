import { describe, expect, it } from 'vitest'
import { rhelFipsTls } from '../policy/profiles-strict.ts'
import type { ClientCall } from '../tls/analyse/client-offer.ts'
import { type ClientFacts, offersApprovedOnly } from './outbound.ts'

const by = { asOf: new Date('2026-11-22T00:00:00Z') }
const approved = { versions: ['0304', '0303'], suites: ['c02b', '1301'], groups: ['0017', '0018'], schemes: ['0804', '0403'] }
const call = (change: Partial<NonNullable<ClientCall['offer']>> = {}, pid = '7'): ClientCall => ({
  pid,
  exe: '/usr/bin/kubelet',
  provokedBy: 'a probe',
  offer: { ...approved, ...change },
  why: '',
})
const judge = (change: Partial<ClientFacts>) => offersApprovedOnly({ client: 'kubelet', pids: ['7'], calls: [call()], ...change }, by)

describe('FIPS-TLS-9', () => {
  it('passes an offer of what is approved, and counts it', () => {
    expect(judge({})).toMatchObject({
      verdict: 'pass',
      reason: 'all that it offers is approved: 2 versions, 2 suites, 2 groups, 2 signature schemes',
    })
  })

  it.each([
    [{ suites: ['1303', '1301'] }, 'TLS_CHACHA20_POLY1305_SHA256 (1303) offered'],
    [{ groups: ['001d', '0017'] }, 'x25519 (001d) offered'],
    [{ groups: ['11ec', '0017'] }, '(11ec) offered'],
    [{ schemes: ['0201', '0804'] }, '(0201) offered'],
    [{ versions: ['0304', '0303', '0302'] }, 'TLS 1.1 (0302) offered'],
  ])('fails %j', (change, reason) => {
    expect(judge({ calls: [call(change)] })).toMatchObject({ verdict: 'fail', reason: expect.stringContaining(reason) })
  })

  it('fails for any of several calls', () => {
    expect(judge({ calls: [call(), call({ suites: ['1303'] })] }).verdict).toBe('fail')
  })

  it('goes by the profile', () => {
    expect(judge({ calls: [call({ groups: ['11ec'] })], profile: rhelFipsTls }).verdict).toBe('pass')
  })

  it('takes no call of another process for its own, and says whose it was', () => {
    expect(judge({ calls: [{ ...call({}, '9'), exe: '/usr/bin/curl' }] })).toMatchObject({
      verdict: 'inconclusive',
      reason: 'what kubelet offers was not seen: the call came from /usr/bin/curl',
    })
    expect(judge({ calls: [call({}, '')] }).verdict).toBe('inconclusive')
  })

  it('passes nothing that was not seen', () => {
    expect(judge({ calls: [] })).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('nobody called') })
    expect(judge({ calls: [{ ...call(), pid: '', offer: undefined, why: 'no crictl' }] }).reason).toContain('no crictl')
    expect(judge({ calls: [call({ groups: [] })] })).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('no groups'),
    })
  })

  it('does not apply where nobody was made to call', () => {
    expect(judge({ calls: [], readOnly: 'somebody else made it' })).toMatchObject({
      verdict: 'not-applicable',
      reason: 'kubelet was not made to call anybody: somebody else made it',
    })
  })
})
