import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { reports } from '../../reports/index.ts'
import { conversationWithPlant, plantedExecutable } from '../conformance/looks/plants.ts'
import { madeGoboring } from '../crypto-modules/analyse/made-goboring.ts'
import { sha256Hex } from '../evidence/atomic-file.ts'
import { createBundle } from '../evidence/bundle-writer.ts'
import { canonicalJson, type JsonInput } from '../evidence/canonical-json.ts'
import { blobPath } from '../evidence/layout.ts'
import { madeSigner, resealed } from '../evidence/made-bundle.ts'
import type { Evidence, Subject } from '../evidence/model.ts'
import { readBundle } from '../evidence/read-bundle.ts'
import { createRecorder } from '../evidence/recorder.ts'
import { derivedInput, replayFindings } from '../evidence/replay.ts'
import { sampleRun } from '../evidence/sample.ts'
import { sealBundle } from '../evidence/seal.ts'
import { catalogue } from '../policy/catalogue.ts'
import { certificates } from '../policy/certificates-data.ts'
import { thisTool } from './this-tool.ts'
import { verify } from './verify.ts'

// Processes, keys and many small files: on a machine that is busy the usual five seconds are short.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const listener: Subject = {
  kind: 'plant',
  key: 'plant:tls/sound',
  name: 'planted listener: sound',
  detail: { defect: '{}', mode: 'chooser' },
}
const module: Subject = {
  kind: 'plant',
  key: 'plant:module/intact',
  name: 'planted file: intact',
  detail: { plant: 'intact', builds: 'planted' },
}
const first = { requirement: 'FIPS-SELF-1', subject: listener }
const second = { requirement: 'FIPS-SELF-2', subject: module }
const pairs = [first, second]

let root: string
let template: string
let dir: string
let count = 0

/** A bundle with a conversation with a real server and the bytes of a real (made) module, as a run records them. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'verify-cli-'))
  const writer = await createBundle({ root: join(root, 'template'), runId: 'r1' })
  await writer.writePlan({ claim: ['FIPS-SELF'], pairs })
  await writer.writeRun(sampleRun({ runId: 'r1', claim: ['FIPS-SELF'], tool: thisTool() }))
  const plain = (value: unknown): JsonInput => JSON.parse(JSON.stringify(value)) as JsonInput
  await writer.writePolicy('catalogue', plain(catalogue.filter(({ family }) => family === 'FIPS-SELF')))
  await writer.writePolicy('certificates', plain(certificates))
  const recorder = await createRecorder({ bundle: writer.dir, writer: 'plants' })
  for (const [pair, look] of [
    [first, conversationWithPlant(listener)],
    [second, plantedExecutable(module)],
  ] as const) {
    const recorded = await recorder.record({ ...pair, readings: await look.read(new AbortController().signal) })
    await recorder.close({ ...pair, observations: recorded.map(({ id }) => id) })
  }
  await recorder.end()
  await writer.writeFindings(replayFindings(await readBundle(writer.dir)))
  const bundle = await readBundle(writer.dir)
  for (const { file, report } of Object.values(reports)) await writer.writeReport(file, report(derivedInput(bundle, bundle.findings ?? [])))
  await sealBundle({ dir: writer.dir, signer: madeSigner() })
  template = writer.dir
}, 60_000)
beforeEach(async () => {
  dir = join(root, `case-${++count}`, 'r1')
  await cp(template, dir, { recursive: true })
})
afterAll(() => rm(root, { recursive: true }))

const rangesSchema = z.array(z.object({ at: z.number(), blob: z.string(), offset: z.number(), length: z.number() }))

type Json = { verified: boolean; exitOf: string; checks: { name: string; state: string; problems: { file: string; why: string }[] }[] }
const problemsOf = (json: unknown) => (json as Json).checks.flatMap(({ state, problems }) => (state === 'fails' ? problems : []))

/** Changes one byte of a blob and makes every hash right again: its name, the ledger, manifest and signature. */
const forge = async ({ id, blobs }: Evidence, blob: string, at: number): Promise<void> => {
  const old = blobs[blob] ?? ''
  const bytes = new Uint8Array(await readFile(blobPath(dir, old)))
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await writeFile(blobPath(dir, sha256Hex(bytes)), bytes)
  const ledger = join(dir, 'observations', 'plants.ndjson')
  const lines = (await readFile(ledger, 'utf8'))
    .split('\n')
    .map((line) => (line.includes(`"id":"${id}"`) ? line.replaceAll(old, sha256Hex(bytes)) : line))
  await writeFile(ledger, lines.join('\n'))
  await resealed(dir)
}

