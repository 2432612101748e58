import { execFile, spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sealedBundles } from './chain.ts'
import { readHistory } from './history-file.ts'
import { editJson, madeBundle, madeSigner, madeTool, sealedBundle } from './made-bundle.ts'
import { sealBundle } from './seal.ts'
import { commandSigner, installationSigner, keyFileSigner, keyIdOf, toDerSignature } from './signer.ts'
import { verifyBundle } from './verify.ts'

// Processes, keys and many small files: on a machine that is busy the usual five seconds are short.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'seal-'))
})
afterEach(() => rm(root, { recursive: true }))

const signer = madeSigner()
const exitOf = async (dir: string) => (await verifyBundle({ dir, tool: madeTool })).exit
const sealProgram = `
import { sealBundle } from ${JSON.stringify(new URL('./seal.ts', import.meta.url).href)}
import { keyFileSigner } from ${JSON.stringify(new URL('./signer.ts', import.meta.url).href)}
const [dir, key] = process.argv.slice(1)
process.stdout.write('ready\\n')
await sealBundle({ dir, signer: await keyFileSigner(key) }).then(
  () => process.stdout.write('sealed\\n'),
  (error) => { process.stdout.write((error.code ?? String(error)) + '\\n'); process.exitCode = 3 },
)
`
const keyFile = async (): Promise<string> => {
  const path = join(root, 'key.pem')
  await writeFile(path, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return path
}
// A machine with no more than Node and npm may lack openssl.
const hasOpenssl = spawnSync('openssl', ['version']).status === 0

describe('sealing', () => {
  it('names the run before it, once for each cluster, and adds a line to the history', async () => {
    const folder = join(root, 'evidence')
    await sealedBundle(folder, 'r1', { signer })
    const [first] = await sealedBundles(folder)
    const seal = await sealBundle({ dir: await madeBundle(folder, 'r2'), signer })
    expect(seal).toMatchObject({ keyId: keyIdOf(signer.publicKey), previous: { run: 'r1', id: first?.id }, cluster: 'kind:sample' })
    const { entries, broken } = await readHistory(folder)
    expect(broken).toEqual([])
    expect(entries).toMatchObject([
      { run: 'r1', previous: null, after: null },
      { run: 'r2', id: seal.id, previous: { run: 'r1' }, requirements: { 'FIPS-NODE-1': { pass: 1, fail: 0 } } },
    ])
  })

  it('takes up a bundle whose line in the history was lost to a kill', async () => {
    for (const run of ['r1', 'r2']) await sealedBundle(root, run, { signer })
    const file = join(root, 'history.ndjson')
    await writeFile(file, `${(await readFile(file, 'utf8')).split('\n')[0]}\n`)
    expect(await sealBundle({ dir: await madeBundle(root, 'r3'), signer })).toMatchObject({ previous: { run: 'r2' } })
  })

  it('still names the last run when somebody took it away', async () => {
    for (const run of ['r1', 'r2']) await sealedBundle(root, run, { signer })
    await rm(join(root, 'r2'), { recursive: true })
    expect(await sealBundle({ dir: await madeBundle(root, 'r3'), signer })).toMatchObject({ previous: { run: 'r2' } })
    expect(await exitOf(join(root, 'r3'))).toBe(1)
  })

  it('is done once', async () => {
    const dir = await sealedBundle(root, 'r1', { signer })
    await expect(sealBundle({ dir, signer })).rejects.toMatchObject({ code: 'BUNDLE_SEALED' })
  })

  it.each([
    ['a run that did not finish', (dir: string) => editJson(dir, 'run.json', ({ finishedAt: _cut, ...run }) => run), 'did not finish'],
    ['no findings', (dir: string) => rm(join(dir, 'findings.json')), 'no findings'],
    ['a planned pair without a finding', (dir: string) => editJson(dir, 'findings.json', () => ({ findings: [] })), 'was planned'],
    ['no certificates', (dir: string) => rm(join(dir, 'policy', 'certificates.json')), 'certificates.json is missing'],
  ])('is refused for %s', async (_name, change, why) => {
    const dir = await madeBundle(root, 'r1')
    await change(dir)
    await expect(sealBundle({ dir, signer })).rejects.toMatchObject({
      code: 'BUNDLE_INCOMPLETE',
      trouble: { why: expect.stringContaining(why) },
    })
    expect(await exitOf(dir)).toBe(1)
  })

  it('takes drafts of killed writers away, and refuses what else does not belong there', async () => {
    const dir = await madeBundle(root, 'r1')
    const draft = join(dir, 'observations', 'blobs', '.abc.0b6f4a52-3f0e-4b58-9d3c-1f5f6c7d8e9f.tmp')
    await writeFile(draft, 'half')
    await writeFile(join(dir, '.other'), '')
    await expect(sealBundle({ dir, signer })).rejects.toMatchObject({ code: 'BUNDLE_FOREIGN_FILE' })
    await rm(join(dir, '.other'))
    await sealBundle({ dir, signer })
    await expect(stat(draft)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await exitOf(dir)).toBe(0)
  })

  it('by a writer that goes on: what it adds afterwards does not verify', async () => {
    const dir = await sealedBundle(root, 'r1', { signer })
    await appendFile(join(dir, 'observations', 'nodes.ndjson'), '{}\n')
    expect(await exitOf(dir)).toBe(1)
  })
})

describe('two at once', () => {
  it('seal one bundle once', async () => {
    const [dir, key] = [await madeBundle(root, 'r1'), await keyFile()]
    const run = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', sealProgram, dir, key]).catch(
        (error: { stdout: string }) => error,
      )
    const said = (await Promise.all([run(), run(), run()])).map(({ stdout }) => stdout.split('\n')[1]).sort()
    expect(said).toEqual(['BUNDLE_SEALED', 'BUNDLE_SEALED', 'sealed'])
    expect(await exitOf(dir)).toBe(0)
    expect((await readHistory(root)).entries).toHaveLength(1)
  })

  it('make one chain of their bundles', async () => {
    const key = await keyFile()
    const dirs = await Promise.all(['r1', 'r2', 'r3', 'r4'].map((run) => madeBundle(root, run)))
    await Promise.all(dirs.map((dir) => promisify(execFile)(process.execPath, ['--input-type=module', '-e', sealProgram, dir, key])))
    const previous = (await sealedBundles(root)).map(({ manifest }) => manifest.previous?.run)
    expect(new Set(previous).size).toBe(4)
    for (const dir of dirs) expect(await exitOf(dir)).toBe(0)
  })
})

