import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { agreesOnSoundHandshakes, refusesWithoutExtendedMasterSecret } from '../../rules/handshake.ts'
import { refusesOldVersions, refusesUnapprovedGroups, refusesUnapprovedSuites } from '../../rules/refusal.ts'
import { selfSigned } from './self-signed.ts'
import { account, closes, outcomeOf, refused, sweepPort, sweptVerdicts, verdictsOf } from './test-helpers.ts'

const identity = selfSigned('ec')
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const nodeServer = (type: 'ec' | 'rsa', options: TlsOptions = {}): Promise<number> =>
  new Promise((resolve) => {
    const own = type === 'ec' ? identity : selfSigned('rsa')
    const listening = createTlsServer({ key: own.keyPem, cert: own.certificatePem, ...options })
    closing.push(() => listening.close())
    listening.listen(0, '127.0.0.1', () => resolve((listening.address() as { port: number }).port))
  })
const approvedOnly: TlsOptions = { ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE+AESGCM', ecdhCurve: 'P-256:P-384:P-521' }
const schemesOf = { ec: 'ECDSA+SHA256:ECDSA+SHA384', rsa: 'RSA-PSS+SHA256:RSA+SHA256' }

describe('the sweep of a Node server', () => {
  it.each(['ec', 'rsa'] as const)('with approved cryptography (%s): every number is accounted for', async (type) => {
    const probed = await sweepPort(await nodeServer(type, { ...approvedOnly, sigalgs: schemesOf[type] }))
    expect(sweptVerdicts(probed)).toEqual(['pass', 'pass', 'pass'])
    expect(probed.judge(refusesOldVersions).verdict).toBe('pass')
    for (const version of ['0303', '0304']) {
      const suites = account(probed, 'suite', version)
      expect(suites.asked).toBe(65_518)
      expect(refused(suites) + suites.accepted.length).toBe(65_518)
      expect(suites.proofs.length).toBeGreaterThanOrEqual(3)
    }
    expect(account(probed, 'group', '0304')).toMatchObject({ accepted: ['0017', '0018', '0019'], unconfirmed: [], asked: 65_520 })
    expect(account(probed, 'scheme', '0303').accepted).toEqual(type === 'ec' ? ['0403', '0503'] : ['0401', '0804'])
    expect(probed.facts.connections).toBeLessThanOrEqual(60)
    expect(probed.facts.keyExchange?.ems).toBe('not-enforced')
    expect(probed.judge(refusesWithoutExtendedMasterSecret).verdict).toBe('fail')
    expect(probed.judge(agreesOnSoundHandshakes).verdict).toBe('pass')
    expect(probed.facts.certificates.map(({ keyType }) => keyType)).toEqual([type])
    for (const { question, points } of probed.facts.questions.filter(({ question: { version } }) => version < '0303')) {
      expect([question.id, ...points.map(({ controls }) => controls.length)]).toEqual([question.id, 2])
      expect(points[0]?.alert?.position).toBe('before-server-hello')
    }
  })

  it.each(['ec', 'rsa'] as const)('with defaults (%s): what it accepts is named, in each account', async (type) => {
    const probed = await sweepPort(await nodeServer(type))
    expect(probed.facts.varies).toBeUndefined()
    expect(account(probed, 'suite', '0304').accepted).toContain('1303')
    expect(account(probed, 'suite', '0303').accepted).toContain(type === 'ec' ? 'cca9' : 'cca8')
    expect(account(probed, 'group', '0304').accepted).toEqual(expect.arrayContaining(['001d', '001e', '11ec', '0017', '0018', '0019']))
    expect(account(probed, 'group', '0303').accepted).toContain('001d')
    expect(verdictsOf(probed)).toEqual(['pass', 'fail', 'fail', 'pass', 'pass'])
    expect(probed.judge(refusesUnapprovedSuites).reason).toContain('TLS_CHACHA20_POLY1305_SHA256 (1303) accepted in TLS 1.3')
    expect(probed.judge(refusesUnapprovedGroups).reason).toContain('x25519 (001d) accepted in TLS 1.3')
  })

  it('that wants a client certificate is measured all the same', async () => {
    const certificate = { requestCert: true, rejectUnauthorized: true, ca: [selfSigned('rsa').certificatePem] }
    const strict = await sweepPort(await nodeServer('rsa', { ...approvedOnly, ...certificate }))
    expect(strict.facts.clientCertificateRequested).toBe(true)
    expect(verdictsOf(strict).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
    const loose = await sweepPort(await nodeServer('rsa', certificate))
    expect(verdictsOf(loose).slice(0, 3)).toEqual(['pass', 'fail', 'fail'])
  })

  it('that knows x25519 only fails, although nothing approved was accepted', async () => {
    const probed = await sweepPort(await nodeServer('rsa', { ecdhCurve: 'X25519' }))
    expect(account(probed, 'group', '0304').accepted).toEqual(['001d'])
    expect(probed.judge(refusesUnapprovedGroups).verdict).toBe('fail')
  })

  it('is asked the same through one connection at a time', async () => {
    const probed = await sweepPort(await nodeServer('ec', approvedOnly), { rounds: 2 })
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
    expect(probed.facts.sweep?.accounts.every(closes)).toBe(true)
  })

  it('that has two certificates: one account for each type', async () => {
    const rsa = selfSigned('rsa')
    const probed = await sweepPort(
      await nodeServer('ec', { ...approvedOnly, key: [identity.keyPem, rsa.keyPem], cert: [identity.certificatePem, rsa.certificatePem] }),
    )
    const own = probed.facts.sweep?.accounts.filter(({ asks, version }) => asks === 'suite' && version === '0303') ?? []
    const all = ['c02b', 'c02c', 'c02f', 'c030']
    expect(own.map(({ certificate, accepted, otherCertificate }) => [certificate, accepted, otherCertificate])).toEqual([
      ['rsa', all, ['c02b', 'c02c']],
      ['ecdsa', all, ['c02f', 'c030']],
    ])
    expect(own.every(closes)).toBe(true)
    // Each refusal stands between twins of which the one was served with RSA and the other with ECDSA, so it speaks for both.
    expect(own.map(({ proofs }) => proofs.length)).toEqual([3, 3])
    expect(own[0]?.proofs).toEqual(own[1]?.proofs)
  })

  it.each([
    ['TLSv1.2', '0304'],
    ['TLSv1.3', '0303'],
  ] as const)('that speaks %s only: the other version is refused as a whole', async (version, other) => {
    const probed = await sweepPort(
      await nodeServer('ec', { ...approvedOnly, minVersion: version, maxVersion: version, sigalgs: schemesOf.ec }),
    )
    expect(outcomeOf(probed, `version-${other}`)).toBe('refused')
    expect(account(probed, 'suite', other).withVersion).toContain('alert 70')
    expect(account(probed, 'group', '0303').scope).toBe(other === '0304' ? 'whole' : 'named')
    expect(sweptVerdicts(probed)).toEqual(['pass', 'pass', 'pass'])
    expect(probed.judge(refusesOldVersions).verdict).toBe('pass')
  })

  it('that speaks TLS 1.0: its suites are named too', async () => {
    const probed = await sweepPort(await nodeServer('rsa', { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }))
    expect(account(probed, 'suite', '0301').accepted).toContain('002f')
    expect(probed.judge(refusesOldVersions)).toMatchObject({ verdict: 'fail', reason: 'TLS 1.0 (0301) accepted, TLS 1.1 (0302) accepted' })
  })
})
