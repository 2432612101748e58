import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign } from 'node:crypto'
import { copyFile, cp, link, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { certificates } from '../policy/certificates-data.ts'
import { sha256Hex } from './atomic-file.ts'
import { listFiles } from './bundle-files.ts'
import type { JsonInput } from './canonical-json.ts'
import { readSealed } from './chain.ts'
import { blobPath } from './layout.ts'
import { editJson, madeSigner, madeTool, resealed, sealedBundle, unnoticedFlips } from './made-bundle.ts'
import { readBundle } from './read-bundle.ts'
import { manifestFor, writeSeal } from './seal.ts'
import { type Verification, type VerifyOptions, verifyBundle } from './verify.ts'

// Processes, keys and many small files: on a machine that is busy the usual five seconds are short.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const signer = madeSigner()
let root: string
let template: string
let dir: string
let count = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'verify-'))
  template = await sealedBundle(join(root, 'template'), 'run-1', { signer })
})
beforeEach(async () => {
  const folder = join(root, `case-${++count}`)
  await mkdir(folder)
  dir = join(folder, 'run-1')
  await cp(template, dir, { recursive: true })
})
afterAll(() => rm(root, { recursive: true }))

const verify = (more: Partial<VerifyOptions> = {}): Promise<Verification> => verifyBundle({ dir, tool: madeTool, ...more })
const problems = ({ checks }: Verification) =>
  checks.filter(({ state }) => state === 'fails' || state === 'differs').flatMap((check) => check.problems)
const pipeAt = async (path: string): Promise<void> => {
  await rm(join(dir, path), { force: true })
  execFileSync('mkfifo', [join(dir, path)])
}
const filesNamed = (result: Verification) => problems(result).map(({ file }) => file)

describe('a bundle as it was sealed', () => {
  it('verifies, says whose key it did not check, and comes to the same findings', async () => {
    const result = await verify()
    expect(problems(result)).toEqual([])
    expect(result).toMatchObject({ verified: true, exit: 0, sameTool: true, id: sha256Hex(await readFile(join(dir, 'manifest.json'))) })
    expect(result.checks.filter(({ state }) => state === 'not-checked').map(({ name }) => name)).toEqual(['signer'])
    expect(result.checks.find(({ name }) => name === 'findings')?.says).toContain('1 findings')
  })

  it('verifies against the key that signed, and against no other', async () => {
    expect((await verify({ key: signer.publicKey })).checks.every(({ state }) => state === 'holds')).toBe(true)
    const other = await verify({ key: madeSigner().publicKey })
    expect(other).toMatchObject({ verified: false, exit: 1 })
    expect(problems(other)).toMatchObject([{ file: 'manifest.dsse.json', why: expect.stringContaining('not with the one that was given') }])
  })

  it('is refused where there is none', async () => {
    await expect(verify({ dir: join(dir, 'nowhere') })).rejects.toMatchObject({ code: 'BUNDLE_MISSING' })
    await expect(verify({ dir: join(dir, 'run.json') })).rejects.toMatchObject({ code: 'BUNDLE_MISSING' })
  })
})

describe('one byte', () => {
  // Every byte of every file: every-byte.corpus.test.ts.
  it('changed anywhere is found, and its file is named', async () => {
    expect(await unnoticedFlips(dir, 23)).toEqual([])
    expect((await verify()).exit).toBe(0)
  }, 60_000)

  it.each(['', 'x', '\n', ' '])('%j added at the end of any file is found', async (more) => {
    for (const path of (await listFiles(dir)).files) {
      const bytes = await readFile(join(dir, path))
      await writeFile(join(dir, path), more === '' ? bytes.subarray(0, -1) : Buffer.concat([bytes, Buffer.from(more)]))
      expect(filesNamed(await verify())).toContain(path)
      await writeFile(join(dir, path), bytes)
    }
  })
})

