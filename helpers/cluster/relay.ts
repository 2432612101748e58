import { Duplex } from 'node:stream'
import type { DialTarget } from './node-access.ts'

/** The pipes of a running relay (scripts/relay.pl). */
export type RelayPipes = { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream; ended: Promise<string> }

export type Relay = {
  dial(target: DialTarget, signal?: AbortSignal): Promise<Duplex>
  /** Ends the relay and, without an error, every connection that is open. */
  close(): void
}

type Connection = {
  /** The relay is closed on purpose: no error, but what was not connected yet will not be. */
  closed(): void
  opened(localPort: string): void
  refused(code: string): void
  data(bytes: Uint8Array): void
  fin(): void
  broken(code: string): void
}

const header = 9

const frame = (type: string, connection: number, payload: Uint8Array = new Uint8Array()): Buffer => {
  const bytes = Buffer.alloc(header + payload.length)
  bytes.write(type, 0, 'latin1')
  bytes.writeUInt32BE(connection, 1)
  bytes.writeUInt32BE(payload.length, 5)
  bytes.set(payload, header)
  return bytes
}

/** Cuts frames out of a byte stream whose chunks may split them anywhere. */
export const frameReader = (onFrame: (type: string, connection: number, payload: Uint8Array) => void): ((chunk: Uint8Array) => void) => {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk])
    while (rest.length >= header) {
      const length = rest.readUInt32BE(5)
      if (rest.length < header + length) break
      onFrame(rest.toString('latin1', 0, 1), rest.readUInt32BE(1), Uint8Array.prototype.slice.call(rest, header, header + length))
      rest = rest.subarray(header + length)
    }
  }
}

const failure = (code: string, what: string): NodeJS.ErrnoException => Object.assign(new Error(`${what}: ${code}`), { code })

/** Drives a relay: each dial is one connection that the node makes; FIN, RST and refusal arrive as what they were. */
export const relayOver = ({ stdin, stdout, ended }: RelayPipes): Relay => {
  const connections = new Map<number, Connection>()
  let next = 1
  let over: string | undefined

  const read = frameReader((type, id, payload) => {
    const connection = connections.get(id)
    const text = (): string => Buffer.from(payload).toString('latin1')
    if (type === 'A') connection?.opened(text())
    if (type === 'D') connection?.data(payload)
    if (type === 'F') connection?.fin()
    if (type === 'E') connection?.refused(text())
    if (type === 'R') connection?.broken(text())
  })
  stdout.on('data', read)
  stdin.on('error', () => undefined) // The end of the relay is told by `ended`, with its reason.
  void ended.then((reason) => {
    over ??= reason
    for (const connection of [...connections.values()]) connection.broken('RELAY_ENDED')
    connections.clear()
  })

  const dial = ({ host, port, namespaceOf }: DialTarget, signal?: AbortSignal): Promise<Duplex> =>
    new Promise((resolve, reject) => {
      if (over !== undefined) return reject(failure('RELAY_ENDED', over))
      if (signal?.aborted) return reject(signal.reason)
      const id = next++
      const duplex = new Duplex({
        read: () => undefined,
        write: (chunk: Uint8Array, _encoding, done) => {
          stdin.write(frame('D', id, chunk))
          done()
        },
        final: (done) => {
          stdin.write(frame('S', id))
          done()
        },
        destroy: (error, done) => {
          if (connections.delete(id)) stdin.write(frame('C', id))
          done(error)
        },
      })
      const onAbort = (): void => {
        connections.delete(id)
        stdin.write(frame('C', id))
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const settled = (): void => signal?.removeEventListener('abort', onAbort)
      let isOpen = false
      connections.set(id, {
        closed: () => {
          settled()
          reject(failure('RELAY_ENDED', 'the relay was closed'))
          duplex.destroy()
        },
        opened: (localPort) => {
          settled()
          isOpen = true
          resolve(Object.assign(duplex, { localPort: Number(localPort) }))
        },
        refused: (code) => {
          settled()
          connections.delete(id)
          reject(failure(code, `connect to ${host} port ${port}`))
        },
        data: (bytes) => duplex.push(bytes),
        fin: () => duplex.push(null),
        broken: (code) => {
          settled()
          connections.delete(id)
          reject(failure(code, 'connection'))
          // One that was never handed out has nobody who listens for its error.
          duplex.destroy(isOpen ? failure(code, 'connection') : undefined)
        },
      })
      stdin.write(frame('O', id, Buffer.from(`${namespaceOf ?? ''}\0${host}\0${port}`)))
    })

  const close = (): void => {
    over ??= 'the relay was closed'
    for (const connection of [...connections.values()]) connection.closed()
    stdin.end()
  }
  return { dial, close }
}
