import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, createServer as createTlsServer, TLSSocket, type TlsOptions } from 'node:tls'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { kexinit, kexReply } from '../ssh/analyse/made-kexinit.ts'
import { selfSigned } from '../tls/read/self-signed.ts'
import { exitOf, type ProbeFlags, probe } from './probe.ts'
import { probeJsonSchema, probeLineSchema } from './probe-line.ts'
import { verify } from './verify.ts'

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
      address: '127.0.0.1',
      port,
      sni: 'localhost',
      starttls: null,
      profile: 'fips-140-3',
      outcome: 'tested',
      versions: { '0304': ['1301', '1302'] },
      groups: { '0304': ['0017', '0018', '0019'] },
      sigalgs: {},
      ems: null,
      renegotiation: null,
      compression: null,
      fallback: null,
      earlyData: 'not-offered',
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

  it('asks twice, where it is told to: of servers that take turns behind one address the bad one is found', async () => {
    const ports = [await tlsServer(approvedOnly), await tlsServer({ ...approvedOnly, ecdhCurve: 'P-256:P-384:P-521:X25519' })]
    let connections = 0
    const balancer = createServer((client) => {
      const server = connect(ports[connections++ % 2] ?? 0, '127.0.0.1')
      client.pipe(server).pipe(client)
      for (const socket of [client, server]) socket.on('error', () => [client, server].map((end) => end.destroy()))
    })
    const target = `127.0.0.1:${await portOf(balancer)}`
    const { exit, lines } = await run([target], { json: true, twice: true })
    expect(exit).toBe(1)
    expect(JSON.stringify(lines)).toContain('groups: x25519 (001d) accepted in TLS 1.3')
  })

  it('judges by the profile that is named', async () => {
    const port = await tlsServer({ ...approvedOnly, minVersion: 'TLSv1.3' })
    expect((await run([`127.0.0.1:${port}`], { profile: 'cnsa-2' })).exit).toBe(1)
    await expect(run([`127.0.0.1:${port}`], { profile: 'nothing' })).rejects.toMatchObject({ code: 'PROFILE_UNKNOWN' })
  })

  it.each(['127.0.0.1', 'host:0', 'host:99999', '::1:443', ':443', 'a b:1', '[::zz]:1'])('refuses the endpoint %j', async (target) => {
    await expect(run([target])).rejects.toMatchObject({ code: 'ENDPOINT_MALFORMED' })
  })

  it('refuses to probe nothing', async () => {
    await expect(run([])).rejects.toMatchObject({ code: 'TARGET_MISSING', trouble: { exit: 64 } })
  })

  it.each([{ out: import.meta.filename }, { transcript: join(import.meta.filename, 'below') }])(
    'looks for a place for what it writes before it asks anybody: %o',
    async (flags) => {
      let asked = 0
      const port = await portOf(
        createServer((socket) => {
          asked++
          socket.destroy()
        }),
      )
      await expect(run([`127.0.0.1:${port}`], flags)).rejects.toMatchObject({ code: 'OUT_UNUSABLE', trouble: { exit: 3 } })
      expect(asked).toBe(0)
    },
  )

  it('says of what is no TLS that it was not tested', async () => {
    const http = await portOf(createHttpServer((_request, response) => response.end('ok')))
    const closed = await portOf(createServer())
    await closing.pop()?.()
    const { exit, lines } = await run([`127.0.0.1:${http}`, `127.0.0.1:${closed}`, 'no-such-host.invalid:443'], { json: true })
    expect(exit).toBe(2)
    expect(lines.map(({ outcome, verdict }) => [outcome, verdict])).toEqual(Array.from({ length: 3 }, () => ['not-tested', 'inconclusive']))
  })

  /** A server that offers these lists and shows an RSA key of 2048 bits to whoever begins a key exchange. */
  const sshServer = (lists: Parameters<typeof kexinit>[0] = {}): Promise<number> =>
    portOf(
      createServer((socket) => {
        socket.on('error', () => socket.destroy())
        socket.write(kexinit(lists))
        socket.on('data', (chunk) => chunk.length > 200 && socket.write(kexReply(2048)))
      }),
    )

  it('reads SSH', async () => {
    const passed = await run([`127.0.0.1:${await sshServer()}`], { ssh: true, json: true })
    expect([passed.exit, passed.lines[0]?.ssh]).toEqual([
      0,
      {
        kex: ['ecdh-sha2-nistp256'],
        hostkey: ['rsa-sha2-512'],
        cipher: ['aes256-gcm@openssh.com'],
        mac: ['hmac-sha2-256'],
        rsaBits: 2048,
        groupBits: [],
      },
    ])
    const failed = await run([`127.0.0.1:${await sshServer({ kex: 'curve25519-sha256' })}`], { ssh: true })
    expect([failed.exit, failed.text.includes('curve25519-sha256')]).toEqual([1, true])
  })

  it('prints what its schema says, which ships with it', async () => {
    const tls = await tlsServer(approvedOnly)
    const http = await portOf(createHttpServer((_request, response) => response.end('ok')))
    const { lines } = await run([`127.0.0.1:${tls}`, `127.0.0.1:${http}`, 'no-such-host.invalid:1'], { json: true, sni: ['localhost'] })
    const ssh = await run([`127.0.0.1:${await sshServer()}`, `127.0.0.1:${http}`], { json: true, ssh: true })
    const shipped = new Ajv2020({ strict: false }).compile(
      JSON.parse(readFileSync(join(import.meta.dirname, '../../schemas/probe.schema.json'), 'utf8')) as object,
    )
    for (const line of [...lines, ...ssh.lines])
      expect([probeLineSchema.safeParse(line).error?.message, shipped(line), shipped.errors]).toEqual([undefined, true, null])
    expect(shipped({ ...lines[0], verdict: 'maybe' })).toBe(false)
    await expect(probeJsonSchema()).toMatchFileSnapshot('../../schemas/probe.schema.json')
  })

  it('asks every address of a name: one at which nobody listens has nothing to judge', async () => {
    const port = await tlsServer({ ...approvedOnly, minVersion: 'TLSv1.3' })
    const { exit, lines } = await run([`[::]:${port}`], { json: true, sni: ['localhost'] })
    expect(lines.map(({ host, address, outcome, verdict }) => [host, address, outcome, verdict])).toEqual([
      ['::', '::1', 'not-tested', 'not-applicable'],
      ['::', '127.0.0.1', 'tested', 'pass'],
    ])
    expect(exit).toBe(0)
  })

  it('finds what only one address of a name accepts', async () => {
    const open = Promise.withResolvers<number>()
    const bad = createTlsServer({ key: keyPem, cert: certificatePem })
    bad.once('error', open.reject).listen(0, '::1', () => open.resolve((bad.address() as { port: number }).port))
    const port = await open.promise
    closing.push(() => bad.close())
    const good = createTlsServer({ key: keyPem, cert: certificatePem, ...approvedOnly, minVersion: 'TLSv1.3' })
    await new Promise<void>((resolve) => good.listen(port, '127.0.0.1', resolve))
    closing.push(() => good.close())
    const { exit, lines } = await run([`[::]:${port}`], { json: true })
    expect([exit, lines.map(({ address, verdict }) => [address, verdict])]).toEqual([
      1,
      [
        ['::1', 'fail'],
        ['127.0.0.1', 'pass'],
      ],
    ])
  })

  it.each([
    [['pass'], ['tested'], 0],
    [['pass', 'not-applicable'], ['tested', 'not-tested'], 0],
    [['not-applicable'], ['not-tested'], 2],
    [['pass', 'inconclusive'], ['tested', 'not-tested'], 2],
    [['inconclusive', 'fail'], ['inconclusive', 'tested'], 1],
    [[], [], 2],
  ] as const)('exits for %j with the code of law 1', (verdicts, outcomes, exit) => {
    expect(exitOf(verdicts.map((verdict, index) => ({ verdict, outcome: outcomes[index] ?? 'tested' })))).toBe(exit)
  })

  it('takes a client certificate, proves the extended master secret with it, and keeps nothing of its key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'client-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    const client = selfSigned('ec')
    const [cert, key, other] = ['cert.pem', 'key.pem', 'other.pem'].map((name) => join(folder, name)) as [string, string, string]
    writeFileSync(cert, client.certificatePem)
    writeFileSync(key, client.keyPem)
    writeFileSync(other, selfSigned('ec').keyPem)
    const port = await tlsServer({ ...approvedOnly, requestCert: true, rejectUnauthorized: true, ca: client.certificatePem })
    const ems = async (flags: ProbeFlags) => (await run([`127.0.0.1:${port}`], { json: true, ...flags })).lines[0]?.ems
    expect(await ems({})).toBe(null)
    expect(await ems({ cert, key, transcript: folder })).toBe('not-enforced')
    const secret = client.key.export({ type: 'pkcs8', format: 'der' }).subarray(-100, -70)
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && !entry.name.endsWith('.pem'),
    )
    expect(files.length).toBeGreaterThan(60)
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name))
      expect([name, bytes.includes(secret), bytes.includes(Buffer.from(client.certificate))]).toEqual([name, false, false])
    }
    await expect(ems({ cert })).rejects.toMatchObject({ code: 'SETTING_INVALID' })
    await expect(ems({ cert, key: other })).rejects.toMatchObject({ code: 'SETTING_INVALID' })
    await expect(ems({ cert, key: cert })).rejects.toMatchObject({ code: 'FILE_INVALID' })
    await expect(ems({ cert: join(folder, 'none'), key })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })

  it('goes over to TLS where the protocol asks for it', async () => {
    const secure = createSecureContext({ key: keyPem, cert: certificatePem, ...approvedOnly })
    const port = await portOf(
      createServer((socket) => {
        socket.on('error', () => socket.destroy())
        socket.once('data', () => {
          socket.write('S', () => new TLSSocket(socket, { isServer: true, secureContext: secure }).on('error', () => socket.destroy()))
        })
      }),
    )
    const { lines } = await run([`127.0.0.1:${port}`], { json: true, starttls: 'postgres' })
    expect(lines[0]).toMatchObject({ outcome: 'tested', starttls: 'postgres', versions: { '0304': ['1301', '1302'] } })
    const smtp = await run(
      [`127.0.0.1:${await portOf(createServer((socket) => void socket.on('error', () => socket.destroy()).end('554 no\r\n')))}`],
      { json: true, starttls: 'smtp' },
    )
    expect([smtp.exit, smtp.lines[0]?.outcome, String(smtp.lines[0]?.reasons)]).toEqual([
      2,
      'not-tested',
      expect.stringContaining('could not be reached'),
    ])
    await expect(run(['127.0.0.1:1'], { starttls: 'gopher' })).rejects.toMatchObject({ code: 'SETTING_INVALID' })
  })

  it('makes a bundle that verifies, with a finding for each requirement and what was planted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'probe-bundle-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    vi.stubEnv('XDG_STATE_HOME', folder)
    closing.push(() => vi.unstubAllEnvs())
    const good = await tlsServer({ ...approvedOnly, minVersion: 'TLSv1.3' })
    const bad = await tlsServer()
    const out = join(folder, 'bundles')
    const { exit } = await run([`127.0.0.1:${good}`, `127.0.0.1:${bad}`], { json: true, out, profile: 'sp800-52r2' })
    expect(exit).toBe(1)
    const [bundle = ''] = readdirSync(out).filter((name) => /^\d{8}T/.test(name))
    const { findings } = JSON.parse(readFileSync(join(out, bundle, 'findings.json'), 'utf8')) as { findings: Record<string, unknown>[] }
    const verdictOf = (requirement: string, name: string): unknown =>
      findings.find((one) => one.requirement === requirement && (one.subject as { name: string }).name === name)?.verdict
    const all = ['FIPS-TLS-1', 'FIPS-TLS-2', 'FIPS-TLS-3', 'FIPS-TLS-6', 'FIPS-TLS-7', 'FIPS-TLS-8']
    expect(all.map((id) => verdictOf(id, `127.0.0.1:${good}`))).toEqual(['pass', 'pass', 'pass', 'pass', 'not-applicable', 'fail'])
    expect(all.slice(1, 3).map((id) => verdictOf(id, `127.0.0.1:${bad}`))).toEqual(['fail', 'fail'])
    expect(findings.filter(({ requirement }) => requirement === 'FIPS-SELF-1').map(({ verdict }) => verdict)).toEqual([
      'pass',
      'pass',
      'pass',
    ])
    expect(JSON.stringify(findings)).toContain('sp800-52r2')
    const verified = await verify(join(out, bundle), {})
    expect(verified.exit).toBe(0)
    expect(verified.text).toContain('The bundle verifies')
  }, 30_000)

  it('makes a bundle of SSH servers, and plants SSH servers for it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'probe-bundle-'))
    closing.push(() => rmSync(folder, { recursive: true, force: true }))
    vi.stubEnv('XDG_STATE_HOME', folder)
    closing.push(() => vi.unstubAllEnvs())
    const out = join(folder, 'bundles')
    const { exit } = await run([`127.0.0.1:${await sshServer()}`], { json: true, ssh: true, out })
    const [bundle = ''] = readdirSync(out).filter((name) => /^\d{8}T/.test(name))
    const { findings } = JSON.parse(readFileSync(join(out, bundle, 'findings.json'), 'utf8')) as {
      findings: { requirement: string; verdict: string; subject: { key: string } }[]
    }
    expect(exit).toBe(0)
    expect(
      findings.map(({ requirement, verdict, subject: { key } }) => `${requirement} ${verdict} ${key.split(':')[1]}`).toSorted(),
    ).toEqual([
      ...['algorithm', 'mute', 'small-host-key', 'sound'].map((name) => `FIPS-SELF-1 pass ssh/${name}`),
      'FIPS-SSH-1 pass 127.0.0.1',
    ])
    expect((await verify(join(out, bundle), {})).exit).toBe(0)
  }, 30_000)

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