describe('files', () => {
  it.each([
    ['one more', async () => writeFile(join(dir, 'observations', 'more.ndjson'), ''), 'observations/more.ndjson'],
    ['one hidden', async () => writeFile(join(dir, '.hidden'), ''), '.hidden'],
    ['one less', async () => rm(join(dir, 'policy', 'catalogue.json')), 'policy/catalogue.json'],
    [
      'a link in its place',
      async () => {
        await rename(join(dir, 'run.json'), join(dir, '..', 'run.json'))
        await symlink('../run.json', join(dir, 'run.json'))
      },
      'run.json',
    ],
    ['a linked folder', async () => symlink('/etc', join(dir, 'reports', 'etc')), 'reports/etc'],
    ['a name with a line feed', async () => writeFile(join(dir, 'a\nb'), ''), 'a\nb'],
    ['a name that is no UTF-8', async () => writeFile(Buffer.concat([Buffer.from(`${dir}/`), Uint8Array.of(0xff)]), ''), '\ufffd'],
    ['a named pipe for a manifest', async () => pipeAt('manifest.json'), 'manifest.json'],
    ['a named pipe for a time stamp', async () => pipeAt('manifest.tsr'), 'manifest.tsr'],
    ['no envelope', async () => rm(join(dir, 'manifest.dsse.json')), 'manifest.dsse.json'],
    ['no manifest', async () => rm(join(dir, 'manifest.json')), 'manifest.json'],
    ['an unasked time stamp', async () => writeFile(join(dir, 'manifest.tsr'), ''), 'manifest.tsr'],
  ])('%s: named', async (_name, change, file) => {
    await change()
    const result = await verify()
    expect(result).toMatchObject({ verified: false, exit: 1 })
    expect(filesNamed(result)).toContain(file)
  })

  it('swapped between two blobs are named', async () => {
    const [a = '', b = ''] = await readdir(join(dir, 'observations', 'blobs'))
    await rename(blobPath(dir, a), join(dir, '..', 'kept'))
    await copyFile(blobPath(dir, b), blobPath(dir, a))
    expect(filesNamed(await verify())).toEqual([`observations/blobs/${a}`])
  })
})

