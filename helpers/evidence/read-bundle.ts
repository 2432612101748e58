import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FipsConformanceError } from '../errors/error.ts'
import { indexedById } from './indexes.ts'
import { bundleLayout, sha256Pattern } from './layout.ts'
import { leanHeap } from './lean-heap.ts'
import { type Closing, type LedgerLine, ledgerLineSchema } from './ledger.ts'
import { type Evidence, type Finding, findingSchema, type Observation, type Plan, type PlannedPair, plannedPairSchema } from './model.ts'
import { chunksOf, withoutWaiting } from './read-chunks.ts'
import { readLists } from './read-lists.ts'
import { type Run, runSchema } from './run.ts'
import {
  createShare,
  createShareObject,
  createShareSubject,
  type Share,
  type ShareObject,
  shareClosing,
  shareFinding,
  shareObservation,
  sharePair,
} from './share-texts.ts'
import { storedObservation } from './stored-observation.ts'

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

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const parse = <T>(schema: z.ZodType<T>, bytes: Uint8Array, where: string): T => {
  try {
    return schema.parse(JSON.parse(utf8.decode(bytes)))
  } catch (error) {
    throw damaged(where, reasonOf(error), error)
  }
}

/**
 * Checks by a schema and gives the value itself, where the schema gives a copy that takes more memory. Members that the schema does not know are still in it: whoever uses it picks
 * those that it knows.
 */
const checked = <T>(schema: z.ZodType<T>, value: unknown): T => {
  schema.parse(value)
  return value as T
}

const parseLine = (bytes: Uint8Array, where: string): LedgerLine => {
  try {
    return checked(ledgerLineSchema, JSON.parse(utf8.decode(bytes)))
  } catch (error) {
    throw damaged(where, reasonOf(error), error)
  }
}

/** A document that holds lists, each item of which is checked and kept by itself: those of a large cluster are long. */
const readListed = async (path: string, lists: Readonly<Record<string, (item: unknown) => void>>): Promise<void> => {
  const counts: Record<string, number> = {}
  const take = (list: string, item: unknown): void => {
    if (!Object.hasOwn(lists, list)) return
    const at = counts[list] ?? 0
    counts[list] = at + 1
    try {
      lists[list]?.(item)
    } catch (error) {
      throw damaged(path, `${list}[${at}]: ${reasonOf(error)}`, error)
    }
  }
  try {
    const rest = await readLists(path, take)
    const missing = Object.keys(lists).find((name) => !Array.isArray(rest[name]))
    if (missing !== undefined) throw new SyntaxError(`it has no list ${missing}`)
  } catch (error) {
    throw error instanceof FipsConformanceError ? error : damaged(path, reasonOf(error), error)
  }
}

const readJson = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
  const bytes = await readFile(path, { flag: withoutWaiting }).catch((error: unknown) => {
    throw damaged(path, reasonOf(error), error)
  })
  return parse(schema, bytes, path)
}

const newline = 0x0a

/**
 * The whole lines of a file, without their line feeds, as it is read: a ledger of a large cluster need not fit into memory twice. A line holds good until the next one is asked for. What stands behind the last line feed is given to `rest`.
 */
export async function* linesOf(path: string, rest: (bytes: number) => void = () => undefined): AsyncGenerator<Uint8Array> {
  let kept: Uint8Array = new Uint8Array()
  for await (const chunk of chunksOf(path)) {
    const bytes = kept.length === 0 ? chunk : new Uint8Array(Buffer.concat([kept, chunk]))
    let start = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      yield bytes.subarray(start, end)
      start = end + 1
    }
    kept = bytes.slice(start)
  }
  rest(kept.length)
}

/** In what was redacted, too, only what is known. */
const withoutStrays = (one: Observation): Observation =>
  one.redacted ? { ...one, redacted: one.redacted.map(({ where, what, bytes }) => ({ where, what, bytes })) } : one

