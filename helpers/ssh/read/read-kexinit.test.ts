import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { analyseSsh } from '../analyse/kexinit.ts'
import { kexinit } from '../analyse/made-kexinit.ts'
import { readKexinit, type SshDial } from './read-kexinit.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const serve = (answer: (socket: Socket) => void): Promise<SshDial> =>
  new Promise((resolve) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      answer(socket)
    })
    closing.push(() => {
      for (const socket of sockets) socket.destroy()
      return server.close()
    })
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      resolve(
        (signal) =>
          new Promise((done, fail) => {
            const socket = connect({ host: '127.0.0.1', port, signal })
            socket.once('connect', () => done(socket))
            socket.once('error', fail)
          }),
      )
    })
  })

const read = async (dial: SshDial) => {
  const reading = await readKexinit(dial, { signal: AbortSignal.timeout(10_000), timeoutMs: 300 })
  return { reading, facts: analyseSsh([{ kind: reading.kind, bytes: (blob) => reading.blobs[blob] ?? new Uint8Array() }]) }
}

describe('readKexinit', () => {
  it('reads an offer that comes at once, and one that waits for the client', async () => {
    expect((await read(await serve((socket) => socket.write(kexinit())))).facts.state).toBe('offered')
    expect((await read(await serve((socket) => socket.once('data', () => socket.write(kexinit()))))).facts.state).toBe('offered')
  })

  it('reads an offer that comes octet by octet', async () => {
    const whole = kexinit()
    const drip = await serve((socket) => {
      socket.setNoDelay(true)
      for (let at = 0; at < whole.length; at += 16) setTimeout(() => socket.write(whole.subarray(at, at + 16)), at / 8)
    })
    expect((await read(drip)).facts.state).toBe('offered')
  })

  it.each([
    ['says nothing', () => undefined, 'nothing', 'timeout'],
    ['speaks HTTP', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'other', 'fin'],
    ['hangs up', (socket: Socket) => socket.end(), 'nothing', 'fin'],
    ['pours octets', (socket: Socket) => socket.write(new Uint8Array(1_000_000)), 'other', 'complete'],
    [
      'announces a huge packet',
      (socket: Socket) => socket.write(new Uint8Array([...Buffer.from('SSH-2.0-x\r\n'), 255, 255, 255, 255, 4])),
      'unfinished',
      'timeout',
    ],
  ] as const)('is bounded with a server that %s', async (_name, answer, state, ended) => {
    const { reading, facts } = await read(await serve((socket) => void answer(socket)))
    expect([facts.state, reading.data.ended]).toEqual([state, ended])
    expect(reading.blobs.received?.length ?? 0).toBeLessThan(200_000)
  })

  it('says that nobody is there', async () => {
    const { reading } = await read(() => Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })))
    expect(reading.data.ended).toBe('refused')
  })
})