describe('all hashes made right again', () => {
  it('after a finding was edited: judged again it comes out otherwise', async () => {
    await editJson(
      dir,
      'findings.json',
      (value) => JSON.parse(JSON.stringify(value).replace('"verdict":"pass"', '"verdict":"fail"')) as JsonInput,
    )
    await resealed(dir)
    const result = await verify()
    expect(result.exit).toBe(1)
    expect(problems(result)).toEqual([
      { file: 'findings.json', why: expect.stringContaining('FIPS-NODE-1 for node:node-a: stored fail, judged again pass') },
    ])
  })

  it('after a finding was taken out, put in, or the order changed', async () => {
    await editJson(dir, 'findings.json', () => ({ findings: [] }))
    await resealed(dir)
    expect(problems(await verify())).toMatchObject([{ why: expect.stringContaining('there is no finding') }])
  })

  it('after a stored byte was changed: the verdict changes', async () => {
    const ledger = join(dir, 'observations', 'nodes.ndjson')
    const forged = sha256Hex(new TextEncoder().encode('0\n'))
    await writeFile(blobPath(dir, forged), '0\n')
    await rm(blobPath(dir, sha256Hex(new TextEncoder().encode('1\n'))))
    await writeFile(ledger, (await readFile(ledger, 'utf8')).replace(/"flag":"[0-9a-f]{64}"/, `"flag":"${forged}"`))
    await resealed(dir)
    expect(problems(await verify())).toMatchObject([
      { file: 'findings.json', why: expect.stringContaining('stored pass, judged again fail') },
    ])
  })

  it.each([
    [
      'another form of the same JSON',
      async () => writeFile(join(dir, 'plan.json'), JSON.stringify(JSON.parse(await readFile(join(dir, 'plan.json'), 'utf8')), null, 1)),
      'plan.json',
    ],
    [
      'a name that stands twice',
      async () => writeFile(join(dir, 'run.json'), (await readFile(join(dir, 'run.json'), 'utf8')).replace('{', '{"claim":[],')),
      'run.json',
    ],
    [
      'a ledger line in another form',
      async () => {
        const file = join(dir, 'observations', 'nodes.ndjson')
        await writeFile(file, (await readFile(file, 'utf8')).replace('{', '{ '))
      },
      'observations/nodes.ndjson',
    ],
  ])('after %s', async (_name, change, file) => {
    await change()
    await resealed(dir)
    const result = await verify()
    expect(result.exit).toBe(1)
    expect(problems(result)).toMatchObject([{ file, why: expect.stringContaining('canonical') }])
  })

  it('in the envelope itself, whose payload is in another form', async () => {
    const path = join(dir, 'manifest.dsse.json')
    const envelope = JSON.parse(await readFile(path, 'utf8')) as { payload: string }
    const payload = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(envelope.payload, 'base64').toString()), null, 1))
    const { preAuthEncoding, payloadType, envelopeBytes } = await import('./dsse.ts')
    const { keyIdOf } = await import('./signer.ts')
    await writeFile(path, envelopeBytes(payload, keyIdOf(signer.publicKey), await signer.sign(preAuthEncoding(payloadType, payload))))
    expect(problems(await verify({ key: signer.publicKey }))).toEqual([
      { file: 'manifest.dsse.json', why: expect.stringContaining('canonical') },
    ])
  })

  it('after a closing was added for what was never planned', async () => {
    const file = join(dir, 'observations', 'nodes.ndjson')
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replaceAll('"subject":"node:node-a","type":"closing"', '"subject":"node:other","type":"closing"'),
    )
    await resealed(dir)
    expect(
      problems(await verify())
        .map(({ why }) => why)
        .join(),
    ).toContain('never planned')
  })

  const inEvery = (more: Record<string, JsonInput>) => (value: Record<string, JsonInput>) => ({
    findings: (value.findings as Record<string, JsonInput>[]).map((finding) => ({ ...finding, ...more })),
  })
  it.each([
    ['in each finding', inEvery({ override: 'pass' })],
    [
      'in a subject',
      inEvery({ subject: { kind: 'node', key: 'node:node-a', name: 'node-a', node: 'node-a', detail: { kernel: 'own' }, x: '' } }),
    ],
    ['beside them', (value: Record<string, JsonInput>) => ({ ...value, summary: 'all pass' })],
  ])('after something was written into the findings that no judge said: %s', async (_where, edit) => {
    await editJson(dir, 'findings.json', edit)
    await resealed(dir)
    expect(problems(await verify())).toEqual([{ file: 'findings.json', why: expect.stringContaining('beside its findings') }])
    expect(await verify({ tool: { ...madeTool, version: '0.2.0' } })).toMatchObject({ exit: 2 })
  })

  it('after a pair was planned, and its finding counted, twice', async () => {
    const twice = (name: string) => (value: Record<string, JsonInput>) => {
      const list = value[name] as JsonInput[]
      return { ...value, [name]: [...list, ...list] }
    }
    await editJson(dir, 'plan.json', twice('pairs'))
    await editJson(dir, 'findings.json', twice('findings'))
    await resealed(dir)
    expect(problems(await verify())).toContainEqual({ file: 'plan.json', why: '1 of its pairs stand there a second time' })
  })

  it('after bytes were taken out that no rule asks for', async () => {
    const more = new TextEncoder().encode('more')
    const blobs = { flag: '1\n', kernel: '6.1.0\n', commandLine: 'fips=1\n', mounts: '22 1 0:21 / /proc rw - proc proc rw\n' }
    const bytes = Object.fromEntries(Object.entries(blobs).map(([name, text]) => [name, new TextEncoder().encode(text)]))
    const nodes = [{ name: 'a', flag: '1', reading: { blobs: { ...bytes, more } } }]
    const whole = await sealedBundle(join(root, `case-${++count}`, 'more'), 'run-1', { signer, nodes })
    expect(await verify({ dir: whole })).toMatchObject({ exit: 0 })
    await rm(blobPath(whole, sha256Hex(more)))
    await resealed(whole)
    expect(problems(await verify({ dir: whole }))).toContainEqual({
      file: 'observations',
      why: expect.stringContaining('bytes that are not there'),
    })
  })

  it('with a document beside the others: it is told that nothing says so', async () => {
    await writeFile(join(dir, 'summary.html'), 'all pass')
    await resealed(dir)
    expect((await verify()).checks).toContainEqual(
      expect.objectContaining({ name: 'other files', state: 'not-checked', says: expect.stringContaining('summary.html') }),
    )
  })

  it.each([
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 1024 })],
    ['another curve', () => generateKeyPairSync('ec', { namedCurve: 'secp224r1' })],
  ])('with a key that is not the kind that it says: %s', async (_kind, make) => {
    const { privateKey, publicKey } = make()
    await resealed(dir, { publicKey, key: 'key file', sign: async (bytes) => Uint8Array.from(sign('sha256', bytes, privateKey)) })
    expect(problems(await verify())).toEqual([{ file: 'manifest.dsse.json', why: expect.stringContaining('its key is another') }])
  })

  it('after the policy was changed', async () => {
    await editJson(dir, 'policy/catalogue.json', (value) => JSON.parse(JSON.stringify(value).replace('is 1', 'is 0')) as JsonInput)
    await resealed(dir)
    expect(filesNamed(await verify())).toEqual(['policy/catalogue.json'])
  })

  it('so that it rests on certificate rows of somebody’s own, which is told', async () => {
    const told = async () => (await verify()).checks.filter(({ name }) => name === 'certificates')
    expect(await told()).toEqual([])
    const [row] = certificates
    await editJson(
      dir,
      'policy/certificates.json',
      () => JSON.parse(JSON.stringify([row, { ...row, status: 'Active, they say' }])) as JsonInput,
    )
    await resealed(dir)
    expect((await verify()).exit).toBe(0)
    expect(await told()).toMatchObject([
      { state: 'not-checked', says: expect.stringMatching(new RegExp(`this version: #${row?.number};`)) },
    ])
  })

  it('by somebody else: the key that is trusted did not sign', async () => {
    await resealed(dir)
    expect((await verify()).exit).toBe(0)
    expect((await verify({ key: signer.publicKey })).exit).toBe(1)
  })
})