const checkBlobs = (where: string, { id, blobs }: Observation): void => {
  const wrong = Object.values(blobs).find((sha256) => !sha256Pattern.test(sha256))
  if (wrong !== undefined) throw damaged(where, `the observation ${id} names a blob that is no SHA-256: ${JSON.stringify(wrong)}`)
}

type Sharing = { share: Share; shareObject: ShareObject } & ReturnType<typeof createShareSubject>

type Ledgers = { evidence: Evidence[]; closings: Closing[]; cut: { file: string; bytes: number }[]; shareId: Share }

const readLedgers = async (dir: string, { share, shareKey, shareObject }: Sharing): Promise<Ledgers> => {
  const folder = join(dir, bundleLayout.observations)
  const names = await readdir(folder).catch((error: unknown) => {
    throw damaged(folder, reasonOf(error), error)
  })
  const ids = new Map<string, Evidence>()
  const shareId: Share = (id) => ids.get(id)?.id ?? id
  const read: Ledgers = { evidence: [], closings: [], cut: [], shareId }
  for (const name of names.filter((file) => file.endsWith('.ndjson') && !file.startsWith('.')).sort()) {
    const file = join(bundleLayout.observations, name)
    let number = 0
    let rest = 0
    const keep = (bytes: number): void => {
      rest = bytes
    }
    for await (const line of linesOf(join(folder, name), keep)) {
      const known = parseLine(line, `${join(dir, file)}, line ${++number}`)
      if (known.type === 'closing') {
        read.closings.push(shareClosing(known, share, shareKey, shareId))
        continue
      }
      if (ids.has(known.id)) throw damaged(folder, `two observations have the id ${known.id}`)
      checkBlobs(folder, known)
      const one = storedObservation(dir, shareObservation(withoutStrays(known), share, shareKey, shareObject))
      ids.set(one.id, one)
      read.evidence.push(one)
    }
    if (rest > 0) read.cut.push({ file, bytes: rest })
  }
  indexedById(read.evidence, ids)
  return read
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

const readPlan = async (path: string, { share, shareSubject }: Sharing): Promise<Plan> => {
  const claim: string[] = []
  const pairs: PlannedPair[] = []
  await readListed(path, {
    claim: (item) => claim.push(z.string().parse(item)),
    pairs: (item) => pairs.push(sharePair(checked(plannedPairSchema, item), share, shareSubject)),
  })
  return { claim, pairs }
}

const readFindings = async (path: string, { share, shareSubject }: Sharing, shareId: Share): Promise<Finding[]> => {
  const findings: Finding[] = []
  await readListed(path, { findings: (item) => findings.push(shareFinding(checked(findingSchema, item), share, shareSubject, shareId)) })
  return findings
}

/** Some 10,000 pairs, a tenth of what the largest clusters have. */
const largePlan = 1e6

// What cannot be looked at is read all the same, and reading it says what is wrong.
const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0

/**
 * Reads a bundle back, as bytes that somebody else may have written. Throws `BUNDLE_DAMAGED` with the file and the line; the one damage that is
 * tolerated is an unfinished last line of a writer, which is reported in `cut`. A blob is checked when its bytes are asked for.
 */
export const readBundle = async (dir: string): Promise<Bundle> => {
  const planFile = join(dir, bundleLayout.plan)
  if ((await sizeOf(planFile)) > largePlan) leanHeap()
  const share = createShare()
  const shareObject = createShareObject()
  const sharing = { share, shareObject, ...createShareSubject(share, shareObject) }
  const plan = await readPlan(planFile, sharing)
  const { evidence, closings, cut, shareId } = await readLedgers(dir, sharing)
  const hasFindings = (await readdir(dir)).includes(bundleLayout.findings)
  return {
    dir,
    plan,
    run: await readJson(join(dir, bundleLayout.run), runSchema),
    policy: await readPolicy(dir),
    evidence,
    closings,
    ...(hasFindings && { findings: await readFindings(join(dir, bundleLayout.findings), sharing, shareId) }),
    cut,
  }
}
