import { createServer, type Socket } from 'node:net'
import type { SshField } from '../../policy/profile-ssh.ts'
import { identificationIn } from '../analyse/identification.ts'
import { approved, kexinit, kexReply } from '../analyse/made-kexinit.ts'
import { payloadsIn } from '../analyse/packets.ts'

/** What a control server has that it should not: one algorithm beside approved ones, or an RSA host key of this many bits. Empty for a sound server. */
export type SshDefect = { field?: SshField; name?: string; rsaBits?: number }

export type SshControlOptions = {
  defect: SshDefect
  /** `mute`: says that it speaks SSH, and never what it offers. */
  mode: 'plain' | 'mute'
}

const soundRsaBits = 3072

const listsWith = ({ field, name }: SshDefect): Partial<typeof approved> =>
  field === undefined || name === undefined ? {} : { [field]: `${approved[field]},${name}` }

/** First message of a key exchange that the other side has sent (RFC 4253, section 8). */
const initMessage = 30

const answer = (socket: Socket, received: Uint8Array, { rsaBits = soundRsaBits }: SshDefect): void => {
  const theirs = identificationIn(received)
  const [, first] = theirs ? payloadsIn(received, theirs.end) : []
  if (first === undefined) return
  // It has no groups for a group exchange, and says so by closing.
  if (first[0] === initMessage) socket.end(kexReply(rsaBits))
  else socket.end()
}

/**
 * An SSH server of this process on a free port of 127.0.0.1, with a planted defect: it sends its identification and its KEXINIT (RFC 4253, section 7.1), and shows an RSA
 * host key in reply to a key exchange. It completes none.
 */
export const startSshControlServer = ({ defect, mode }: SshControlOptions): Promise<{ port: number; close: () => Promise<void> }> =>
  new Promise((resolve, reject) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      const chunks: Uint8Array[] = []
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      // The probing side hangs up when it has seen enough; that is no fault of this server.
      socket.on('error', () => socket.destroy())
      const whole = kexinit(listsWith(defect))
      socket.write(mode === 'mute' ? whole.subarray(0, identificationIn(whole)?.end) : whole)
      if (mode === 'mute') return
      socket.on('data', (chunk) => {
        chunks.push(chunk)
        answer(socket, new Uint8Array(Buffer.concat(chunks)), defect)
      })
    })
    const close = (): Promise<void> =>
      new Promise((done, fail) => {
        for (const socket of sockets) socket.destroy()
        server.close((error) => (error ? fail(error) : done()))
      })
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') reject(new Error('a TCP server without a port'))
      else resolve({ port: address.port, close })
    })
  })
