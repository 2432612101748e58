import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { kexinit } from '../ssh/analyse/made-kexinit.ts'
import { selfSigned } from '../tls/read/self-signed.ts'
import { type ProbeFlags, probe } from './probe.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

type Listening = { listen: (port: number, host: string, ready: () => void) => unknown; address: () => unknown; close: () => unknown }
const portOf = (server: Listening): Promise<number> =>
  new Promise((resolve) => {
    closing.push(() => server.close())
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
const { certificatePem, keyPem } = selfSigned('ec')
const tlsServer = (options: TlsOptions = {}): Promise<number> => portOf(createTlsServer({ key: keyPem, cert: certificatePem, ...options }))
const approvedOnly: TlsOptions = {
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE+AESGCM',
  ecdhCurve: 'P-256:P-384:P-521',
  sigalgs: 'ECDSA+SHA256',
}

const run = async (
  targets: readonly string[],
  flags: ProbeFlags = {},
): Promise<{ exit: number; text: string; lines: Record<string, unknown>[] }> => {
  let text = ''
  const { exit } = await probe(targets, flags, { signal: AbortSignal.timeout(30_000), write: (part) => (text += part), stream: {} })
  const lines = flags.json
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    : []
  return { exit, text, lines }
}

describe('probe', () => {
  it('prints one object for each endpoint and server name', async () => {
    const port = await tlsServer({ ...approvedOnly, minVersion: 'TLSv1.3' })
    const { exit, lines } = await run([`127.0.0.1:${port}`], { json: true, sni: ['localhost', 'other.test'] })
    expect(exit).toBe(0)
    expect(lines.map(({ sni }) => sni)).toEqual(['localhost', 'other.test'])
    expect(lines[0]).toEqual({
      host: '127.0.0.1',
      port,
      sni: 'localhost',
      outcome: 'tested',
      versions: { '0304': ['1301', '1302'] },
      groups: { '0304': ['0017', '0018', '0019'] },
      sigalgs: {},
      ems: null,
      refused: {},
      verdict: 'pass',
      reasons: [],
      connections: expect.any(Number),
      seconds: expect.any(Number),
    })
  })

  it('tells a person the same within 100 columns', async () => {
    const port = await tlsServer()
    const { exit, text } = await run([`127.0.0.1:${port}`])
    expect(exit).toBe(1)
    expect(text).toContain('TLS_CHACHA20_POLY1305_SHA256 (1303) accepted in TLS 1.3')
    expect(text).toMatch(/65,\d{3} of 65,518 refused/)
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([])
  })

  it('judges by the profile that is named', async () => {
    const port = await tlsServer({ ...approvedOnly, minVersion: 'TLSv1.3' })
    expect((await run([`127.0.0.1:${port}`], { profile: 'cnsa-2' })).exit).toBe(1)
    await expect(run([`127.0.0.1:${port}`], { profile: 'nothing' })).rejects.toMatchObject({ code: 'PROFILE_UNKNOWN' })
  })

  it.each(['127.0.0.1', 'host:0', 'host:99999', '::1:443', ':443', 'a b:1', '[::zz]:1'])('refuses the endpoint %j', async (target) => {
    await expect(run([target])).rejects.toMatchObject({ code: 'ENDPOINT_MALFORMED' })
  })

  it('says of what is no TLS that it was not tested', async () => {
    const http = await portOf(createHttpServer((_request, response) => response.end('ok')))
    const closed = await portOf(createServer())
    await closing.pop()?.()
    const { exit, lines } = await run([`127.0.0.1:${http}`, `127.0.0.1:${closed}`, 'no-such-host.invalid:443'], { json: true })
    expect(exit).toBe(2)
    expect(lines.map(({ outcome, verdict }) => [outcome, verdict])).toEqual(Array.from({ length: 3 }, () => ['not-tested', 'inconclusive']))
  })

  it('reads SSH', async () => {
    const good = await portOf(createServer((socket) => void socket.on('error', () => socket.destroy()).write(kexinit())))
    const bad = await portOf(
      createServer((socket) => void socket.on('error', () => socket.destroy()).write(kexinit({ kex: 'curve25519-sha256' }))),
    )
    const passed = await run([`127.0.0.1:${good}`], { ssh: true, json: true })
    expect([passed.exit, passed.lines[0]?.ssh]).toEqual([
      0,
      { kex: ['ecdh-sha2-nistp256'], hostkey: ['rsa-sha2-512'], cipher: ['aes256-gcm@openssh.com'], mac: ['hmac-sha2-256'] },
    ])
    const failed = await run([`127.0.0.1:${bad}`], { ssh: true })
    expect([failed.exit, failed.text.includes('curve25519-sha256')]).toEqual([1, true])
  })

  it('writes what was sent and received', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'transcript-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    const port = await tlsServer(approvedOnly)
    await run([`127.0.0.1:${port}`], { json: true, transcript: folder })
    const [endpoint] = readdirSync(folder)
    const files = readdirSync(join(folder, endpoint ?? ''))
    const hellos = files.filter((file) => file.endsWith('.sent')).map((file) => readFileSync(join(folder, endpoint ?? '', file)))
    expect(hellos.length).toBeGreaterThan(30)
    expect(Math.max(...hellos.map(({ length }) => length))).toBeGreaterThan(40_000)
    expect(files).toContain('index.json')
  })
})
