import type { Duplex } from 'node:stream'
import type { Reading } from '../../evidence/model.ts'
import { readSsh, sshKind } from '../analyse/kexinit.ts'

/** Opens a connection to the server. */
export type SshDial = (signal: AbortSignal) => Promise<Duplex>

/** Our identification: some servers send their KEXINIT only after it (RFC 4253, section 4.2). */
const identification = 'SSH-2.0-fips_conformance\r\n'
const mostReceived = 65_536

type End = { ended: 'complete' | 'fin' | 'rst' | 'timeout' | 'refused' | 'dial-failed'; detail: string }

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error))

const listen = (stream: Duplex, chunks: Uint8Array[], signal: AbortSignal): Promise<End> =>
  new Promise((resolve) => {
    let length = 0
    stream.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk)
      length += chunk.length
      const seen = readSsh(new Uint8Array(Buffer.concat(chunks)))
      if (seen.state === 'offered' || length > mostReceived) resolve({ ended: 'complete', detail: '' })
    })
    stream.once('end', () => resolve({ ended: 'fin', detail: '' }))
    stream.once('close', () => resolve({ ended: 'fin', detail: '' }))
    stream.on('error', (error) => resolve({ ended: 'rst', detail: codeOf(error) }))
    signal.addEventListener('abort', () => resolve({ ended: 'timeout', detail: 'no KEXINIT in time' }), { once: true })
  })

/**
 * Reads what an SSH server sends before any key exchange: its identification and its KEXINIT, in one connection and at most 64 KiB.
 * Judges nothing. Throws the signal's reason when it is aborted, and nothing for what a peer does.
 */
export const readKexinit = async (
  dial: SshDial,
  {
    signal,
    timeoutMs = 3_000,
    means = 'dial',
    source = 'listener',
  }: { signal: AbortSignal; timeoutMs?: number; means?: string; source?: string },
): Promise<Reading> => {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const started = performance.now()
  const chunks: Uint8Array[] = []
  const sent = new TextEncoder().encode(identification)
  const reading = ({ ended, detail }: End, octets: Uint8Array): Reading => ({
    kind: sshKind,
    means,
    source,
    data: { ended, detail, ms: Math.round(performance.now() - started) },
    blobs: { sent: octets, received: new Uint8Array(Buffer.concat(chunks)) },
  })
  try {
    const stream = await dial(stop)
    try {
      const listening = listen(stream, chunks, stop)
      stream.write(sent)
      const end = await listening
      signal.throwIfAborted()
      return reading(end, sent)
    } finally {
      stream.destroy()
    }
  } catch (error) {
    signal.throwIfAborted()
    const code = codeOf(error)
    return reading(
      { ended: stop.aborted ? 'timeout' : code === 'ECONNREFUSED' ? 'refused' : 'dial-failed', detail: code },
      new Uint8Array(),
    )
  }
}
