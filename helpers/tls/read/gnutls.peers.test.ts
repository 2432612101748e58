import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { dialTcp } from './dial-tcp.ts'
import { selfSigned } from './self-signed.ts'
import { accountsOf, type Probed, sweepPort, verdictsOf } from './test-helpers.ts'

const folder = mkdtempSync(join(tmpdir(), 'gnutls-peers-'))
const { certificatePem, keyPem } = selfSigned('rsa')
writeFileSync(join(folder, 'cert.pem'), certificatePem)
writeFileSync(join(folder, 'key.pem'), keyPem)
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

const sweepGnutls = async (priority: string): Promise<Probed> => {
  const port = await freePort()
  const files = ['--x509certfile', join(folder, 'cert.pem'), '--x509keyfile', join(folder, 'key.pem')]
  running.push(spawn('gnutls-serv', ['--http', '--port', String(port), '--priority', priority, ...files], { stdio: 'ignore' }))
  for (let tries = 0; tries < 100; tries++) {
    const up = await dialTcp(
      '127.0.0.1',
      port,
    )(AbortSignal.timeout(500)).then(
      (socket) => Boolean(socket.destroy()),
      () => false,
    )
    if (up) return sweepPort(port)
    await sleep(50)
  }
  throw new Error('gnutls-serv does not listen')
}

describe('gnutls-serv', () => {
  it('with approved cryptography only passes', async () => {
    const probed = await sweepGnutls(
      'NONE:+VERS-TLS1.2:+VERS-TLS1.3:+ECDHE-RSA:+AES-128-GCM:+AES-256-GCM:+AEAD:+SHA384:+SHA256:+GROUP-SECP256R1:+GROUP-SECP384R1:+SIGN-RSA-SHA256:+SIGN-RSA-PSS-RSAE-SHA256:+COMP-NULL:+CTYPE-X509',
    )
    expect(accountsOf(probed).suites).toEqual({ '0303': ['c02f', 'c030'], '0304': ['1301', '1302'] })
    expect(accountsOf(probed).groups['0304']).toEqual(['0017', '0018'])
    expect(verdictsOf(probed).slice(0, 3)).toEqual(['pass', 'pass', 'pass'])
  })

  it('with its defaults fails for suites and groups', async () => {
    const probed = await sweepGnutls('NORMAL')
    const { suites, groups } = accountsOf(probed)
    expect(suites['0304']).toEqual(['1301', '1302', '1303', '1304'])
    expect(suites['0303']).toEqual(expect.arrayContaining(['cca8', 'c02f', '009c']))
    expect(groups['0304']).toEqual(expect.arrayContaining(['001d', '001e', '0100', '0104']))
    expect(verdictsOf(probed).slice(1, 3)).toEqual(['fail', 'fail'])
  })
})
