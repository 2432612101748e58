import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Reading } from '../../evidence/model.ts'
import { analyseExecutable } from '../analyse/executable.ts'
import { executableDataSchema } from '../analyse/executable-data.ts'
import { wholeImage } from '../analyse/image.ts'
import { analyseImage } from '../analyse/image-facts.ts'
import {
  boringLines,
  boringNames,
  boringVersion,
  joinBytes,
  madeBlock,
  madeBuildInfo,
  madeElf,
  madeFunctionTable,
} from '../analyse/made-elf.ts'
import { searchFile } from '../analyse/search.ts'
import { type FileSource, readExecutable } from './executable.ts'
import { localFile } from './local-file.ts'

// Longer than the length from which a range becomes a blob of its own.
const { block, build } = madeBlock({ length: 200_000, digestOffset: 200_100 })
const builds = [build]
const whole = madeElf({
  segments: [
    { rights: 'rx', bytes: joinBytes(new Uint8Array(5000), block, new Uint8Array(5000)) },
    { rights: 'r', bytes: joinBytes(madeFunctionTable([...boringNames, 'crypto/tls/fipsonly.init.0']), new Uint8Array(300_000)) },
    { rights: 'rw', bytes: madeBuildInfo(boringVersion, boringLines) },
  ],
})
const sha256 = createHash('sha256').update(whole).digest('hex')

const inChunks = (bytes: Uint8Array, length: number): FileSource['open'] =>
  async function* () {
    for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
  }

const failing = (error: Error): FileSource['open'] =>
  async function* () {
    yield new Uint8Array(10)
    throw error
  }

const replay = ({ data, blobs }: Reading, changed: Record<string, Uint8Array> = {}) => {
  const stored = structuredClone({ data, blobs })
  return analyseExecutable(
    { data: JSON.parse(JSON.stringify(stored.data)), bytes: (blob) => ({ ...stored.blobs, ...changed })[blob] ?? new Uint8Array() },
    builds,
  )
}

describe('readExecutable', () => {
  it.each([1, 37, 4096, 1 << 20])('keeps enough for the same facts as the whole file gives, in chunks of %s bytes', async (length) => {
    const reading = await readExecutable({ path: '/bin/x', open: inChunks(whole, length) }, { builds })
    const direct = analyseImage(wholeImage(whole), { path: '/bin/x', size: whole.length, sha256 }, searchFile(whole, builds), builds)
    expect(replay(reading)).toEqual(direct)
    expect(direct).toMatchObject({ state: 'inspected', integrity: 'intact', fipsonly: 'yes', wrappers: 'yes' })
  })

  it('stores the module as one blob of its own and little else', async () => {
    const { blobs, data } = await readExecutable({ path: '/bin/x', size: whole.length, open: inChunks(whole, 5000) }, { builds })
    const { pieces, ...own } = blobs
    expect(Object.values(own)).toEqual([block.subarray(0, build.length)])
    expect(pieces?.length).toBeLessThan(10_000)
    expect(data).toMatchObject({ state: 'read', size: whole.length, sha256 })
    expect(data.needles).toContainEqual(expect.objectContaining({ id: 'digest:boringcrypto-20990101/amd64', hex: build.digest, count: 1 }))
  })

  it('stores a digest of all names, so that the absence of one can be checked on the file', async () => {
    const { data } = await readExecutable({ path: '/bin/x', open: inChunks(whole, 5000) }, { builds })
    const { functionTables } = executableDataSchema.parse(data)
    const { offset, length, sha256: digest } = functionTables[0]?.names ?? { offset: 0, length: 0, sha256: '' }
    const names = whole.subarray(offset, offset + length)
    expect(new TextDecoder().decode(names)).toContain('crypto/tls/fipsonly.init.0\0')
    expect(digest).toBe(createHash('sha256').update(names).digest('hex'))
  })

  it('notes what was searched for and is not there', async () => {
    const { data } = await readExecutable({ path: '/bin/x', open: inChunks(new Uint8Array(100), 50) }, { builds })
    expect(data.needles).toContainEqual(expect.objectContaining({ hex: build.digest, count: 0, offsets: [] }))
  })

  it('leaves the module unproven when its stored bytes are changed or gone', async () => {
    const reading = await readExecutable({ path: '/bin/x', open: inChunks(whole, 5000) }, { builds })
    const name = Object.keys(reading.blobs).find((blob) => blob !== 'pieces') ?? ''
    const changed = block.slice()
    changed[1]! ^= 1
    expect(replay(reading, { [name]: changed })).toMatchObject({ integrity: 'modified' })
    expect(replay(reading, { [name]: new Uint8Array() })).toMatchObject({ module: 'none' })
  })

  it.each([
    ['missing', failing(Object.assign(new Error('no such file'), { code: 'ENOENT' }))],
    ['missing', failing(new Error('reading failed', { cause: Object.assign(new Error('x'), { code: 'ENOENT' }) }))],
    ['unreadable', failing(Object.assign(new Error('permission denied'), { code: 'EACCES' }))],
  ])('turns a file that is %s into a reading with its reason', async (state, open) => {
    const reading = await readExecutable({ path: '/bin/x', open })
    expect(reading).toMatchObject({ kind: 'executable', blobs: {}, data: { state, path: '/bin/x' } })
    expect(replay(reading)).toMatchObject({ state, reason: expect.stringMatching(/\w+/) })
  })

  it('takes fewer bytes than stated for a cut transfer, and more for a file that changed', async () => {
    expect(replay(await readExecutable({ path: '/x', size: whole.length + 1, open: inChunks(whole, 999) })).state).toBe('truncated')
    expect(replay(await readExecutable({ path: '/x', size: whole.length - 1, open: inChunks(whole, 999) })).state).toBe('unreadable')
  })

  it.each([undefined, whole.length])('hashes a file above the limit and does not inspect it (stated size %s)', async (size) => {
    const source = { path: '/x', open: inChunks(whole, 999), ...(size === undefined ? {} : { size }) }
    expect(replay(await readExecutable(source, { limit: 1000 }))).toMatchObject({ state: 'too-large', size: whole.length, sha256 })
  })

  it('lets an abort through: it says nothing of the file', async () => {
    const signal = AbortSignal.abort(new Error('stopped'))
    const open: FileSource['open'] = (given) =>
      (async function* () {
        given.throwIfAborted()
        yield whole
      })()
    await expect(readExecutable({ path: '/x', open }, { signal })).rejects.toThrow('stopped')
  })
})

describe('a file of this machine', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fips-conformance-read-'))
    await writeFile(join(folder, 'program'), whole)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is read, with the size that the file system states', async () => {
    const source = await localFile(join(folder, 'program'))
    expect(source.size).toBe(whole.length)
    expect(replay(await readExecutable(source, { builds }))).toMatchObject({ state: 'inspected', integrity: 'intact', sha256 })
  })

  it('is read where the file system states no size', async () => {
    const source = await localFile('/proc/self/status')
    expect(source.size).toBeUndefined()
    expect(replay(await readExecutable(source, { builds }))).toMatchObject({ state: 'data' })
  })

  it('is missing where it is not, and unreadable where it is a folder', async () => {
    expect(replay(await readExecutable(await localFile(join(folder, 'none'))))).toMatchObject({ state: 'missing' })
    expect(replay(await readExecutable(await localFile(folder)))).toMatchObject({ state: 'unreadable' })
  })
})
