import { createHash } from 'node:crypto'
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { cacheDir } from '../host/paths.ts'

/** What the inventory says of one content. */
export const analysedSchema = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** `inspected`, or why it could not be. */
  state: z.string(),
  arch: z.string().exactOptional(),
  go: z.boolean(),
  module: z.string(),
  integrity: z.string(),
  mode: z.string(),
  certificate: z.number().exactOptional(),
  reason: z.string().exactOptional(),
})
export type Analysed = z.infer<typeof analysedSchema>

/** Folders and files, beside this one, whose code decides what is said of a content: another version of any of them asks again. */
const deciding = ['../crypto-modules/analyse', '../policy']

const codeDigest = async (): Promise<string> => {
  const hash = createHash('sha256')
  for (const folder of deciding) {
    const whole = join(import.meta.dirname, folder)
    for (const name of (await readdir(whole)).filter((each) => /^[^.]+\.(?:ts|js)$/.test(each)).toSorted())
      hash.update(`${folder}/${name}\0`).update(await readFile(join(whole, name)))
  }
  return hash.digest('hex')
}

const linesOf = (text: string): Analysed[] =>
  text.split('\n').flatMap((line) => {
    if (line === '') return []
    let parsed: unknown
    try {
      parsed = JSON.parse(line)
    } catch (error) {
      // A line that another run did not finish: its content is analysed again.
      if (error instanceof SyntaxError) return []
      throw error
    }
    const checked = analysedSchema.safeParse(parsed)
    return checked.success ? [checked.data] : []
  })

/** What is known of contents from earlier runs of the very same code, for inventories alone: no verdict rests on it. */
export type AnalysedCache = { known: ReadonlyMap<string, Analysed>; add: (more: readonly Analysed[]) => Promise<void> }

export const analysedCache = async (folder = join(cacheDir(), 'analysed')): Promise<AnalysedCache> => {
  const path = join(folder, `${(await codeDigest()).slice(0, 32)}.ndjson`)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  })
  return {
    known: new Map(linesOf(text).map((one) => [one.sha256, one])),
    add: async (more) => {
      if (more.length === 0) return
      await mkdir(dirname(path), { recursive: true })
      await appendFile(path, more.map((one) => `${JSON.stringify(one)}\n`).join(''))
    },
  }
}
