import type { Duplex } from 'node:stream'
import { join } from '../analyse/bytes.ts'
import type { Ended } from '../analyse/exchange-data.ts'
import { fatalAlert, readServerFlight } from '../analyse/server-flight.ts'

/** Opens a connection to the listener; the prober never knows what carries it. */
export type Dial = (signal: AbortSignal) => Promise<Duplex>

/** One connection: what was handed over to be sent, what came, and how it ended. `ms` counts from the dial. */
export type Exchanged = { sent: Uint8Array; received: Uint8Array; ended: Ended; detail: string; ms: number }

/** Whether enough has come: `soon` waits a little for what may still follow; octets are sent, and more is waited for. */
export type Enough = (received: Uint8Array) => 'no' | 'soon' | 'yes' | 'alert' | Uint8Array

export type ExchangeOptions = {
  /** For the whole connection, dial included. Milliseconds. */
  timeoutMs: number
  signal: AbortSignal
  /** Ends the wait early, as a timeout: what it waits for has become known otherwise. */
  cutShort?: AbortSignal
}

/** How long to wait for what may follow a ServerHello of TLS 1.3, milliseconds: an alert travels in the same flight. */
const lingerMs = 60
/** No flight in the clear is longer; a peer that sends more is not listened to. Octets. */
const mostReceived = 1 << 18

/** When a TLS server has said what it will say: ServerHelloDone, a ServerHello of TLS 1.3 and its flight, a HelloRetryRequest, a fatal alert, no TLS at all. */
export const enoughTls = (received: Uint8Array): 'no' | 'soon' | 'yes' | 'alert' => {
  const flight = readServerFlight(received)
  if (fatalAlert(flight)) return 'alert'
  if (flight.done || flight.malformed !== undefined) return 'yes'
  if (flight.foreign !== undefined) return 'soon'
  if (flight.serverHello?.version === '0304') return flight.encrypted.length > 0 ? 'yes' : 'soon'
  return flight.helloRetryRequest && !flight.serverHello ? 'soon' : 'no'
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : error instanceof Error
      ? error.message
      : String(error)

const endedByDial = (code: string): Ended => {
  if (code === 'ECONNREFUSED') return 'refused'
  return ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'ETIMEDOUT'].includes(code)
    ? 'unreachable'
    : 'dial-failed'
}

type End = { ended: Ended; detail: string }

/** Listens until `enough` or the end of the stream. */
const listen = (
  stream: Duplex,
  enough: Enough,
  { chunks, sent }: { chunks: Uint8Array[]; sent: Uint8Array[] },
  signal: AbortSignal,
): Promise<End> =>
  new Promise((resolve) => {
    let linger: NodeJS.Timeout | undefined
    let length = 0
    const end = (ended: Ended, detail = ''): void => {
      clearTimeout(linger)
      resolve({ ended, detail })
    }
    stream.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk)
      length += chunk.length
      if (length > mostReceived) return end('complete', `stopped reading after ${mostReceived} octets`)
      const state = enough(join(...chunks))
      if (state === 'alert') return end('alert')
      if (state === 'yes') return end('complete')
      clearTimeout(linger)
      if (state === 'soon') linger = setTimeout(() => end('complete'), lingerMs)
      if (state instanceof Uint8Array) {
        sent.push(state)
        stream.write(state)
      }
    })
    stream.once('end', () => end('fin'))
    stream.once('close', () => end('fin', 'closed without an end'))
    // Stays registered: a stream that is destroyed later may still report an error, which then concerns nobody.
    stream.on('error', (error) => end('rst', codeOf(error)))
    signal.addEventListener('abort', () => end('timeout'), { once: true })
    // A dial that spoke another protocol first hands over a stream that is paused.
    stream.resume()
  })

/** Sends `request` (nothing when it is empty), and listens. Throws only when `options.signal` is aborted. */
export const converse = async (dial: Dial, request: Uint8Array, enough: Enough, options: ExchangeOptions): Promise<Exchanged> => {
  options.signal.throwIfAborted()
  const started = performance.now()
  const over = new AbortController()
  const stop = AbortSignal.any([options.signal, over.signal, ...(options.cutShort ? [options.cutShort] : [])])
  const timer = setTimeout(() => over.abort(), options.timeoutMs)
  const chunks: Uint8Array[] = []
  const done = (sent: Uint8Array, { ended, detail }: End): Exchanged => {
    options.signal.throwIfAborted()
    const ms = Math.round(performance.now() - started)
    const why =
      ended === 'timeout' ? `${detail || 'no answer'} after ${ms} ms${options.cutShort?.aborted ? ', no longer waited for' : ''}` : detail
    return { sent, received: join(...chunks), ended, detail: why, ms }
  }
  const dialling = dial(stop)
  try {
    const stream = await Promise.race([dialling, aborted(stop)])
    if (stream === undefined) {
      // The dial may succeed after nobody waits any more; its stream must not stay open.
      dialling.then(
        (late) => late.destroy(),
        () => undefined,
      )
      return done(new Uint8Array(), noConnection(options.timeoutMs))
    }
    try {
      const sent = [request]
      const listening = listen(stream, enough, { chunks, sent }, stop)
      if (request.length > 0) stream.write(request)
      const end = await listening
      return done(join(...sent), end)
    } finally {
      stream.destroy()
    }
  } catch (error) {
    options.signal.throwIfAborted()
    if (stop.aborted) return done(new Uint8Array(), noConnection(options.timeoutMs))
    const code = codeOf(error)
    return done(new Uint8Array(), { ended: endedByDial(code), detail: code })
  } finally {
    clearTimeout(timer)
    over.abort()
  }
}

const noConnection = (timeoutMs: number): End => ({ ended: 'unreachable', detail: `no connection within ${timeoutMs} ms` })

/** Resolves with undefined once `signal` is aborted. */
const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })

/** Sends a ClientHello and reads the answer as far as it can be read without keys. */
export const exchange = (dial: Dial, hello: Uint8Array, options: ExchangeOptions): Promise<Exchanged> =>
  converse(dial, hello, enoughTls, options)
