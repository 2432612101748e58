import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { storeBlob } from './atomic-file.ts'
import { createBundle } from './bundle-writer.ts'
import { sampleEvidence } from './sample.ts'
import { plainObservation, storedObservation } from './stored-observation.ts'

let root: string
let bundle: string
const text = new TextEncoder().encode('what was read')
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stored-observation-'))
  bundle = (await createBundle({ root, runId: 'r' })).dir
})
afterAll(() => rm(root, { recursive: true }))

const plain = plainObservation(sampleEvidence('w-1', 'a', 'FIPS-MOD-1', { data: { x: [1] } }))

it('is plain data as it stands: copied, compared and written as JSON without what gives its bytes', () => {
  const stored = storedObservation(bundle, plain)
  expect(plainObservation(stored)).toBe(stored)
  expect(structuredClone(plainObservation(stored))).toEqual(plain)
  expect(JSON.parse(JSON.stringify(stored))).toEqual(plain)
  expect({ ...stored }).toStrictEqual(plain)
  expect(Object.keys(stored)).not.toContain('redacted')
  const redacted = [{ where: 'x', what: 'a key', bytes: 3 }]
  expect({ ...storedObservation(bundle, { ...plain, redacted }) }).toStrictEqual({ ...plain, redacted })
})

it('gives its bytes, however they are asked for', async () => {
  const stored = storedObservation(bundle, { ...plain, blobs: { content: await storeBlob(bundle, text) } })
  const { bytes } = stored
  expect(bytes('content')).toEqual(text)
  expect(stored.bytes('content')).toEqual(text)
  expect(() => bytes('other')).toThrow(expect.objectContaining({ code: 'BLOB_UNKNOWN' }))
})