describe('another version of the tool', () => {
  const other = { ...madeTool, version: '0.2.0' }

  it('lists what comes out otherwise, names both versions and the command for the recorded one, and ends with 2', async () => {
    await editJson(
      dir,
      'findings.json',
      (value) => JSON.parse(JSON.stringify(value).replace('"reason":"', '"reason":"formerly: ')) as JsonInput,
    )
    await resealed(dir)
    expect((await verify()).exit).toBe(1)
    const result = await verify({ tool: other })
    expect(result).toMatchObject({
      verified: true,
      exit: 2,
      sameTool: false,
      tool: { version: '0.2.0' },
      run: { tool: { version: '0.1.0' } },
    })
    expect(result.recorded).toContain('fips-conformance@0.1.0 verify')
    expect(problems(result)).toMatchObject([{ file: 'findings.json', why: expect.stringContaining('formerly: ') }])
  })

  it('ends with 0 when nothing differs, and with 1 when the seal does not hold', async () => {
    expect(await verify({ tool: other })).toMatchObject({ exit: 0, sameTool: false })
    await writeFile(join(dir, 'plan.json'), 'x')
    expect((await verify({ tool: other })).exit).toBe(1)
  })

  it.each([
    { name: 'x; id #', version: '1' },
    { name: madeTool.name, version: '1; id #' },
    { ...madeTool, commit: '$(id)' },
  ])('gives no command where the bundle names what is none: %j', async (tool) => {
    await editJson(dir, 'run.json', (value) => ({ ...value, tool }))
    await resealed(dir)
    const result = await verify({ tool: { ...other, commit: 'b'.repeat(40) } })
    expect(result).toMatchObject({ sameTool: false, run: { tool } })
    expect(result.recorded).toBeUndefined()
  })

  it('is another one where the commits differ', async () => {
    await editJson(dir, 'run.json', (value) => ({ ...value, tool: { ...madeTool, commit: 'a'.repeat(40) } }))
    await resealed(dir)
    expect(await verify({ tool: { ...madeTool, commit: 'b'.repeat(40) } })).toMatchObject({
      sameTool: false,
      recorded: expect.stringContaining('git checkout aaaa'),
    })
    expect(await verify()).toMatchObject({ sameTool: true })
  })
})

describe('judged for another day', () => {
  it('gives the exit code of the claim, and only once the bundle has verified', async () => {
    const asOf = new Date('2027-01-01T00:00:00Z')
    // FIPS-SELF belongs to every claim, and this bundle planted nothing.
    expect(await verify({ asOf })).toMatchObject({ verified: true, exit: 2, rejudged: { asOf, exit: 2, changed: [] } })
    await writeFile(join(dir, 'plan.json'), 'x')
    const damaged = await verify({ asOf })
    expect(damaged.exit).toBe(1)
    expect(damaged.rejudged).toBeUndefined()
  })
})

