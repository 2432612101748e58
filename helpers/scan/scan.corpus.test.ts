import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FileLine } from './line.ts'
import { madeDockerArchive, madeLayout, madeTar } from './made-archive.ts'
import { type ScanResult, scan } from './scan.ts'

// Programs of this machine's Go in images and archives of every kind. No engine is asked for anything.

const run = promisify(execFile)
let folder = ''
const at = (name: string): string => join(folder, name)

const server = 'package main\n\nimport "net/http"\n\nfunc main() { panic(http.ListenAndServeTLS("127.0.0.1:0", "c", "k", nil)) }\n'

const build = async (name: string, env: Record<string, string>): Promise<Uint8Array> => {
  const source = at(`${name}.source`)
  await mkdir(source, { recursive: true })
  await writeFile(join(source, 'go.mod'), 'module example.test/server\n\ngo 1.24\n')
  await writeFile(join(source, 'main.go'), server)
  await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', at(name), '.'], {
    cwd: source,
    env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false', GOOS: 'linux', ...env },
  })
  return readFile(at(name))
}

let boring: Uint8Array = new Uint8Array()
let plain: Uint8Array = new Uint8Array()
let changed: Uint8Array = new Uint8Array()

const scanned = async (targets: readonly string[]): Promise<{ result: ScanResult; lines: FileLine[] }> => {
  const lines: FileLine[] = []
  const result = await scan({
    targets,
    expect: 'any-validated',
    all: false,
    asOf: new Date('2026-11-22T00:00:00Z'),
    digest: 'sha256',
    exclude: [],
    waivers: [],
    evidence: false,
    signal: new AbortController().signal,
    onLine: (line) => lines.push(line),
  })
  return { result, lines }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-scan-corpus-'))
  boring = await build('boring', { GOEXPERIMENT: 'boringcrypto', CGO_ENABLED: '1' })
  plain = await build('plain', { GOEXPERIMENT: '', CGO_ENABLED: '0' })
  const [line] = (await scanned([at('boring')])).lines
  changed = Uint8Array.from(boring)
  const inside = (line?.proof?.blockOffset ?? 0) + 300_000
  changed[inside] = (changed[inside] ?? 0) ^ 1
}, 300_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

const expected = { 'usr/bin/changed': 'fail', 'usr/bin/good': 'pass', 'usr/bin/plain': 'fail' }
const layers = async (): Promise<Uint8Array[]> => [
  await madeTar([
    ['usr/bin/good', boring],
    ['usr/bin/plain', boring],
    ['usr/bin/gone', plain],
  ]),
  await madeTar([
    ['usr/bin/plain', plain],
    ['usr/bin/.wh.gone', ''],
    ['usr/bin/changed', changed],
  ]),
]

describe('an image with programs of this Go', () => {
  const verdicts = (target: string, lines: readonly FileLine[]): Record<string, string> =>
    Object.fromEntries(lines.map(({ path, verdict }): [string, string] => [path.slice(target.length + 1), verdict]).toSorted())

  it.each(['gzip', 'zstd', undefined] as const)('in an OCI layout compressed by %s', async (compression) => {
    const target = at(`oci-${compression}`)
    for (const [path, bytes] of Object.entries(madeLayout((await layers()).map((tar) => ({ tar, ...(compression && { compression }) }))))) {
      await mkdir(dirname(join(target, path)), { recursive: true })
      await writeFile(join(target, path), bytes)
    }
    const { result, lines } = await scanned([target])
    expect(verdicts(target, lines)).toEqual(expected)
    expect(lines.find(({ path }) => path.endsWith('changed'))).toMatchObject({ module: 'boringcrypto-20220613', integrity: 'modified' })
    expect(result.exit).toBe(1)
  })

  it.each(['image.tar', 'image.tar.gz'])('as docker saves it, in %s', async (name) => {
    const tar = await madeDockerArchive(await layers())
    await writeFile(at(name), name.endsWith('.gz') ? gzipSync(tar, { level: 1 }) : tar)
    const { lines } = await scanned([at(name)])
    expect(verdicts(at(name), lines)).toEqual(expected)
  })

  it('in a directory, with threads', async () => {
    const target = at('root')
    await mkdir(target)
    for (let index = 0; index < 12; index++) await cp(at('boring'), join(target, `good-${index}`))
    await writeFile(join(target, 'plain'), plain)
    const { result, lines } = await scanned([target])
    expect(lines.filter(({ verdict }) => verdict === 'pass')).toHaveLength(12)
    expect(result.counts).toMatchObject({ judged: 13, contents: 2 })
  })
})

it('judges a file that is larger than what is held in memory', async () => {
  await writeFile(at('large'), boring)
  await writeFile(at('large'), new Uint8Array(140 * 1024 * 1024), { flag: 'a' })
  const { lines } = await scanned([at('large')])
  expect(lines).toMatchObject([{ module: 'boringcrypto-20220613', integrity: 'intact', verdict: 'pass' }])
}, 60_000)
