import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealedBundle } from './made-bundle.ts'
import { schemaFiles } from './schemas.ts'

const folder = join(import.meta.dirname, '..', '..', 'schemas')
let root: string
let dir: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'schemas-'))
  dir = await sealedBundle(root, 'r1')
})
afterAll(() => rm(root, { recursive: true }))

const validator = async (name: string) => {
  const ajv = new Ajv2020({ strict: false })
  formats.default(ajv)
  return ajv.compile(JSON.parse(await readFile(join(folder, `${name}.schema.json`), 'utf8')) as object)
}
const linesOf = async (path: string) =>
  (await readFile(path, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
const documentOf = async (path: string): Promise<unknown[]> => [JSON.parse(await readFile(path, 'utf8'))]

describe('JSON Schemas', () => {
  it('are those of the code (node scripts/schemas.ts writes them)', async () => {
    for (const [name, text] of schemaFiles()) expect(await readFile(join(folder, name), 'utf8'), name).toBe(text)
  })

  it.each<[string, () => Promise<unknown[]>]>([
    ['run', () => documentOf(join(dir, 'run.json'))],
    ['plan', () => documentOf(join(dir, 'plan.json'))],
    ['findings', () => documentOf(join(dir, 'findings.json'))],
    ['manifest', () => documentOf(join(dir, 'manifest.json'))],
    ['envelope', () => documentOf(join(dir, 'manifest.dsse.json'))],
    ['ledger-line', () => linesOf(join(dir, 'observations', 'nodes.ndjson'))],
    ['history-entry', () => linesOf(join(root, 'history.ndjson'))],
  ])('%s takes what a bundle holds, and refuses what is something else', async (name, documents) => {
    const valid = await validator(name)
    for (const document of await documents()) {
      expect(valid(document), JSON.stringify(valid.errors)).toBe(true)
      expect(valid([document])).toBe(false)
      expect(valid({ ...(document as object), run: 1, pairs: 1, findings: 1, payload: 1, type: 1, runId: 1 })).toBe(false)
    }
  })
})
