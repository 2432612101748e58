import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { suiteNames } from '../../policy/code-points-suites.ts'
import { dialTcp } from './dial-tcp.ts'
import { selfSigned } from './self-signed.ts'
import { accountsOf, outcomeOf, type Probed, sweepPort, verdictsOf } from './test-helpers.ts'

const folder = mkdtempSync(join(tmpdir(), 'openssl-peers-'))
for (const type of ['ec', 'rsa'] as const) {
  const { certificatePem, keyPem } = selfSigned(type)
  writeFileSync(join(folder, `${type}.pem`), `${certificatePem}${keyPem}`)
}
const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

const answering = async (port: number): Promise<void> => {
  for (let tries = 0; tries < 100; tries++) {
    const up = await dialTcp(
      '127.0.0.1',
      port,
    )(AbortSignal.timeout(1_000)).then(
      (socket) => Boolean(socket.destroy()),
      () => false,
    )
    if (up) return
    await sleep(50)
  }
  throw new Error(`nothing listens on ${port}`)
}

const startOpenssl = async (type: 'ec' | 'rsa', ...options: string[]): Promise<number> => {
  const port = await freePort()
  const pem = join(folder, `${type}.pem`)
  running.push(
    spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', pem, '-key', pem, '-quiet', ...options], {
      stdio: ['pipe', 'ignore', 'ignore'],
    }),
  )
  await answering(port)
  return port
}
const sweepOpenssl = async (type: 'ec' | 'rsa', ...options: string[]): Promise<Probed> => sweepPort(await startOpenssl(type, ...options))

/** Code points of the suites that a cipher string stands for, as the openssl program lists them, without those that need a key of another kind. */
const suitesOf = (cipherString: string, keep: RegExp): string[] =>
  execFileSync('openssl', ['ciphers', '-V', '-stdname', '-s', '-tls1_2', cipherString], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, high, low, name] = /0x(\w\w),0x(\w\w) +- +(\S+)/.exec(line) ?? []
      return high && low && name && keep.test(name) ? [`${high}${low}`.toLowerCase()] : []
    })
    .toSorted()

const approved = [
  '-cipher',
  'ECDHE+AESGCM',
  '-ciphersuites',
  'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384',
  '-groups',
  'P-256:P-384:P-521',
]

describe('openssl s_server', () => {
  it.each(['ec', 'rsa'] as const)('with defaults (%s) fails for suites and groups', async (type) => {
    const probed = await sweepOpenssl(type)
    expect(verdictsOf(probed)).toEqual(['pass', 'fail', 'fail', 'pass', 'pass'])
    const { suites, groups } = accountsOf(probed)
    expect(suites['0304']).toContain('1303')
    expect(groups['0303']).toContain('001d')
    expect(suites['0303']?.includes('009c')).toBe(type === 'rsa')
  })

  it.each(['ec', 'rsa'] as const)('with approved cryptography only (%s) passes', async (type) => {
    for (const more of [[], ['-serverpref'], ['-Verify', '1']]) {
      expect(verdictsOf(await sweepOpenssl(type, ...approved, ...more)).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
    }
  })

  it('with everything open fails for versions, suites and groups', async () => {
    const probed = await sweepOpenssl('rsa', '-cipher', 'ALL:eNULL:@SECLEVEL=0', '-min_protocol', 'TLSv1', '-dhparam', dhParameters())
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['fail', 'fail', 'fail'])
    expect(outcomeOf(probed, 'version-0301')).toBe('accepted')
    expect(accountsOf(probed).suites['0303']).toEqual(expect.arrayContaining(['0002', '003b', 'c010']))
    expect(probed.facts.accepted.some(({ dhBits }) => dhBits === 1024)).toBe(true)
  })

  it.each([
    ['cca8', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ['c027', 'ECDHE-RSA-AES128-SHA256'],
    ['009d', 'AES256-GCM-SHA384'],
    ['c019', 'AECDH-AES256-SHA'],
  ])('with one suite too many, %s', async (code, name) => {
    const probed = await sweepOpenssl('rsa', '-cipher', `ECDHE+AESGCM:${name}:@SECLEVEL=0`, ...approved.slice(2))
    expect(accountsOf(probed).suites['0303']).toEqual(['c02f', 'c030', code].toSorted())
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['pass', 'fail', 'pass'])
  })

  it('names suites as the table does', () => {
    const lines = execFileSync('openssl', ['ciphers', '-V', '-stdname', 'ALL:COMPLEMENTOFALL:eNULL:@SECLEVEL=0'], { encoding: 'utf8' })
      .trim()
      .split('\n')
    const named = lines.flatMap((line) => {
      const [, high, low, name] = /0x(\w\w),0x(\w\w) +- +(\S+)/.exec(line) ?? []
      return high && low && name ? [[`${high}${low}`.toLowerCase(), name] as const] : []
    })
    expect(named.length).toBeGreaterThan(100)
    for (const [code, name] of named) expect([code, suiteNames.get(code)]).toEqual([code, name])
  })
})