describe('a bundle of a run', () => {
  it('verifies: every finding and every report comes out again', async () => {
    const { exit, json, text } = await verify(dir, {})
    expect(problemsOf(json)).toEqual([])
    expect(exit).toBe(0)
    expect(text).toContain('2 findings come out of the stored bytes again')
    expect(text).toContain('whose it is was not checked')
    expect((await readBundle(dir)).findings).toMatchObject([{ verdict: 'pass' }, { verdict: 'pass' }])
  })

  it('in which a byte of a module block was changed, with all hashes made right again, comes to another verdict', async () => {
    const executable = (await readBundle(dir)).evidence.find(({ kind }) => kind === 'executable') ?? expect.fail('no executable')
    const place = madeGoboring().module + 500
    const range = rangesSchema.parse(executable.data.ranges).find(({ offset, length }) => offset <= place && place < offset + length)
    if (!range) expect.fail('the module is not among the stored bytes')
    await forge(executable, range.blob, range.at + place - range.offset)
    const { exit, json } = await verify(dir, {})
    expect(exit).toBe(1)
    expect(problemsOf(json)).toContainEqual({
      file: 'findings.json',
      why: expect.stringMatching(/FIPS-SELF-2 for plant:module\/intact: stored pass, judged again (fail|inconclusive)/),
    })
  })

  it('in which a byte of a ServerHello was changed, with all hashes made right again, comes to another verdict', async () => {
    const { evidence } = await readBundle(dir)
    const isServerHello = (bytes: Uint8Array): boolean => bytes[0] === 0x16 && bytes[5] === 0x02
    const exchange =
      evidence.find((one) => one.kind === 'tls-exchange' && isServerHello(one.bytes('received'))) ?? expect.fail('no ServerHello')
    const received = exchange.bytes('received')
    // RFC 8446, section 4.1.3: record header 5, handshake header 4, version 2, random 32, session id with its length, then the suite.
    await forge(exchange, 'received', 43 + 1 + (received[43] ?? 0) + 1)
    const { exit, json } = await verify(dir, {})
    expect(exit).toBe(1)
    expect(problemsOf(json)).toContainEqual({
      file: 'findings.json',
      why: expect.stringMatching(/FIPS-SELF-1 for plant:tls\/sound: stored pass, judged again (fail|inconclusive)/),
    })
  })

  it('in which a report was edited is named', async () => {
    const path = join(dir, 'reports', 'report.html')
    await writeFile(path, (await readFile(path, 'utf8')).replace('pass', 'PASS'))
    await resealed(dir)
    const { json } = await verify(dir, {})
    expect(problemsOf(json)).toEqual([{ file: 'reports/report.html', why: expect.any(String) }])
  })
})

describe('the command', () => {
  const bin = join(import.meta.dirname, '..', '..', 'bin', 'fips-conformance.js')
  const run = (...args: string[]): Promise<{ code: number; stdout: string }> =>
    promisify(execFile)(process.execPath, [bin, ...args], { env: { ...process.env, XDG_STATE_HOME: join(root, 'state') } }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => error,
    )

  it('says which exit code it gives', async () => {
    expect(JSON.parse((await run('verify', dir, '--json')).stdout)).toMatchObject({ verified: true, exit: 0, exitOf: 'verification' })
    const { code, stdout } = await run('verify', dir, '--json', '--as-of', '2027-03-01')
    const json = JSON.parse(stdout) as Json & { exit: number }
    expect(json).toMatchObject({ verified: true, exitOf: 'claim judged again', rejudged: { asOf: '2027-03-01' } })
    expect(code).toBe(json.exit)
  })

  it('shows what a bundle says of itself in its own line, and lets it write to no terminal', async () => {
    const path = join(dir, 'run.json')
    await writeFile(path, canonicalJson({ ...JSON.parse(await readFile(path, 'utf8')), runId: 'r\u001b[2J\nThe bundle verifies.' }))
    await resealed(dir)
    const { text } = await verify(dir, {})
    expect(text).not.toContain('\u001b')
    expect(text.split('\n')[0]).toMatch(/^run: r\\u\{1b\}\[2J\\nThe bundle verifies\., begun /)
  })

  it('exports no package into the bundle', async () => {
    const said = await run('export', dir, '--redact', 'audit', '--out', join(dir, 'reports', 'p.tar'), '--json')
    expect([said.code, JSON.parse(said.stdout)]).toMatchObject([64, { error: { code: 'OUT_IN_BUNDLE' } }])
    expect((await run('verify', dir)).code).toBe(0)
  }, 30_000)

  it.each([
    ['no bundle', ['/nowhere'], 'BUNDLE_MISSING'],
    ['no day', ['.', '--as-of', '2027-02-30'], 'DATE_INVALID'],
    ['certificates without a day', ['.', '--certificates', 'x'], 'SETTING_INVALID'],
  ])(
    'refuses %s',
    async (_name, args, code) => {
      const said = await run('verify', ...args, '--json')
      expect([said.code, JSON.parse(said.stdout)]).toMatchObject([64, { error: { code } }])
    },
    30_000,
  )

  it('exports, verifies the package, compares and tells the history', async () => {
    const out = join(root, `package-${count}.tar`)
    expect((await run('export', template, '--redact', 'audit', '--out', out)).code).toBe(0)
    expect((await run('verify', out)).code).toBe(0)
    const again = await run('compare', template, out, '--json')
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([0, { counts: { 'new-failure': 0 } }])
    expect((await run('compare', template)).code).toBe(64)
    const told = await run('history', join(template, '..'))
    expect(told.code).toBe(0)
    expect(told.stdout).toContain('Nothing that history.ndjson names is missing.')
  })
})
