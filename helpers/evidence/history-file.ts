import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FipsConformanceError } from '../errors/error.ts'
import { verdicts } from '../policy/verdict.ts'
import { sha256Hex, writeAtomically } from './atomic-file.ts'
import { canonicalJson } from './canonical-json.ts'
import { sha256Pattern } from './layout.ts'
import { bundleRefSchema } from './manifest.ts'
import { withoutWaiting } from './read-chunks.ts'

/** Beside the bundles: one line for each that was sealed there. Lines are added, never changed. */
export const historyFile = 'history.ndjson'

const counts = z.record(z.enum([...verdicts, 'waived']), z.number().int().nonnegative())

export const historyEntrySchema = z.object({
  /** SHA-256 of the line before this one, without its line feed; null in the first. */
  after: z.string().regex(sha256Pattern).nullable(),
  run: z.string(),
  /** The bundle's id. */
  id: z.string().regex(sha256Pattern),
  previous: bundleRefSchema.nullable(),
  cluster: z.string(),
  at: z.string(),
  tool: z.string(),
  claim: z.array(z.string()),
  exit: z.number().int(),
  /** Of the cluster's own findings, by requirement. */
  requirements: z.record(z.string(), counts),
})
export type HistoryEntry = z.infer<typeof historyEntrySchema>

export type HistoryRead = {
  entries: HistoryEntry[]
  /** SHA-256 of the last line. */
  last: string | null
  /** Lines that do not follow from the one before, or are none. */
  broken: { line: number; why: string }[]
}

const parseLine = (text: string): HistoryEntry | string => {
  try {
    const value = historyEntrySchema.parse(JSON.parse(text))
    return canonicalJson(value) === text ? value : 'it is not in canonical form'
  } catch (error) {
    return error instanceof z.ZodError ? z.prettifyError(error) : String(error)
  }
}

const readText = (dir: string): Promise<string> =>
  readFile(join(dir, historyFile), { encoding: 'utf8', flag: withoutWaiting }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    if (error.code !== 'EISDIR' && error.code !== 'ELOOP') throw error
    throw new FipsConformanceError({
      code: 'FILE_UNREADABLE',
      what: 'what lies in the place of the history is no file',
      where: join(dir, historyFile),
      why: error.message,
      remedy: 'take it away',
      exit: 3,
      cause: error,
    })
  })

/** The history of a folder, with its chain checked; empty where there is none. */
export const readHistory = async (dir: string): Promise<HistoryRead> => {
  const lines = (await readText(dir)).split('\n')
  const rest = lines.pop()
  const read: HistoryRead = { entries: [], last: null, broken: [] }
  for (const [at, text] of lines.entries()) {
    const entry = parseLine(text)
    if (typeof entry === 'string') read.broken.push({ line: at + 1, why: entry })
    else {
      if (entry.after !== read.last)
        read.broken.push({ line: at + 1, why: 'it does not follow from the line before: a line was changed or taken out' })
      read.entries.push(entry)
    }
    read.last = sha256Hex(new TextEncoder().encode(text))
  }
  if (rest !== undefined && rest !== '') read.broken.push({ line: lines.length + 1, why: 'it has no end' })
  return read
}

/** Adds a line; the whole file is replaced in one step, so that a killed writer leaves no half line. The caller holds the folder's lock. */
export const appendHistory = async (dir: string, entry: Omit<HistoryEntry, 'after'>): Promise<void> => {
  const { last } = await readHistory(dir)
  const text = await readText(dir)
  const begun = text === '' || text.endsWith('\n') ? text : `${text}\n`
  await writeAtomically(join(dir, historyFile), `${begun}${canonicalJson({ ...entry, after: last })}\n`)
}
