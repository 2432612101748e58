import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { cnsa1Tls } from '../../policy/profiles-strict.ts'
import { refusesUnapprovedSsh } from '../../rules/ssh.ts'
import { analyseSsh, type SshFacts } from '../analyse/kexinit.ts'
import { type approved, kexGroup, kexinit, kexReply } from '../analyse/made-kexinit.ts'
import { packet, payloadsIn, sshString } from '../analyse/packets.ts'
import { probeSsh } from './probe-ssh.ts'

const dial =
  (port: number) =>
  (signal: AbortSignal): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, signal })
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(socket)
      })
      socket.once('error', reject)
    })

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

type Answer = (message: number | undefined, payload: Uint8Array) => Uint8Array | 'close' | 'mute'

/** A server that sends its KEXINIT at once and answers the first message of a key exchange. */
const serve = (lists: Partial<typeof approved>, answer: Answer): Promise<{ port: number; connections: () => number }> =>
  new Promise((resolve) => {
    const sockets = new Set<Socket>()
    let connections = 0
    const server = createServer((socket) => {
      connections++
      sockets.add(socket)
      let received = new Uint8Array()
      socket.on('error', () => socket.destroy())
      socket.write(kexinit(lists))
      socket.on('data', (chunk) => {
        received = new Uint8Array(Buffer.concat([received, chunk]))
        const [, message] = payloadsIn(received, received.indexOf(10) + 1)
        if (message === undefined) return
        const said = answer(message[0], message)
        if (said === 'close') socket.end()
        else if (said !== 'mute') socket.write(said)
      })
    })
    closing.push(() => {
      for (const socket of sockets) socket.destroy()
      return server.close()
    })
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as { port: number }).port, connections: () => connections }))
  })

const probe = async (port: number): Promise<SshFacts> => {
  const readings = await probeSsh(dial(port), { signal: AbortSignal.timeout(10_000), timeoutMs: 300 })
  return analyseSsh(
    readings.map(({ kind, data, blobs }) => ({
      kind,
      data: JSON.parse(JSON.stringify(data)) as Record<string, unknown>,
      bytes: (blob) => blobs[blob] ?? new Uint8Array(),
    })),
  )
}
const judge = (ssh: SshFacts, profile = {}) => refusesUnapprovedSsh({ ssh, ...profile }, { asOf: new Date('2026-11-22') })

const disconnect = packet(
  new Uint8Array(Buffer.concat([Uint8Array.of(1, 0, 0, 0, 3), sshString(Buffer.from('no group')), sshString(new Uint8Array())])),
)
const groupExchange = { kex: 'diffie-hellman-group-exchange-sha256,ecdh-sha2-nistp256' }

describe('probeSsh', () => {
  it.each([
    [1024, 'fail'],
    [2040, 'fail'],
    [2048, 'pass'],
    [4096, 'pass'],
  ] as const)('reads an RSA host key of %i bits: %s', async (bits, verdict) => {
    const { port, connections } = await serve({}, () => kexReply(bits))
    const facts = await probe(port)
    expect(facts).toMatchObject({ sizes: { hostKey: { state: 'shown', type: 'ssh-rsa', bits } } })
    expect(judge(facts).verdict).toBe(verdict)
    expect(connections()).toBe(2)
  })

  it('judges sizes by the profile', async () => {
    const { port } = await serve({}, () => kexReply(2048))
    expect(judge(await probe(port), { profile: cnsa1Tls }).reason).toContain('an RSA host key of 2048 bits')
  })

  it.each([
    ['a group of 1024 bits', (): Uint8Array => kexGroup(1024), 'fail', 'a group of 1024 bits'],
    ['a group of 2048 bits only', (): Uint8Array => kexGroup(2048), 'pass', 'least group given 2048 bits'],
    ['a disconnection', (): Uint8Array => disconnect, 'pass', 'refused'],
    ['a close', (): 'close' => 'close', 'pass', 'refused'],
    ['silence', (): 'mute' => 'mute', 'inconclusive', 'was not seen'],
  ] as const)('asks for small groups: %s', async (_name, answer, verdict, reason) => {
    const { port, connections } = await serve(groupExchange, (message) => (message === 34 ? answer() : kexReply(3072)))
    const outcome = judge(await probe(port))
    expect(outcome.verdict).toBe(verdict)
    expect(outcome.reason).toContain(reason)
    expect(connections()).toBe(4)
  })

  it('takes no size from a server that hangs up or sends half a key', async () => {
    const hangs = await serve({}, () => 'close')
    expect(judge(await probe(hangs.port))).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('RSA host key') })
    const half = await serve({}, () => packet(Uint8Array.of(31, ...sshString(sshString(Buffer.from('ssh-rsa'))))))
    expect(judge(await probe(half.port)).verdict).toBe('inconclusive')
  })

  it('asks for nothing where there is no RSA key and no group exchange', async () => {
    const { port, connections } = await serve({ hostkey: 'ecdsa-sha2-nistp256' }, () => 'close')
    expect(await probe(port)).not.toHaveProperty('sizes')
    expect(connections()).toBe(1)
  })
})