describe('the sweep of openssl s_server', () => {
  it.each(['ec', 'rsa'] as const)('with approved cryptography only (%s): closed accounts, nothing else accepted', async (type) => {
    const schemes = type === 'ec' ? 'ECDSA+SHA256' : 'RSA-PSS+SHA256'
    const probed = await sweepOpenssl(type, ...approved, '-sigalgs', schemes)
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
    expect(accountsOf(probed)).toEqual({
      suites: { '0303': type === 'ec' ? ['c02b', 'c02c'] : ['c02f', 'c030'], '0304': ['1301', '1302'] },
      groups: { '0303': ['0017', '0018', '0019'], '0304': ['0017', '0018', '0019'] },
      schemes: { '0303': [type === 'ec' ? '0403' : '0804'] },
    })
  })

  it.each([
    ['ALL:eNULL:@SECLEVEL=0', /^TLS_(RSA|(EC)?DHE_RSA|(EC)?DH_anon)_WITH_/],
    ['DEFAULT', /^TLS_(RSA|(EC)?DHE_RSA)_WITH_/],
    ['ECDHE+AESGCM:NULL-SHA256:@SECLEVEL=0', /^TLS_(RSA|ECDHE_RSA)_WITH_/],
  ])('with %s: exactly the suites that openssl itself lists', async (cipherString, servable) => {
    const probed = await sweepOpenssl('rsa', '-cipher', cipherString)
    const expected = suitesOf(cipherString, servable)
    expect(expected.length).toBeGreaterThan(2)
    const { suites, groups, schemes } = accountsOf(probed)
    expect(suites['0303']).toEqual(expected)
    const versions = new Set(probed.facts.accepted.map(({ version }) => version)).size
    const taken = [suites, groups, schemes].flatMap((field) => Object.values(field)).flat().length + versions
    expect(probed.facts.connections).toBeLessThanOrEqual(40 + taken)
    expect(probed.facts.keyExchange?.ems).toBe('not-enforced')
  })

  it('whose only suite is one number of TLS 1.3', async () => {
    const probed = await sweepOpenssl('ec', '-ciphersuites', 'TLS_CHACHA20_POLY1305_SHA256', '-tls1_3')
    expect(accountsOf(probed).suites['0304']).toEqual(['1303'])
    expect(verdictsOf(probed)[1]).toBe('fail')
  })

  it('with x25519 behind the curve of its certificate, in its own order and in the client’s', async () => {
    for (const order of [['-serverpref'], []]) {
      const probed = await sweepOpenssl('ec', ...approved.slice(0, 4), '-groups', 'P-384:X25519:P-256', ...order, '-no_tls1_3')
      expect(accountsOf(probed).groups['0303']).toEqual(['0017', '0018', '001d'])
    }
  })
})

/** RFC 2409 group 2: 1024 bits, too small. */
const dhParameters = (): string => {
  const path = join(folder, 'dh.pem')
  const prime =
    `FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245
    E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF`.replaceAll(/\s/g, '')
  const body = Buffer.concat([Buffer.from([0x02, 0x81, 0x81, 0x00]), Buffer.from(prime, 'hex'), Buffer.from([0x02, 0x01, 0x02])])
  const der = Buffer.concat([Buffer.from([0x30, 0x81, body.length]), body])
  writeFileSync(
    path,
    `-----BEGIN DH PARAMETERS-----\n${der.toString('base64').replaceAll(/(.{64})/g, '$1\n')}\n-----END DH PARAMETERS-----\n`,
  )
  return path
}
