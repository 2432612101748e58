import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Duplex, PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { frameReader, type Relay, relayOver } from './relay.ts'

const frame = (type: string, connection: number, payload: string): Uint8Array => {
  const bytes = Buffer.alloc(9 + payload.length)
  bytes.write(type)
  bytes.writeUInt32BE(connection, 1)
  bytes.writeUInt32BE(payload.length, 5)
  bytes.write(payload, 9)
  return bytes
}

describe('frameReader', () => {
  const stream = Buffer.concat([frame('A', 1, '40000'), frame('D', 4294967295, ''), frame('D', 1, 'x'.repeat(300)), frame('F', 1, '')])
  const whole = ['A 1 40000', 'D 4294967295 ', `D 1 ${'x'.repeat(300)}`, 'F 1 ']
  const read = (chunks: readonly Uint8Array[]): string[] => {
    const frames: string[] = []
    const onChunk = frameReader((type, connection, payload) => frames.push(`${type} ${connection} ${new TextDecoder().decode(payload)}`))
    for (const chunk of chunks) onChunk(chunk)
    return frames
  }

  it('reads frames wherever the stream is split in two', () => {
    for (let at = 0; at <= stream.length; at += 1) expect(read([stream.subarray(0, at), stream.subarray(at)])).toEqual(whole)
  })

  it('reads frames that come byte by byte, and none that is not whole', () => {
    expect(read([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(whole)
    expect(read([stream.subarray(0, -1)])).toEqual(whole.slice(0, 3))
  })

  it('gives payloads that do not change with the chunk that they came in', () => {
    const payloads: Uint8Array[] = []
    const chunk = Uint8Array.from(frame('D', 1, 'abc'))
    frameReader((_type, _connection, payload) => payloads.push(payload))(chunk)
    chunk.fill(0)
    expect(new TextDecoder().decode(payloads[0])).toBe('abc')
  })
})

describe('relayOver pipes that the test holds', () => {
  const held = () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<string>()
    const [stdin, stdout] = [new PassThrough(), new PassThrough()]
    return { relay: relayOver({ stdin, stdout, ended }), stdin, stdout, end }
  }

  it('refuses what was being dialled when the relay ends, without an error that nobody can catch', async () => {
    const { relay, end } = held()
    const dialled = relay.dial({ host: '127.0.0.1', port: 1 })
    end('killed')
    await expect(dialled).rejects.toMatchObject({ code: 'RELAY_ENDED' })
    await expect(relay.dial({ host: '127.0.0.1', port: 1 })).rejects.toMatchObject({ code: 'RELAY_ENDED', message: 'killed: RELAY_ENDED' })
  })

  it('refuses what is being dialled when it is closed, and all that is dialled later', async () => {
    const { relay } = held()
    const dialled = relay.dial({ host: '127.0.0.1', port: 1 })
    relay.close()
    await expect(dialled).rejects.toMatchObject({ code: 'RELAY_ENDED' })
    await expect(relay.dial({ host: '127.0.0.1', port: 1 })).rejects.toMatchObject({ code: 'RELAY_ENDED' })
  })

  it('asks nothing for a signal that is aborted already', async () => {
    const { relay, stdin } = held()
    await expect(relay.dial({ host: '127.0.0.1', port: 1 }, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
    expect(stdin.read()).toBeNull()
  })

  it('names the process whose network namespace it wants', async () => {
    const { relay, stdin } = held()
    relay.dial({ host: '::1', port: 443, namespaceOf: 77 }).catch((error: Error) => error)
    expect(new Uint8Array(stdin.read() as Buffer)).toEqual(new Uint8Array(frame('O', 1, '77\0::1\x00443')))
  })

  it('passes over frames of connections that it does not know', async () => {
    const { relay, stdout } = held()
    const dialled = relay.dial({ host: '127.0.0.1', port: 1 })
    for (const type of ['A', 'D', 'F', 'E', 'R', '?']) stdout.write(frame(type, 9, '1'))
    stdout.write(frame('A', 1, '40001'))
    expect(await dialled).toMatchObject({ localPort: 40001 })
    relay.close()
  })
})

describe.runIf(process.platform === 'linux' && spawnSync('perl', ['-v']).status === 0)('scripts/relay.pl on this machine', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  const start = (): { relay: Relay; child: ChildProcess; exited: Promise<unknown> } => {
    const child = spawn('perl', [join(import.meta.dirname, 'scripts', 'relay.pl')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, LC_ALL: 'C' },
    })
    const exited = once(child, 'close')
    const relay = relayOver({ stdin: child.stdin, stdout: child.stdout, ended: exited.then(() => 'the relay ended') })
    closing.push(() => {
      relay.close()
      return exited
    })
    return { relay, child, exited }
  }

  const serve = async (onSocket: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> => {
    const sockets = new Set<Socket>()
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      onSocket(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    closing.push(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    return (server.address() as { port: number }).port
  }

  const errorOf = async (duplex: Duplex): Promise<NodeJS.ErrnoException> => {
    const [error] = await once(duplex, 'error')
    return error as NodeJS.ErrnoException
  }
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

  it('carries a megabyte there and back, and both ends', async () => {
    const { relay } = start()
    const port = await serve((socket) => socket.pipe(socket))
    const sent = randomBytes(1024 * 1024)
    const duplex = await relay.dial({ host: '127.0.0.1', port })
    const received = buffer(duplex)
    for (let at = 0; at < sent.length; at += 50_000) duplex.write(sent.subarray(at, at + 50_000))
    duplex.end()
    expect(sha256(await received)).toBe(sha256(sent))
  })

  it('tells the local port that the connection got', async () => {
    const { relay } = start()
    const { promise, resolve } = Promise.withResolvers<number | undefined>()
    const port = await serve((socket) => resolve(socket.remotePort))
    const duplex = await relay.dial({ host: '127.0.0.1', port })
    expect(duplex).toMatchObject({ localPort: await promise })
  })

  it('gives on the end of the peer (FIN) as an end, and still sends', async () => {
    const { relay } = start()
    const { promise: heard, resolve } = Promise.withResolvers<string>()
    const port = await serve((socket) => {
      socket.end('bye')
      void buffer(socket).then((bytes) => resolve(bytes.toString()))
    })
    const duplex = await relay.dial({ host: '127.0.0.1', port })
    const text = buffer(duplex)
    await once(duplex, 'end')
    expect((await text).toString()).toBe('bye')
    duplex.end('still here')
    expect(await heard).toBe('still here')
  })

  it('ends its own half and still hears', async () => {
    const { relay } = start()
    const port = await serve((socket) => {
      socket.resume()
      socket.on('end', () => socket.end('after your end'))
    })
    const duplex = await relay.dial({ host: '127.0.0.1', port })
    duplex.end('question')
    expect((await buffer(duplex)).toString()).toBe('after your end')
  })

  it('gives on a reset (RST) as ECONNRESET, behind what came before it', async () => {
    const { relay } = start()
    const port = await serve((socket) => {
      socket.write('some', () => setTimeout(() => socket.resetAndDestroy(), 50))
    })
    const duplex = await relay.dial({ host: '127.0.0.1', port })
    const chunks: Uint8Array[] = []
    duplex.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    expect(await errorOf(duplex)).toMatchObject({ code: 'ECONNRESET' })
    expect(Buffer.concat(chunks).toString()).toBe('some')
  })

  it('rejects with ECONNREFUSED where nothing listens', async () => {
    const { relay } = start()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    await expect(relay.dial({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it.each([
    ['no address', { host: 'localhost', port: 1 }, 'EINVAL'],
    ['nothing', { host: '', port: 0 }, 'EINVAL'],
    ['the namespace of a process that is not there', { host: '127.0.0.1', port: 1, namespaceOf: 4_000_000 }, 'namespace: ENOENT'],
  ])('rejects %s', async (_case, target, code) => {
    await expect(start().relay.dial(target)).rejects.toMatchObject({ code })
  })

  it('goes on after a connection that could not be made', async () => {
    const { relay } = start()
    const port = await serve((socket) => socket.end('here'))
    await expect(relay.dial({ host: 'nowhere', port })).rejects.toThrow('EINVAL')
    expect((await buffer(await relay.dial({ host: '127.0.0.1', port }))).toString()).toBe('here')
  })

  it('carries twenty connections at once without mixing them', async () => {
    const { relay } = start()
    const port = await serve((socket) => socket.pipe(socket))
    const echoes = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const duplex = await relay.dial({ host: '127.0.0.1', port })
        duplex.end(`${index} `.repeat(5_000))
        return (await buffer(duplex)).toString() === `${index} `.repeat(5_000)
      }),
    )
    expect(echoes).toEqual(Array.from({ length: 20 }, () => true))
  })

  it('gives up a dial that is aborted, and closes what had come of it', async () => {
    const { relay } = start()
    const closed = Promise.withResolvers<void>()
    const port = await serve((socket) => {
      socket.resume()
      socket.on('close', () => closed.resolve())
      socket.on('end', () => socket.end())
    })
    const abort = new AbortController()
    const dialled = relay.dial({ host: '127.0.0.1', port }, abort.signal)
    abort.abort(new Error('enough'))
    await expect(dialled).rejects.toThrow('enough')
    await closed.promise
  })

  it('does not care for a signal that is aborted once the connection stands', async () => {
    const { relay } = start()
    const port = await serve((socket) => socket.pipe(socket))
    const abort = new AbortController()
    const duplex = await relay.dial({ host: '127.0.0.1', port }, abort.signal)
    abort.abort()
    duplex.end('still')
    expect((await buffer(duplex)).toString()).toBe('still')
  })

  it('closes the connection of a duplex that is destroyed', async () => {
    const { relay } = start()
    const closed = Promise.withResolvers<void>()
    const port = await serve((socket) => {
      socket.resume()
      socket.on('end', () => closed.resolve())
    })
    const duplex = await relay.dial({ host: '127.0.0.1', port })
    duplex.destroy()
    await closed.promise
  })

  it('sends what was written before a duplex is destroyed', async () => {
    const { relay } = start()
    const texts = Array.from({ length: 20 }, (_, index) => `last words ${index} `.repeat(index * 500 + 1))
    const heard: Promise<string>[] = []
    const port = await serve((socket) => void heard.push(buffer(socket).then((bytes) => bytes.toString())))
    for (const text of texts) {
      const duplex = await relay.dial({ host: '127.0.0.1', port })
      duplex.write(text)
      duplex.destroy()
    }
    await expect.poll(() => heard.length).toBe(texts.length)
    expect((await Promise.all(heard)).toSorted()).toEqual(texts.toSorted())
  })

  it('breaks every connection when it is killed', async () => {
    const { relay, child } = start()
    const port = await serve(() => undefined)
    const open = await Promise.all([1, 2, 3].map(() => relay.dial({ host: '127.0.0.1', port })))
    const errors = Promise.all(open.map(errorOf))
    child.kill('SIGKILL')
    expect(await errors).toEqual([1, 2, 3].map(() => expect.objectContaining({ code: 'RELAY_ENDED' })))
    await expect(relay.dial({ host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'RELAY_ENDED' })
  })

  it('is closed in order: what is open ends without an error, and the relay with it', async () => {
    const { relay, child, exited } = start()
    const port = await serve(() => undefined)
    const open = await Promise.all([1, 2, 3].map(() => relay.dial({ host: '127.0.0.1', port })))
    const errors: unknown[] = []
    for (const duplex of open) duplex.on('error', (error) => errors.push(error))
    const closed = Promise.all(open.map((duplex) => once(duplex, 'close')))
    relay.close()
    await Promise.all([closed, exited])
    expect({ errors, code: child.exitCode, signal: child.signalCode }).toEqual({ errors: [], code: 0, signal: null })
  })
})
