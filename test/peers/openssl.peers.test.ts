import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sweepPort } from '../../helpers/tls/read/test-helpers.ts'
import { newerOpenssl, type OpensslCommand } from './newer-openssl.ts'
import { freePort, openBench } from './peer.ts'
import { expectBudget, expectTruth } from './truth.ts'

const bench = openBench()
afterEach(bench.stop)
afterAll(bench.end)

const { ec, rsa } = bench.files
const own: OpensslCommand = { command: 'openssl', before: [], env: {} }

const startOpenssl = async ({ command, before, env }: OpensslCommand, ...options: string[]): Promise<number> => {
  const port = await freePort()
  return bench.start(port, command, [...before, 's_server', '-accept', `127.0.0.1:${port}`, '-quiet', ...options], {
    env: { ...process.env, ...env },
  })
}
const withRsa = ['-cert', rsa.both]
const withEc = ['-cert', ec.both]
const withBoth = [...withRsa, '-dcert', ec.both]

describe('openssl s_server', () => {
  it.each([
    ['RSA, defaults', withRsa],
    ['ECDSA, defaults', withEc],
    ['both certificates', withBoth],
    ['both certificates, its own order', [...withBoth, '-serverpref']],
    ['everything it has', [...withRsa, '-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0']],
    ['TLS 1.0 to 1.2', [...withRsa, '-no_tls1_3', '-cipher', 'DEFAULT:@SECLEVEL=0']],
    ['TLS 1.3 alone', [...withEc, '-tls1_3']],
    ['TLS 1.2 alone with CCM', [...withBoth, '-tls1_2', '-cipher', 'AESCCM']],
    ['DHE alone', [...withRsa, '-tls1_2', '-cipher', 'kDHE+AESGCM']],
    ['RSA key transport alone', [...withRsa, '-tls1_2', '-cipher', 'kRSA']],
    ['anonymous', [...withRsa, '-cipher', 'aNULL+AESGCM:ECDHE+AESGCM:@SECLEVEL=0']],
    [
      'every suite of TLS 1.3',
      [...withEc, '-ciphersuites', 'TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256:TLS_CHACHA20_POLY1305_SHA256'],
    ],
    ['P-384 and ffdhe alone', [...withRsa, '-groups', 'P-384:ffdhe2048']],
    ['approved alone', [...withBoth, '-cipher', 'ECDHE+AESGCM', '-ciphersuites', 'TLS_AES_128_GCM_SHA256', '-groups', 'P-256:P-384:P-521']],
  ])('%s', async (_name, options) => {
    const port = await startOpenssl(own, ...options)
    const probed = await sweepPort(port)
    await expectTruth(probed, { port })
    expectBudget(probed, 2)
  })

  it('says whether a ticket allows early data', async () => {
    const with0rtt = await sweepPort(await startOpenssl(own, ...withEc, '-tls1_3', '-early_data', '-max_early_data', '4096'))
    expect(with0rtt.facts.earlyData).toMatchObject({ state: 'offered', most: 4096 })
    expect((await sweepPort(await startOpenssl(own, ...withEc, '-tls1_3'))).facts.earlyData?.state).toBe('not-offered')
    expect((await sweepPort(await startOpenssl(own, ...withEc, '-tls1_3', '-num_tickets', '0'))).facts.earlyData?.state).toBe('no-ticket')
  })

  it.each(['RSA', 'ECDSA'])('that wants a client certificate (%s) is asked with one', async (type) => {
    const client = type === 'RSA' ? rsa : ec
    const port = await startOpenssl(own, ...withRsa, '-Verify', '1')
    const without = await sweepPort(port)
    expect([without.facts.keyExchange?.ems, without.facts.earlyData?.state]).toEqual(['inconclusive', 'unknown'])
    const shown = await sweepPort(port, { clientCertificate: { certificates: [client.identity.certificate], key: client.identity.key } })
    expect([shown.facts.keyExchange?.ems, shown.facts.earlyData?.state]).toEqual(['not-enforced', 'not-offered'])
    await expectTruth(shown, { port, cert: client.cert, key: client.key })
  })
})

describe('OpenSSL 3.5 with its FIPS provider', () => {
  let plain: OpensslCommand
  let fips: OpensslCommand
  let checked: OpensslCommand
  beforeAll(async () => {
    plain = await newerOpenssl(bench.folder, { fips: false })
    fips = await newerOpenssl(bench.folder, { fips: true })
    checked = await newerOpenssl(bench.folder, { fips: true, emsCheck: true })
  })

  it('without it: hybrids with ML-KEM, each confirmed with a share', async () => {
    const port = await startOpenssl(plain, ...withRsa)
    const probed = await sweepPort(port)
    await expectTruth(probed, { port })
    expectBudget(probed)
    const accounts = probed.facts.sweep?.accounts ?? []
    expect(accounts.find(({ asks, version }) => asks === 'group' && version === '0304')?.accepted).toEqual(
      expect.arrayContaining(['11ec', '001d']),
    )
    expect(accounts.flatMap(({ unconfirmed }) => unconfirmed)).toEqual([])
  })

  it.each([
    ['RSA, defaults', withRsa],
    ['ECDSA, defaults', withEc],
    ['everything it has', [...withRsa, '-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0']],
  ])('with it, %s: neither ChaCha20 nor x25519, and more than SP 800-52 allows', async (_name, options) => {
    const port = await startOpenssl(fips, ...options)
    const probed = await sweepPort(port)
    await expectTruth(probed, { port })
    expectBudget(probed)
    const taken = (probed.facts.sweep?.accounts ?? []).flatMap(({ accepted }) => accepted)
    expect(['1303', 'cca8', 'cca9', '001d', '001e'].filter((code) => taken.includes(code))).toEqual([])
    // Its default asks for no extended master secret.
    expect(probed.facts.keyExchange?.ems).toBe('not-enforced')
  })

  it('with its check of the extended master secret: enforced', async () => {
    const port = await startOpenssl(checked, ...withRsa)
    const probed = await sweepPort(port)
    await expectTruth(probed, { port })
    expect(probed.facts.keyExchange?.ems).toBe('enforced')
  })
})
