import pLimit from 'p-limit'
import type { Reading } from '../../evidence/model.ts'
import { questionBlocks } from './ask.ts'
import { classify } from './classify.ts'
import type { Dial } from './exchange.ts'
import { openSession } from './session.ts'

export type ProbeOptions = {
  dial: Dial
  /** Host name for the server name extension; none is sent for an IP address. */
  sni?: string
  signal: AbortSignal
  /** Connections at a time, 1 to 4. */
  concurrency?: number
  /** For each connection, dial included. Milliseconds. */
  timeoutMs?: number
  /** Connections in all; a listener that refuses what it should takes about 25. */
  budget?: number
  /** 2 puts every refused hello a second time at once: for an address behind which several servers may stand. About 15 connections more. */
  rounds?: 1 | 2
  /** How the connections are carried, and to where: provenance of the readings. */
  means?: string
  source?: string
}

/**
 * Asks one listener what it speaks and, if that is TLS, what it accepts and refuses. Judges nothing: the readings (kind `tls-exchange`, blobs `sent` and
 * `received`) are for `analyseListener`. Never throws for what a peer does; throws the signal's reason when it is aborted.
 */
export const probeListener = async ({
  dial,
  sni,
  signal,
  concurrency = 3,
  timeoutMs = 3_000,
  budget = 70,
  rounds = 1,
  means = 'dial',
  source = 'listener',
}: ProbeOptions): Promise<Reading[]> => {
  const session = openSession({ dial, sni, signal, timeoutMs, budget, rounds, means, source })
  if (await classify(session)) {
    const limit = pLimit(Math.min(4, Math.max(1, concurrency)))
    await Promise.all(questionBlocks(session).map((block) => limit(block)))
  }
  return session.readings
}
