import { execFile, spawn } from 'node:child_process'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sha256Hex, storeBlob, writeAtomically } from './atomic-file.ts'
import { type BundleWriter, createBundle } from './bundle-writer.ts'
import { evaluate } from './evaluate.ts'
import { blobPath } from './layout.ts'
import type { Reading } from './model.ts'
import { readBundle } from './read-bundle.ts'
import { createRecorder } from './recorder.ts'
import { sampleFinding, sampleRun, sampleSubject } from './sample.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const reading = (blob: string, more: Partial<Reading> = {}): Reading => ({
  kind: 'file',
  means: 'test',
  source: '/x',
  data: { size: blob.length },
  blobs: { content: bytesOf(blob) },
  ...more,
})
const now = () => new Date('2026-11-22T10:00:00Z')
const subject = sampleSubject('a')
const pair = { requirement: 'FIPS-MOD-1', subject }

let root: string
let bundle: BundleWriter
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bundle-'))
  bundle = await createBundle({ root, runId: 'run-1' })
  await bundle.writePlan({ claim: ['FIPS-MOD'], pairs: [pair] })
  await bundle.writeRun(sampleRun())
})
afterEach(() => rm(root, { recursive: true }))

const ledger = (writer: string) => join(bundle.dir, 'observations', `${writer}.ndjson`)

describe('a bundle', () => {
  it('is never made twice', async () => {
    await expect(createBundle({ root, runId: 'run-1' })).rejects.toMatchObject({ code: 'BUNDLE_EXISTS' })
  })

  it.each(['../x', '', '.hidden', 'a/b', 'a\0b', 'x'.repeat(200)])('refuses the name %j', async (name) => {
    await expect(createBundle({ root, runId: name })).rejects.toMatchObject({ code: 'BUNDLE_NAME_INVALID' })
    await expect(bundle.writeReport(name, '')).rejects.toMatchObject({ code: 'BUNDLE_NAME_INVALID' })
    await expect(createRecorder({ bundle: bundle.dir, writer: name })).rejects.toMatchObject({ code: 'BUNDLE_NAME_INVALID' })
  })

  it('refuses a plan in which two subjects share a key', async () => {
    await expect(bundle.writePlan({ claim: [], pairs: [pair, { ...pair, subject: { ...subject, name: 'other' } }] })).rejects.toMatchObject(
      { code: 'PLAN_NOT_UNIQUE' },
    )
  })

  it('comes back as it was written', async () => {
    await bundle.writePolicy('profile', { b: 1, a: [true] })
    const recorder = await createRecorder({ bundle: bundle.dir, writer: 'w', now })
    const [first] = await recorder.record({ ...pair, readings: [reading('one')] })
    await recorder.close({ ...pair, observations: ['w-1'] })
    await recorder.end()
    await bundle.writeFindings([sampleFinding('FIPS-MOD-1', 'pass')])
    const back = await readBundle(bundle.dir)
    expect(back.plan).toEqual({ claim: ['FIPS-MOD'], pairs: [pair] })
    expect(back.run).toEqual(sampleRun())
    expect(back.policy.get('profile')).toEqual({ a: [true], b: 1 })
    expect(back.closings).toEqual([{ requirement: 'FIPS-MOD-1', subject: 'a', observations: ['w-1'], at: '2026-11-22T10:00:00.000Z' }])
    expect(back.findings).toEqual([sampleFinding('FIPS-MOD-1', 'pass')])
    expect(back.cut).toEqual([])
    const { bytes, ...stored } = back.evidence[0] ?? expect.fail('nothing was read')
    expect(stored).toEqual({ ...first, bytes: undefined })
    expect(new TextDecoder().decode(bytes('content'))).toBe('one')
    expect(await readFile(join(bundle.dir, 'policy', 'profile.json'), 'utf8')).toBe('{"a":[true],"b":1}')
  })

  it('has no findings when the run was cut short', async () => {
    expect((await readBundle(bundle.dir)).findings).toBeUndefined()
  })
})