describe('reports', () => {
  it('are made again and compared', async () => {
    await writeFile(join(dir, 'reports', 'a.txt'), 'run-1')
    await writeFile(join(dir, 'reports', 'b.txt'), 'x')
    await resealed(dir)
    const result = await verify({ regenerate: (file, { run }) => (file === 'a.txt' ? run.runId : undefined) })
    expect(result.exit).toBe(0)
    expect(result.checks.filter(({ name }) => name === 'reports')).toMatchObject([
      { state: 'holds' },
      { state: 'not-checked', says: expect.stringContaining('b.txt') },
    ])
    expect(filesNamed(await verify({ regenerate: () => 'other' }))).toEqual(['reports/a.txt', 'reports/b.txt'])
  })
})

describe('reports that are made in pieces', () => {
  const lines = Array.from({ length: 40_000 }, (_, at) => `é line ${at}\n`)
  const inPieces = function* () {
    yield* lines
  }
  it('are compared as they are made, and one byte that is another is found wherever it stands', async () => {
    const whole = new TextEncoder().encode(lines.join(''))
    const store = async (bytes: Uint8Array) => {
      await writeFile(join(dir, 'reports', 'a.txt'), bytes)
      await resealed(dir)
      return verify({ regenerate: inPieces })
    }
    expect(await store(whole)).toMatchObject({ exit: 0 })
    for (const at of [0, 65_536, 300_001, whole.length - 1]) {
      const changed = Uint8Array.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 1
      const result = await store(changed)
      expect([at, result.exit, filesNamed(result)]).toEqual([at, 1, ['reports/a.txt']])
    }
    expect(filesNamed(await store(whole.subarray(0, -1)))).toEqual(['reports/a.txt'])
    expect(filesNamed(await store(Uint8Array.of(...whole.subarray(0, 10), 0x0a)))).toEqual(['reports/a.txt'])
  })
})

describe('what it was judged by', () => {
  it('nested deeper than can be followed is named', async () => {
    await writeFile(join(dir, 'policy', 'modules.json'), `${'['.repeat(100_000)}${']'.repeat(100_000)}`)
    await resealed(dir)
    expect(filesNamed(await verify())).toEqual(['policy'])
  })

  it.each(['waivers', 'certificates'])('in another shape is named, whoever sealed it: %s', async (name) => {
    await writeFile(join(dir, 'policy', `${name}.json`), '{"x":1}')
    await writeFile(join(dir, 'reports', 'a.txt'), 'run-1')
    await resealed(dir)
    const result = await verify({ regenerate: () => 'run-1' })
    expect(result.exit).toBe(1)
    expect(filesNamed(result)).toContain('policy')
  })
})

describe('findings', () => {
  it('in another order are named', async () => {
    const folder = join(root, `case-${++count}`, 'many')
    const nodes = ['a', 'b', 'c'].map((name) => ({ name, flag: '1' }))
    const many = await sealedBundle(folder, 'run-1', { signer, nodes })
    expect(await verify({ dir: many })).toMatchObject({ exit: 0 })
    await editJson(many, 'findings.json', ({ findings }) => ({ findings: (findings as JsonInput[]).toReversed() }))
    await resealed(many)
    expect(problems(await verify({ dir: many }))).toContainEqual({ file: 'findings.json', why: 'its findings are in another order' })
  })
})

