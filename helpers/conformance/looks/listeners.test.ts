import { X509Certificate } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import type { NodeAccess } from '../../cluster/node-access.ts'
import type { Reading, Subject } from '../../evidence/model.ts'
import { analyseSsh } from '../../ssh/analyse/kexinit.ts'
import { analyseListener } from '../../tls/analyse/listener.ts'
import { dialTcp } from '../../tls/read/dial-tcp.ts'
import { selfSigned } from '../../tls/read/self-signed.ts'
import { asEvidence } from '../../tls/read/test-helpers.ts'
import { callOf } from './clients.ts'
import { conversation, protocolOf } from './listeners.ts'

const signal = new AbortController().signal
const identity = selfSigned('rsa')
const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})
const portOf = (server: { address: () => unknown }): number => (server.address() as { port: number }).port

const tlsServer = (options: TlsOptions = {}, host = '127.0.0.1'): Promise<number> =>
  new Promise((resolve) => {
    const server = createTlsServer({ key: identity.keyPem, cert: identity.certificatePem, ...options })
    closing.push(() => server.close())
    server.on('tlsClientError', () => undefined)
    server.listen(0, host, () => resolve(portOf(server)))
  })

/** A node that has these files; connections go out from this machine. `most` is how many were open at once. */
const fakeNode = (files: Readonly<Record<string, string>> = {}) => {
  let open = 0
  const seen = { most: 0, asked: [] as string[] }
  const node: NodeAccess = {
    name: 'a',
    means: 'a test',
    run: async (argv) => {
      seen.asked.push(argv.join(' '))
      const text = files[argv.at(-1) ?? '']
      return { exitCode: text === undefined ? 1 : 0, stdout: new TextEncoder().encode(text ?? ''), stderr: '' }
    },
    // biome-ignore lint/correctness/useYield: nothing is read here
    async *open() {
      throw new Error('nothing is read')
    },
    dial: async ({ host, port }, during) => {
      const socket = (await dialTcp(host, port)(during ?? signal)) as Socket
      open++
      seen.most = Math.max(seen.most, open)
      socket.once('close', () => open--)
      return socket
    },
    close: async () => undefined,
  }
  return { node, seen }
}
const listener = (port: number, detail: Record<string, string> = {}): Subject => ({
  kind: 'listener',
  key: 'l',
  name: 'it',
  node: 'a',
  detail: { transport: 'tcp', address: '127.0.0.1', dial: '127.0.0.1', port: String(port), ...detail },
})
const bySource = (readings: readonly Reading[]): Map<string, Reading[]> => Map.groupBy(readings, ({ source }) => source)

describe('conversation', () => {
  it('puts the whole number space to a listener, never over more than 4 connections at once', async () => {
    const { node, seen } = fakeNode()
    const readings = await conversation(node, listener(await tlsServer())).read(signal)
    const { sweep } = analyseListener(asEvidence(readings))
    expect(sweep?.accounts.filter(({ asks, scope }) => asks === 'suite' && scope === 'whole').map(({ asked }) => asked)).toEqual([
      65_518, 65_518,
    ])
    expect(sweep?.accounts.find(({ asks }) => asks === 'scheme')?.asked).toBe(65_520)
    expect(seen.most).toBeLessThanOrEqual(4)
  }, 20_000)

  it('talks to a wildcard of IPv6 by both families, to each apart', async () => {
    const port = await tlsServer({}, '::')
    const readings = await conversation(fakeNode().node, listener(port, { address: '::' })).read(signal)
    const sources = bySource(readings)
    expect([...sources.keys()]).toEqual(['it', 'it at [::1]'])
    for (const own of sources.values()) expect(analyseListener(asEvidence(own)).protocol).toBe('tls')
  }, 20_000)

  it('says that a family is not there', async () => {
    const port = await tlsServer({}, '127.0.0.1')
    const sources = bySource(await conversation(fakeNode().node, listener(port, { address: '::' })).read(signal))
    expect(analyseListener(asEvidence(sources.get('it at [::1]') ?? [])).protocol).toBe('unreachable')
    expect(analyseListener(asEvidence(sources.get('it') ?? [])).protocol).toBe('tls')
  }, 20_000)

  it('reads the offer of an SSH server', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.write('SSH-2.0-none\r\n')
    }).listen(0, '127.0.0.1')
    closing.push(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const readings = await conversation(fakeNode().node, listener(portOf(server))).read(AbortSignal.timeout(20_000))
    expect(readings.map(({ kind }) => kind)).toContain('ssh-exchange')
    expect(analyseSsh(asEvidence(readings))).toMatchObject({ state: 'unfinished', why: expect.stringContaining('SSH-2.0-none') })
  }, 25_000)

  it('does not wait for a banner of a listener that is slow with its hello', async () => {
    const { node } = fakeNode()
    const late: NodeAccess['dial'] = async (...given) => {
      await new Promise((resolve) => setTimeout(resolve, 600))
      return node.dial(...given)
    }
    const slow = { ...node, dial: late }
    const began = performance.now()
    const readings = await protocolOf(slow, listener(await tlsServer())).read(signal)
    expect(analyseListener(asEvidence(readings)).protocol).toBe('tls')
    expect(performance.now() - began).toBeLessThan(2_900)
  }, 20_000)

  it('asks no more than the protocol where that is all that is wanted', async () => {
    const readings = await protocolOf(fakeNode().node, listener(await tlsServer())).read(signal)
    expect(readings.length).toBeLessThanOrEqual(4)
    expect(analyseListener(asEvidence(readings)).protocol).toBe('tls')
  })
})