describe('a sealer that is killed', () => {
  it('leaves a bundle that does not verify, or lacks nothing; and the next one seals it', async () => {
    const key = await keyFile()
    for (const delay of [0, 2, 5, 10, 15, 20, 30]) {
      const dir = await madeBundle(root, `r-${delay}`, {
        nodes: Array.from({ length: 40 }, (_, n) => ({ name: `n${n}`, flag: '1', reading: { source: `/${n}` } })),
      })
      const child = spawn(process.execPath, ['--input-type=module', '-e', sealProgram, dir, key], { stdio: ['ignore', 'pipe', 'inherit'] })
      const closed = new Promise((resolve) => child.on('close', resolve))
      await new Promise((resolve) => child.stdout.once('data', resolve))
      await new Promise((resolve) => setTimeout(resolve, delay))
      child.kill('SIGKILL')
      await closed
      const there = await readdir(dir)
      if (there.includes('manifest.dsse.json')) expect(await exitOf(dir)).toBe(0)
      else {
        expect(await exitOf(dir)).toBe(1)
        await sealBundle({ dir, signer })
        expect(await exitOf(dir)).toBe(0)
      }
    }
  }, 300_000)

  it('between manifest and envelope leaves nothing that counts', async () => {
    const dir = await madeBundle(root, 'r1')
    const failing = { ...signer, sign: async () => Promise.reject(new Error('killed here')) }
    await expect(sealBundle({ dir, signer: failing })).rejects.toThrow('killed here')
    await writeFile(join(dir, 'manifest.json'), '{"half":')
    expect(await exitOf(dir)).toBe(1)
    await sealBundle({ dir, signer })
    expect(await exitOf(dir)).toBe(0)
  })
})

