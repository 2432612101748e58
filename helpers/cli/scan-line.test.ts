import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scanJsonSchema, scanLineSchema } from '../scan/line-schema.ts'
import { goboring, notGo, opensslGo, plainGo } from '../scan/made-archive.ts'
import { scanCommand } from './scan.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-schema-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** What `scan --json` prints of these files and of one that is not there. */
const printed = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<unknown[]> => {
  await mkdir(join(folder, 'root'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, 'root', name), content)
  let out = ''
  const write = (text: string): void => {
    out += text
  }
  const tool = { name: 'test', version: '0' }
  const context = { signal: new AbortController().signal, write, warn: () => undefined, stream: {}, tool }
  await scanCommand([join(folder, 'root'), join(folder, 'missing')], { json: true }, context)
  return out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}

describe('the JSON Schema of the lines of a scan', () => {
  it('is the one that is shipped: node scripts/schemas.ts writes it', async () => {
    expect(await readFile(join(import.meta.dirname, '../../schemas/scan.schema.json'), 'utf8')).toBe(scanJsonSchema())
  })

  it('is what a scan prints, file by file and at its end', async () => {
    const lines = await printed({
      boring: goboring(),
      plain: plainGo(),
      openssl: opensslGo(),
      library: notGo(),
      cut: goboring().subarray(0, 900),
      script: '#!/bin/sh\n',
      data: 'x',
    })
    expect(lines).toHaveLength(8)
    const validate = new Ajv2020({ allErrors: true }).compile(JSON.parse(scanJsonSchema()))
    for (const line of lines) expect(validate(line), JSON.stringify([line, validate.errors])).toBe(true)
    for (const line of lines) expect(scanLineSchema.parse(line)).toEqual(line)
  })

  it('takes keys that are added, and no line that lacks one or has another verdict', async () => {
    const [line] = (await printed({ plain: plainGo() })) as [Record<string, unknown>]
    const validate = new Ajv2020().compile(JSON.parse(scanJsonSchema()))
    const { reason: _reason, ...without } = line
    expect([{ ...line, added: 1 }, without, { ...line, verdict: 'compliant' }].map((each) => validate(each))).toEqual([true, false, false])
    expect(scanLineSchema.safeParse(without).success).toBe(false)
  })
})
