import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { storeBlob } from './atomic-file.ts'
import { canonicalJson } from './canonical-json.ts'
import { bundleLayout, safeName } from './layout.ts'
import { type LedgerLine, ledgerLineSchema } from './ledger.ts'
import { type Evidence, type Observation, observationSchema, type Reading, type Subject } from './model.ts'
import { scrub } from './secrets.ts'

export type Pair = { requirement: string; subject: Subject }

/** What a test worker writes to: one file of its own, appended a line at a time, so that workers never wait for each other. */
export type Recorder = {
  /** Stores blobs and observations, in the order of the readings, and gives them back as a rule reads them. */
  record: (what: Pair & { readings: readonly Reading[] }) => Promise<Evidence[]>
  /** Says that this planned pair has been fully collected. Call it once for each pair, after everything was recorded. */
  close: (what: Pair & { observations: readonly string[] }) => Promise<void>
  /** Releases the file. */
  end: () => Promise<void>
}

const openLedger = async (bundle: string, writer: string) => {
  const path = join(bundle, bundleLayout.observations, `${safeName(writer, 'writer')}.ndjson`)
  try {
    // Opened exclusively and for appending: two workers of one name would give two observations one id.
    return await open(path, 'ax')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    throw new FipsConformanceError({
      code: 'WRITER_EXISTS',
      what: `another worker has written to this bundle as ${writer}`,
      where: path,
      remedy: 'give each worker a name of its own, such as the name of its suite with its process id',
      cause,
    })
  }
}

const withBytes = (observation: Observation, blobs: ReadonlyMap<string, Uint8Array>): Evidence => ({
  ...observation,
  bytes: (name) => {
    const bytes = blobs.get(name)
    if (bytes) return bytes
    throw new FipsConformanceError({
      code: 'BLOB_UNKNOWN',
      what: `the observation ${observation.id} has no blob called ${JSON.stringify(name)}`,
    })
  },
})

/**
 * A recorder for one worker. `bundle` is the bundle's folder, `writer` a name that no other worker has: `observations/<writer>.ndjson`.
 * Ids are `<writer>-<n>`, counted from 1. Throws `WRITER_EXISTS`.
 */
export const createRecorder = async ({
  bundle,
  writer,
  now = () => new Date(),
}: {
  bundle: string
  writer: string
  now?: () => Date
}): Promise<Recorder> => {
  const ledger = await openLedger(bundle, writer)
  let count = 0
  let tail: Promise<void> = Promise.resolve()
  const append = (line: LedgerLine): Promise<void> => {
    const text = `${canonicalJson(ledgerLineSchema.parse(line))}\n`
    const written = tail.then(() => ledger.appendFile(text))
    // A line that could not be written is its caller's trouble; the next one has to be tried all the same.
    tail = written.catch(() => undefined)
    return written
  }
  const recordOne = async ({ requirement, subject }: Pair, given: Reading, id: string): Promise<Evidence> => {
    const { reading, found } = scrub(given)
    const at = now().toISOString()
    // A copy, for the reading's owner may use its buffer again while this waits.
    const bytes = new Map(Object.entries(reading.blobs).map(([name, blob]) => [name, Uint8Array.from(blob)]))
    const blobs: Record<string, string> = {}
    for (const [name, blob] of bytes) blobs[name] = await storeBlob(bundle, blob)
    const { kind, means, source, data } = reading
    const own = { type: 'observation' as const, id, kind, subject: subject.key, requirement, at, means, source, data, blobs }
    const line = { ...own, ...(found.length > 0 && { redacted: found }) }
    await append(line)
    // What the rule sees now is what it will see when it reads the bundle: the line, not the reading.
    return withBytes(observationSchema.parse(JSON.parse(canonicalJson(line))), bytes)
  }
  return {
    record: async ({ readings, ...pair }) => {
      const numbered = readings.map((reading) => ({ reading, id: `${writer}-${++count}` }))
      const recorded: Evidence[] = []
      for (const { reading, id } of numbered) recorded.push(await recordOne(pair, reading, id))
      return recorded
    },
    close: async ({ requirement, subject, observations }) =>
      append({ type: 'closing', requirement, subject: subject.key, observations: [...observations], at: now().toISOString() }),
    end: async () => {
      await tail
      // A seal must not speak of lines that a power cut can still take away.
      await ledger.sync().finally(() => ledger.close())
    },
  }
}