describe('a chain', () => {
  let folder: string
  const at = (run: string) => join(folder, run)
  beforeEach(async () => {
    folder = join(root, `chain-${++count}`)
    for (const [n, run] of ['r1', 'r2', 'r3'].entries())
      await sealedBundle(folder, run, { signer, run: { startedAt: `2026-11-2${n}T10:00:00.000Z` } })
  })
  const chainOf = async (run: string) => (await verify({ dir: at(run) })).checks.find(({ name }) => name === 'chain')

  it('is followed back to its beginning', async () => {
    expect(await chainOf('r3')).toMatchObject({ state: 'holds', says: expect.stringContaining('3 runs') })
    expect(await chainOf('r1')).toMatchObject({ state: 'holds' })
  })

  it.each(['r1', 'r2'])('without %s names it', async (run) => {
    await rm(at(run), { recursive: true })
    const result = await verify({ dir: at('r3') })
    expect(result.exit).toBe(1)
    expect(problems(result)[0]?.why).toContain(run)
  })

  it('without its last run is named by the history, for nothing else could', async () => {
    await rm(at('r3'), { recursive: true })
    expect(problems(await verify({ dir: at('r2') }))).toMatchObject([
      { file: '../history.ndjson', why: expect.stringContaining('the run r3') },
    ])
  })

  it('in which an earlier manifest was sealed anew is broken', async () => {
    await editJson(at('r2'), 'run.json', (value) => ({ ...value, host: {} }))
    await resealed(at('r2'), signer)
    expect(problems(await verify({ dir: at('r3') }))[0]?.why).toContain('the run r2')
  })

  it('whose history was edited is broken', async () => {
    const file = join(folder, 'history.ndjson')
    await writeFile(file, (await readFile(file, 'utf8')).split('\n').slice(1).join('\n'))
    expect(problems(await verify({ dir: at('r3') }))).toMatchObject([{ file: '../history.ndjson', why: expect.stringContaining('line 1') }])
  })

  it('of a bundle that was taken out of its folder cannot be checked, which is said', async () => {
    const alone = join(root, `alone-${++count}`, 'r3')
    await mkdir(join(alone, '..'))
    await cp(at('r3'), alone, { recursive: true })
    const result = await verify({ dir: alone })
    expect(result.exit).toBe(0)
    expect(result.checks.find(({ name }) => name === 'chain')).toMatchObject({ state: 'not-checked', says: expect.stringContaining('r2') })
  })

  it('that goes on with a run of another cluster is broken', async () => {
    const other = await sealedBundle(folder, 'x1', { signer, run: { cluster: { name: 'other', createdBy: 'user', nodes: [] } } })
    const foreign = await readSealed(other)
    for (const name of ['manifest.json', 'manifest.dsse.json']) await rm(join(at('r2'), name))
    const previous = { run: 'r1', id: foreign?.id ?? '' }
    await writeSeal(await manifestFor(at('r2'), await readBundle(at('r2')), { previous }), { dir: at('r2'), signer })
    await rm(join(folder, 'history.ndjson'))
    await rm(at('r3'), { recursive: true })
    expect(problems(await verify({ dir: at('r2') }))).toMatchObject([{ file: 'manifest.json', why: expect.stringContaining('the run r1') }])
  })

  it('beside which lies another run of its cluster tells of it', async () => {
    const alone = await sealedBundle(join(root, `fork-${++count}`), 'r4', { signer, run: { startedAt: '2026-11-24T10:00:00.000Z' } })
    await cp(alone, at('r4'), { recursive: true })
    for (const run of ['r1', 'r2', 'r3'])
      expect(await chainOf(run)).toMatchObject({ state: 'holds', says: expect.stringMatching(/none missing; of the same cluster.*: r4$/) })
    expect(await chainOf('r4')).toMatchObject({ state: 'holds', says: expect.stringMatching(/in its chain: r1, r2, r3$/) })
  })

  it('waits for nothing that somebody laid beside it', async () => {
    await mkdir(join(folder, 'pipe'))
    execFileSync('mkfifo', [join(folder, 'pipe', 'manifest.json')])
    await mkdir(join(folder, 'loop'))
    await symlink('manifest.json', join(folder, 'loop', 'manifest.json'))
    expect(await chainOf('r3')).toMatchObject({ state: 'holds', says: expect.stringContaining('3 runs') })
  })

  it('is each cluster’s own', async () => {
    await sealedBundle(folder, 'x1', { signer, run: { cluster: { name: 'other', createdBy: 'user', nodes: [] } } })
    expect(await chainOf('x1')).toMatchObject({ state: 'holds', says: expect.stringContaining('one run') })
    await link(join(folder, 'history.ndjson'), join(folder, 'kept'))
    expect(await chainOf('r3')).toMatchObject({ state: 'holds' })
  })
})
