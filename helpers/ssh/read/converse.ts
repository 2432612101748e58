import type { Duplex } from 'node:stream'
import type { Reading } from '../../evidence/model.ts'

/** Opens a connection to the server. */
export type SshDial = (signal: AbortSignal) => Promise<Duplex>

export type SshReadOptions = {
  signal: AbortSignal
  /** For each connection, dial included. Milliseconds. */
  timeoutMs?: number
  means?: string
  source?: string
}

/** What a connection is for, and what is done with all that came so far: `next` may send (and then notes what), and says whether that is all. */
export type SshConversation = {
  kind: string
  data: Reading['data']
  next: (received: Uint8Array, stream: Duplex, sent: Uint8Array[]) => boolean
}

/** Our identification: some servers send their KEXINIT only after it (RFC 4253, section 4.2). */
const identification = 'SSH-2.0-fips_conformance\r\n'
const mostReceived = 65_536

type End = { ended: 'complete' | 'fin' | 'rst' | 'timeout' | 'refused' | 'dial-failed'; detail: string }

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error))

const listen = (
  stream: Duplex,
  { chunks, sent }: { chunks: Uint8Array[]; sent: Uint8Array[] },
  next: SshConversation['next'],
  signal: AbortSignal,
): Promise<End> =>
  new Promise((resolve) => {
    let length = 0
    stream.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk)
      length += chunk.length
      if (next(new Uint8Array(Buffer.concat(chunks)), stream, sent) || length > mostReceived) resolve({ ended: 'complete', detail: '' })
    })
    stream.once('end', () => resolve({ ended: 'fin', detail: '' }))
    stream.once('close', () => resolve({ ended: 'fin', detail: '' }))
    stream.on('error', (error) => resolve({ ended: 'rst', detail: codeOf(error) }))
    signal.addEventListener('abort', () => resolve({ ended: 'timeout', detail: 'no answer in time' }), { once: true })
  })

/**
 * One connection to an SSH server, of which at most 64 KiB are read. Throws the signal's reason when it is aborted, and nothing for what a peer does.
 */
export const converseSsh = async (
  dial: SshDial,
  { signal, timeoutMs = 3_000, means = 'dial', source = 'listener' }: SshReadOptions,
  { kind, data, next }: SshConversation,
): Promise<Reading> => {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const started = performance.now()
  const chunks: Uint8Array[] = []
  const sent: Uint8Array[] = []
  const reading = ({ ended, detail }: End): Reading => ({
    kind,
    means,
    source,
    data: { ...data, ended, detail, ms: Math.round(performance.now() - started) },
    blobs: { sent: new Uint8Array(Buffer.concat(sent)), received: new Uint8Array(Buffer.concat(chunks)) },
  })
  try {
    const stream = await dial(stop)
    try {
      const listening = listen(stream, { chunks, sent }, next, stop)
      const hello = new TextEncoder().encode(identification)
      sent.push(hello)
      stream.write(hello)
      const end = await listening
      signal.throwIfAborted()
      return reading(end)
    } finally {
      stream.destroy()
    }
  } catch (error) {
    signal.throwIfAborted()
    const code = codeOf(error)
    return reading({ ended: stop.aborted ? 'timeout' : code === 'ECONNREFUSED' ? 'refused' : 'dial-failed', detail: code })
  }
}
