import { createReadStream, readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FipsConformanceError } from '../errors/error.ts'
import { sha256Hex } from './atomic-file.ts'
import { blobPath, bundleLayout, sha256Pattern } from './layout.ts'
import { type Closing, ledgerLineSchema } from './ledger.ts'
import { type Evidence, type Finding, findingSchema, type Observation, type Plan, planSchema } from './model.ts'
import { type Run, runSchema } from './run.ts'
import { createShare, type Share, shareFindings, shareObservation } from './share-texts.ts'

/** A bundle in memory; its blobs stay on disk until a rule asks for them. */
export type Bundle = {
  dir: string
  plan: Plan
  run: Run
  /** `policy/<name>.json` by name, as it was parsed; whoever uses it checks its shape. */
  policy: ReadonlyMap<string, unknown>
  evidence: readonly Evidence[]
  closings: readonly Closing[]
  /** As they are stored; absent when the run was cut short before it judged. */
  findings?: readonly Finding[]
  /** Writers that were killed while they wrote a line: the file, and how many bytes of an unfinished last line were passed over. */
  cut: readonly { file: string; bytes: number }[]
}

const damaged = (where: string, why: string, cause?: unknown): FipsConformanceError =>
  new FipsConformanceError({ code: 'BUNDLE_DAMAGED', what: `a file of the bundle cannot be read: ${where}`, where, why, exit: 3, cause })

const reasonOf = (error: unknown): string =>
  error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)

const parse = <T>(schema: z.ZodType<T>, bytes: Uint8Array, where: string): T => {
  try {
    return schema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)))
  } catch (error) {
    throw damaged(where, reasonOf(error), error)
  }
}

const readJson = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw damaged(path, reasonOf(error), error)
  })
  return parse(schema, bytes, path)
}

/** The bytes of a blob, checked against the name that they are stored under. Throws `BLOB_MISSING` or `BLOB_DIFFERS`, which name the file. */
const readBlob = (bundle: string, sha256: string): Uint8Array => {
  // Findings and reports repeat this message: where the reader keeps the bundle must not stand in it.
  const where = join(bundleLayout.blobs, sha256)
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(readFileSync(blobPath(bundle, sha256)))
  } catch (cause) {
    throw new FipsConformanceError({
      code: 'BLOB_MISSING',
      what: `a blob that an observation names cannot be read: ${where}`,
      where,
      why: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown',
      cause,
    })
  }
  const actual = sha256Hex(bytes)
  if (actual === sha256) return bytes
  throw new FipsConformanceError({
    code: 'BLOB_DIFFERS',
    what: `a blob is not what was stored: ${where}`,
    where,
    why: `its SHA-256 is ${actual}`,
  })
}

const withBytes = (bundle: string, observation: Observation): Evidence => ({
  ...observation,
  bytes: (name) => {
    const sha256 = Object.hasOwn(observation.blobs, name) ? observation.blobs[name] : undefined
    if (sha256 !== undefined) return readBlob(bundle, sha256)
    throw new FipsConformanceError({
      code: 'BLOB_UNKNOWN',
      what: `the observation ${observation.id} has no blob called ${JSON.stringify(name)}`,
    })
  },
})

const newline = 0x0a

/**
 * The whole lines of a file, without their line feeds, as it is read: a ledger of a large cluster need not fit into memory twice. What stands behind the last line feed is given to `rest`.
 */
export async function* linesOf(path: string, rest: (bytes: number) => void = () => undefined): AsyncGenerator<Uint8Array> {
  let kept: Uint8Array = new Uint8Array()
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Uint8Array>) {
    const bytes = kept.length === 0 ? chunk : Uint8Array.from(Buffer.concat([kept, chunk]))
    let start = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      yield bytes.subarray(start, end)
      start = end + 1
    }
    kept = Uint8Array.from(bytes.subarray(start))
  }
  rest(kept.length)
}

type Ledgers = { evidence: Evidence[]; closings: Closing[]; cut: { file: string; bytes: number }[] }

const readLedgers = async (dir: string, share: Share): Promise<Ledgers> => {
  const folder = join(dir, bundleLayout.observations)
  const names = await readdir(folder).catch((error: unknown) => {
    throw damaged(folder, reasonOf(error), error)
  })
  const read: Ledgers = { evidence: [], closings: [], cut: [] }
  for (const name of names.filter((file) => file.endsWith('.ndjson') && !file.startsWith('.')).sort()) {
    const file = join(bundleLayout.observations, name)
    let number = 0
    let rest = 0
    const keep = (bytes: number): void => {
      rest = bytes
    }
    for await (const line of linesOf(join(folder, name), keep)) {
      const { type, ...known } = parse(ledgerLineSchema, line, `${join(dir, file)}, line ${++number}`)
      if (type === 'observation') read.evidence.push(withBytes(dir, shareObservation(known as Observation, share)))
      else read.closings.push(known as Closing)
    }
    if (rest > 0) read.cut.push({ file, bytes: rest })
  }
  return read
}

const checkObservations = (dir: string, observations: readonly Observation[]): void => {
  const where = join(dir, bundleLayout.observations)
  const ids = new Set<string>()
  for (const { id, blobs } of observations) {
    if (ids.has(id)) throw damaged(where, `two observations have the id ${id}`)
    ids.add(id)
    for (const sha256 of Object.values(blobs)) {
      if (!sha256Pattern.test(sha256))
        throw damaged(where, `the observation ${id} names a blob that is no SHA-256: ${JSON.stringify(sha256)}`)
    }
  }
}

const readPolicy = async (dir: string): Promise<Map<string, unknown>> => {
  const folder = join(dir, bundleLayout.policy)
  const names = await readdir(folder).catch((error: unknown) => {
    throw damaged(folder, reasonOf(error), error)
  })
  const policy = new Map<string, unknown>()
  for (const name of names.filter((file) => file.endsWith('.json') && !file.startsWith('.')).sort()) {
    policy.set(name.slice(0, -'.json'.length), await readJson(join(folder, name), z.unknown()))
  }
  return policy
}

const findingsFile = z.object({ findings: findingSchema.array() })

/**
 * Reads a bundle back, as bytes that somebody else may have written. Throws `BUNDLE_DAMAGED` with the file and the line; the one damage that is
 * tolerated is an unfinished last line of a writer, which is reported in `cut`. A blob is checked when its bytes are asked for.
 */
export const readBundle = async (dir: string): Promise<Bundle> => {
  const share = createShare()
  const plan = await readJson(join(dir, bundleLayout.plan), planSchema)
  const { evidence, closings, cut } = await readLedgers(dir, share)
  checkObservations(dir, evidence)
  const hasFindings = (await readdir(dir)).includes(bundleLayout.findings)
  return {
    dir,
    plan,
    run: await readJson(join(dir, bundleLayout.run), runSchema),
    policy: await readPolicy(dir),
    evidence,
    closings,
    ...(hasFindings && {
      findings: shareFindings((await readJson(join(dir, bundleLayout.findings), findingsFile)).findings, plan, share),
    }),
    cut,
  }
}
