import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ownerSchema } from './labels.ts'
import { stateDir } from './paths.ts'

const recordSchema = z.object({
  /** Packages that setup installed and that were not there before. */
  packages: z.array(z.string()),
  /** Absent while nothing has been started. */
  daemon: z
    .object({
      how: z.enum(['spawned', 'systemd']),
      /** The process: its start time tells it from a later one with the same number. */
      process: ownerSchema,
      /** RFC 3339, UTC. */
      at: z.string(),
      argv: z.array(z.string()),
    })
    .optional(),
})

/** What setup changed on this host, so that undo can take back exactly that. */
export type SetupRecord = z.infer<typeof recordSchema>
export type RecordedDaemon = NonNullable<SetupRecord['daemon']>

export const recordPath = (): string => join(stateDir(), 'dockerd.json')

/** Log of a dockerd that setup spawned. */
export const logPath = (): string => join(stateDir(), 'dockerd.log')

/** The OCI runtime that setup gives a dockerd on hosts that lack capabilities: a copy, for a checkout may go away while the dockerd runs. */
export const runtimePath = (): string => join(stateDir(), 'runc-within-bounds')

/** Writes the record, whole or not at all. */
export const saveRecord = async (record: SetupRecord): Promise<void> => {
  await mkdir(stateDir(), { recursive: true, mode: 0o700 })
  const draft = `${recordPath()}.draft-${process.pid}`
  await writeFile(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  await rename(draft, recordPath())
}

/** The record, or undefined where setup has changed nothing or undo has taken it back. A file that is not whole counts as none: it says nothing that could be used. */
export const loadRecord = async (): Promise<SetupRecord | undefined> => {
  try {
    return recordSchema.parse(JSON.parse(await readFile(recordPath(), 'utf8')))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export const forgetRecord = (): Promise<void> => rm(recordPath(), { force: true })