describe('without room', () => {
  it('nothing is sealed, and the error says so', async () => {
    const [dir, key] = [
      await madeBundle(root, 'r1', { nodes: Array.from({ length: 60 }, (_, n) => ({ name: `n${n}`, flag: '1' })) }),
      await keyFile(),
    ]
    // A limit of 512 bytes a file (setrlimit(2), RLIMIT_FSIZE): the manifest is larger.
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      'trap "" XFSZ; ulimit -f 1; exec "$@"',
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      sealProgram,
      dir,
      key,
    ]).catch((error: { stdout: string }) => error)
    expect(stdout).toContain('EFBIG')
    expect((await readdir(dir)).filter((name) => name.startsWith('manifest') || name.startsWith('.'))).toEqual([])
    expect(await exitOf(dir)).toBe(1)
    await sealBundle({ dir, signer })
    expect(await exitOf(dir)).toBe(0)
  })
})

describe('keys', () => {
  it('of an installation are made once, for nobody else to read', async () => {
    const path = join(root, 'state', 'key.pem')
    const made = await Promise.all([1, 2, 3].map(() => installationSigner(path)))
    expect(new Set(made.map(({ publicKey }) => keyIdOf(publicKey))).size).toBe(1)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(root, 'state'))).toEqual(['key.pem'])
    await promisify(execFile)('chmod', ['644', path])
    await expect(installationSigner(path)).rejects.toMatchObject({ code: 'KEY_EXPOSED' })
  })

  it.each([
    ['of another curve', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'KEY_UNFIT'],
    ['of another kind', () => generateKeyPairSync('ed25519'), 'KEY_UNFIT'],
  ])('%s are refused', async (_name, make, code) => {
    const path = join(root, 'other.pem')
    await writeFile(path, make().privateKey.export({ type: 'pkcs8', format: 'pem' }))
    await expect(keyFileSigner(path)).rejects.toMatchObject({ code })
  })

  it('that are none are refused', async () => {
    await expect(keyFileSigner(join(root, 'none.pem'))).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
    await writeFile(join(root, 'text.pem'), 'text')
    await expect(keyFileSigner(join(root, 'text.pem'))).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
  })

  const sealWith = async (key: string, run: string, command: string) => {
    const dir = await madeBundle(root, run)
    await sealBundle({ dir, signer: await commandSigner(command, key) })
    return exitOf(dir)
  }

  it.runIf(hasOpenssl || process.env.CI !== undefined)('of openssl as the command', async () => {
    const key = await keyFile()
    expect(await sealWith(key, 'one', `openssl dgst -sha256 -sign ${key}`)).toBe(0)
  })

  it('of a command: what it gives is checked, in DER or as r and s', async () => {
    const path = await keyFile()
    const sealing = (run: string, command: string) => sealWith(path, run, command)
    const signing = (hash: 'sha256' | 'sha512', dsaEncoding: 'der' | 'ieee-p1363') => {
      const signature = `crypto.sign('${hash}', bytes, { key: fs.readFileSync('${path}'), dsaEncoding: '${dsaEncoding}' })`
      return `'${process.execPath}' -e "process.stdin.on('data', (bytes) => process.stdout.write(${signature}))"`
    }
    expect(await sealing('der', signing('sha256', 'der'))).toBe(0)
    expect(await sealing('raw', signing('sha256', 'ieee-p1363'))).toBe(0)
    await expect(sealing('other', signing('sha512', 'der'))).rejects.toMatchObject({ code: 'SIGNATURE_WRONG' })
    await expect(sealing('nothing', 'true')).rejects.toMatchObject({ code: 'SIGNATURE_WRONG' })
    await expect(sealing('broken', 'echo why >&2; exit 7')).rejects.toMatchObject({
      code: 'SIGN_COMMAND_FAILED',
      trouble: { why: expect.stringContaining('why') },
    })
    expect((await readdir(join(root, 'broken'))).includes('manifest.json')).toBe(false)
  })

  it('write r and s as DER wants them', () => {
    const half = (...head: number[]) => [...head, ...Array.from({ length: 32 - head.length }, () => 1)]
    expect([...toDerSignature(Uint8Array.from([...half(0, 0, 0x80), ...half(0x7f)]))].slice(0, 6)).toEqual([
      0x30,
      2 + 31 + 2 + 32,
      0x02,
      31,
      0,
      0x80,
    ])
  })
})