describe('a listener that requires a client certificate', () => {
  const client = selfSigned('rsa')
  const files = {
    '/etc/kubernetes/pki/etcd/healthcheck-client.crt': client.certificatePem,
    '/etc/kubernetes/pki/etcd/healthcheck-client.key': client.keyPem,
  }
  const strict: TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: [client.certificatePem], maxVersion: 'TLSv1.2' }
  const emsOf = (readings: readonly Reading[]): string | undefined => analyseListener(asEvidence(readings)).keyExchange?.ems

  it('is shown one of the cluster, of which nothing but the digest is kept', async () => {
    const { node } = fakeNode(files)
    const readings = await conversation(node, listener(await tlsServer(strict), { owner: 'etcd' })).read(signal)
    // OpenSSL takes a handshake without the extension: that it was completed shows that the certificate was accepted.
    expect(emsOf(readings)).toBe('not-enforced')
    const kept = readings.map(
      ({ data, blobs }) =>
        `${JSON.stringify(data)}${Object.values(blobs)
          .map((blob) => Buffer.from(blob).toString('latin1'))
          .join('')}`,
    )
    const all = kept.join('\n')
    const der = Buffer.from(new X509Certificate(client.certificatePem).raw)
    const key = client.key.export({ format: 'der', type: 'pkcs8' })
    expect(all).toContain(new X509Certificate(client.certificatePem).fingerprint256.replaceAll(':', '').toLowerCase())
    expect(all).not.toContain('PRIVATE KEY')
    // No part of the private exponents, nor of the certificate's signature: what stands before them (names, OIDs) a server may say, too.
    for (const secret of [key.subarray(320), der.subarray(-240)]) {
      for (let at = 0; at + 24 <= secret.length; at += 24) expect(all.includes(secret.subarray(at, at + 24).toString('latin1'))).toBe(false)
    }
    expect(all).not.toContain(client.keyPem.split('\n')[3])
  }, 20_000)

  it('is shown none where the cluster may only be read: the question stays open', async () => {
    const { node, seen } = fakeNode(files)
    const readings = await conversation(node, listener(await tlsServer(strict), { owner: 'etcd', readOnly: 'not ours' })).read(signal)
    expect(seen.asked).toEqual([])
    expect(emsOf(readings)).toBe('inconclusive')
  }, 20_000)

  it('is shown none where none is known for its owner', async () => {
    const { node, seen } = fakeNode(files)
    await conversation(node, listener(await tlsServer(strict), { owner: 'constructor' })).read(signal)
    expect(seen.asked).toEqual([])
  }, 20_000)
})

describe('callOf', () => {
  it('makes nobody call where the cluster may only be read', async () => {
    const { node, seen } = fakeNode()
    const component: Subject = { kind: 'component', key: 'c', name: 'kubelet', node: 'a', detail: { readOnly: 'not ours' } }
    expect(await callOf(node, component).read(signal)).toEqual([])
    expect(seen.asked).toEqual([])
  })
})