describe('files', () => {
  it('are whole or not there, however many write at once', async () => {
    const path = join(root, 'file')
    const texts = Array.from({ length: 20 }, (_, n) => String(n).repeat(100_000))
    const looks: string[] = []
    const writes = texts.map((text) => writeAtomically(path, text).then(async () => looks.push(await readFile(path, 'utf8'))))
    await Promise.all(writes)
    for (const look of looks) expect(texts).toContain(look)
    expect(await readdir(root)).toEqual(['file', 'run-1'])
  })

  it('leave nothing behind when they cannot be put in place', async () => {
    await expect(writeAtomically(join(bundle.dir, 'policy'), 'x')).rejects.toThrow()
    expect((await readdir(bundle.dir)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('are stored once for each content', async () => {
    const name = await storeBlob(bundle.dir, bytesOf('x'))
    expect(name).toBe(sha256Hex(bytesOf('x')))
    const before = await stat(blobPath(bundle.dir, name))
    await storeBlob(bundle.dir, bytesOf('x'))
    expect((await stat(blobPath(bundle.dir, name))).ino).toBe(before.ino)
  })
})

const writerProgram = `
import { createRecorder } from ${JSON.stringify(new URL('./recorder.ts', import.meta.url).href)}
const [bundle, writer] = process.argv.slice(1)
const recorder = await createRecorder({ bundle, writer })
const pair = { requirement: 'FIPS-MOD-1', subject: { kind: 'component', key: 'a', name: 'a', detail: {} } }
const readings = Array.from({ length: 40 }, (_, n) => ({
  kind: 'file', means: 'test', source: '/x', data: { n }, blobs: { content: new Uint8Array(20000 + n).fill(n) },
}))
await Promise.all(readings.map((one) => recorder.record({ ...pair, readings: [one] })))
await recorder.end()
`

describe('writers', () => {
  it('in processes of their own share blobs and lose no line', async () => {
    const run = (writer: string) => promisify(execFile)(process.execPath, ['--input-type=module', '-e', writerProgram, bundle.dir, writer])
    await Promise.all(['w1', 'w2', 'w3'].map(run))
    const { evidence, cut } = await readBundle(bundle.dir)
    expect(cut).toEqual([])
    expect(evidence).toHaveLength(120)
    expect(new Set(evidence.map(({ id }) => id)).size).toBe(120)
    for (const one of evidence) expect(one.bytes('content')).toHaveLength(20000 + Number(one.data.n))
    expect(await readdir(join(bundle.dir, 'observations', 'blobs'))).toHaveLength(40)
  }, 30_000)

  it('cannot share a name', async () => {
    const first = await createRecorder({ bundle: bundle.dir, writer: 'w' })
    await expect(createRecorder({ bundle: bundle.dir, writer: 'w' })).rejects.toMatchObject({ code: 'WRITER_EXISTS' })
    await first.end()
  })

  it('keep the bytes that they were given, whatever becomes of the buffer', async () => {
    const recorder = await createRecorder({ bundle: bundle.dir, writer: 'w' })
    const buffer = bytesOf('before')
    const recording = recorder.record({ ...pair, readings: [reading('', { blobs: { content: buffer } })] })
    buffer.fill(0)
    const [one] = await recording
    await recorder.end()
    expect(new TextDecoder().decode(one?.bytes('content'))).toBe('before')
    expect(new TextDecoder().decode((await readBundle(bundle.dir)).evidence[0]?.bytes('content'))).toBe('before')
  })

  it('refuse what JSON cannot carry, and go on', async () => {
    const recorder = await createRecorder({ bundle: bundle.dir, writer: 'w' })
    await expect(recorder.record({ ...pair, readings: [reading('x', { source: '\ud800' })] })).rejects.toThrow('source')
    await recorder.record({ ...pair, readings: [reading('y')] })
    await recorder.end()
    expect((await readBundle(bundle.dir)).evidence.map(({ id }) => id)).toEqual(['w-2'])
  })

  it('in a killed process keep every line that they said was written', async () => {
    const endless = writerProgram.replace(
      /const readings[\s\S]*/,
      () => `
for (let n = 0; ; n++) {
  await recorder.record({ ...pair, readings: [{ kind: 'file', means: 'test', source: '/x', data: { n, fill: 'x'.repeat(50000) }, blobs: {} }] })
  process.stdout.write(n + '\\n')
}`,
    )
    const child = spawn(process.execPath, ['--input-type=module', '-e', endless, bundle.dir, 'w'], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    for await (const chunk of child.stdout) {
      said += String(chunk)
      if (said.split('\n').length > 20) child.kill('SIGKILL')
    }
    const { evidence } = await readBundle(bundle.dir)
    const last = Number(said.split('\n').at(-2))
    expect(last).toBeGreaterThan(10)
    expect(evidence.map(({ data }) => data.n).slice(0, last + 1)).toEqual(Array.from({ length: last + 1 }, (_, n) => n))
  }, 30_000)

  it('that are killed in the middle of a line cost that line, and their pair stays inconclusive', async () => {
    const recorder = await createRecorder({ bundle: bundle.dir, writer: 'w', now })
    await recorder.record({ ...pair, readings: [reading('one')] })
    const whole = (await stat(ledger('w'))).size
    await recorder.close({ ...pair, observations: ['w-1'] })
    await recorder.end()
    const full = (await stat(ledger('w'))).size
    for (const size of [full - 1, whole + 1]) {
      await truncate(ledger('w'), size)
      const back = await readBundle(bundle.dir)
      expect(back.cut).toEqual([{ file: join('observations', 'w.ndjson'), bytes: size - whole }])
      expect(evaluate(back, () => expect.fail('it was judged'))).toMatchObject([{ verdict: 'inconclusive', observations: ['w-1'] }])
    }
    await truncate(ledger('w'), whole)
    expect((await readBundle(bundle.dir)).cut).toEqual([])
  })
})

describe('damage', () => {
  beforeEach(async () => {
    const recorder = await createRecorder({ bundle: bundle.dir, writer: 'w', now })
    await recorder.record({ ...pair, readings: [reading('one')] })
    await recorder.end()
  })
  const blob = () => blobPath(bundle.dir, sha256Hex(bytesOf('one')))

  it('of a blob is found when it is read, and the file is named', async () => {
    await writeFile(blob(), 'two')
    const [one] = (await readBundle(bundle.dir)).evidence
    expect(() => one?.bytes('content')).toThrow(
      expect.objectContaining({ code: 'BLOB_DIFFERS', message: expect.stringContaining(relative(bundle.dir, blob())) }),
    )
  })

  it('by a missing blob is found, and the file is named', async () => {
    await rm(blob())
    const [one] = (await readBundle(bundle.dir)).evidence
    expect(() => one?.bytes('content')).toThrow(
      expect.objectContaining({ code: 'BLOB_MISSING', message: expect.stringContaining(relative(bundle.dir, blob())) }),
    )
    expect(() => one?.bytes('toString')).toThrow(expect.objectContaining({ code: 'BLOB_UNKNOWN' }))
  })

  it.each([
    ['a whole line that is no JSON', '{"type":\n', 'line 2'],
    ['a line of an unknown type', '{"type":"verdict"}\n', 'line 2'],
    ['an empty line', '\n', 'line 2'],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22, 0x0a), 'line 2'],
  ])('by %s is refused', async (_name, content, where) => {
    await appendFile(ledger('w'), content)
    await expect(readBundle(bundle.dir)).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED', message: expect.stringContaining(where) })
  })

  it('by an id that is there twice is refused', async () => {
    await appendFile(ledger('w'), await readFile(ledger('w')))
    await expect(readBundle(bundle.dir)).rejects.toMatchObject({ trouble: { why: 'two observations have the id w-1' } })
  })

  it('by a blob name that leads out of the bundle is refused', async () => {
    const line = (await readFile(ledger('w'), 'utf8'))
      .replace(/"content":"[0-9a-f]{64}"/, '"content":"../../run.json"')
      .replace('w-1', 'w-2')
    await appendFile(ledger('w'), line)
    await expect(readBundle(bundle.dir)).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED' })
  })

  it.each(['plan.json', 'run.json'])('of %s is refused, and the file is named', async (name) => {
    await writeFile(join(bundle.dir, name), '{}')
    await expect(readBundle(bundle.dir)).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED', message: expect.stringContaining(name) })
    await rm(join(bundle.dir, name))
    await expect(readBundle(bundle.dir)).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED', message: expect.stringContaining(name) })
  })
})
