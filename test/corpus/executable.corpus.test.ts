import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analyseExecutable } from '../../helpers/crypto-modules/analyse/executable.ts'
import { wholeImage } from '../../helpers/crypto-modules/analyse/image.ts'
import { analyseImage } from '../../helpers/crypto-modules/analyse/image-facts.ts'
import { madeElf } from '../../helpers/crypto-modules/analyse/made-elf.ts'
import { searchFile } from '../../helpers/crypto-modules/analyse/search.ts'
import { readExecutable } from '../../helpers/crypto-modules/read/executable.ts'
import { localFile } from '../../helpers/crypto-modules/read/local-file.ts'
import { boringCryptoBuilds } from '../../helpers/policy/modules.ts'
import { componentCarriesModule } from '../../helpers/rules/modules.ts'

import { type Build, boringObjects, builtFile } from './build.ts'
import { sources } from './sources.ts'

// Programs of this machine's Go, GCC and OpenSSL. A tier of its own: it takes a toolchain and about a minute.

const run = promisify(execFile)
const asOf = new Date('2026-11-22T00:00:00Z')

const server = sources.tls['main.go']
const greeting = 'package main\n\nfunc main() { println("hello") }\n'
const fipsonly = 'package main\n\nimport _ "crypto/tls/fipsonly"\n'
const embedding =
  'package main\n\nimport _ "embed"\n\n//go:embed module.syso.bin\nvar module []byte\n\nfunc init() { println(len(module)) }\n'

let folder = ''
let objects = ''
const at = (name: string): string => join(folder, name)

const build = async (name: string, files: Build['files'], env: Record<string, string>, args: readonly string[] = []): Promise<void> =>
  copyFile(await builtFile(name, { files, env, args }), at(name))

const boring = { GOEXPERIMENT: 'boringcrypto', CGO_ENABLED: '1' }

const factsOf = async (name: string) => {
  const reading = await readExecutable(await localFile(at(name)))
  const data: unknown = JSON.parse(JSON.stringify(reading.data))
  const facts = analyseExecutable({ data, bytes: (blob) => reading.blobs[blob] ?? new Uint8Array() })
  if (facts.state !== 'inspected') throw new Error(`${name}: ${facts.state}: ${facts.reason}`)
  return { facts, reading, outcome: componentCarriesModule({ component: name, executable: facts }, { asOf }) }
}

const flipped = async (from: string, to: string, offset: number): Promise<void> => {
  const bytes = await readFile(at(from))
  bytes[offset]! ^= 1
  await writeFile(at(to), bytes)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-corpus-'))
  objects = await boringObjects()
  await build('boring', { 'main.go': server }, boring)
  await build('fipsonly', { 'main.go': server, 'fips.go': fipsonly }, boring)
  await build('stripped', { 'main.go': server }, boring, ['-trimpath', '-ldflags=-s -w'])
  await build('pie', { 'main.go': server }, boring, ['-buildmode=pie'])
  await build('static', { 'main.go': server }, boring, ['-tags=netgo,osusergo', '-ldflags=-linkmode=external -extldflags=-static'])
  await build('no-cgo', { 'main.go': server }, { ...boring, CGO_ENABLED: '0' })
  await build('no-crypto', { 'main.go': greeting }, boring)
  await build('plain', { 'main.go': server }, { CGO_ENABLED: '1', GOEXPERIMENT: '' })
  await build(
    'embedded',
    { 'main.go': server, 'embed.go': embedding, 'module.syso.bin': { object: true } },
    { CGO_ENABLED: '1', GOEXPERIMENT: '' },
  )
  const { facts } = await factsOf('boring')
  const start = facts.proof?.blockOffset ?? 0
  await flipped('boring', 'flipped-inside', start + 400_000)
  await flipped('boring', 'flipped-outside', start + (facts.proof?.blockLength ?? 0) + 1)
  await copyFile(at('stripped'), at('without-symbols'))
  await run('strip', ['--strip-all', at('without-symbols')])
}, 300_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('goboring builds of this Go', () => {
  it.each([
    ['boring', 'no'],
    ['fipsonly', 'yes'],
    ['stripped', 'no'],
    ['without-symbols', 'no'],
    ['pie', 'no'],
    ['static', 'no'],
    ['flipped-outside', 'no'],
  ])('%s carries the intact certified module (fipsonly: %s)', async (name, shown) => {
    const { facts, outcome } = await factsOf(name)
    expect(facts).toMatchObject({
      module: 'boringcrypto-20220613',
      integrity: 'intact',
      certificate: 4735,
      fipsonly: shown,
      wrappers: 'yes',
      calls: { state: 'proven' },
      contradictions: [],
    })
    expect(facts.buildInfo?.experiments).toContain('boringcrypto')
    expect(outcome.verdict).toBe('pass')
  })

  it('share one blob for the module', async () => {
    const blocks = await Promise.all(
      ['boring', 'pie', 'static'].map(async (name) =>
        Object.entries((await factsOf(name)).reading.blobs).filter(([blob]) => blob !== 'pieces'),
      ),
    )
    expect(blocks.map((own) => own.length)).toEqual([1, 1, 1])
    expect(new Set(blocks.map((own) => Buffer.from(own[0]![1]).toString('base64'))).size).toBe(1)
  })

  it('give a command with which openssl alone prints the certified digest', async () => {
    const { facts } = await factsOf('stripped')
    const { stdout } = await run('sh', ['-c', facts.proof?.command ?? 'false'])
    expect(stdout.trim().endsWith(facts.proof?.expected ?? 'none')).toBe(true)
  })
})

describe("the toolchain's own objects", () => {
  it.each([
    ['amd64', 62],
    ['arm64', 183],
  ] as const)('hold the block of the table for %s, as code of a made program', async (arch, machine) => {
    const object = await readFile(join(objects, `goboringcrypto_linux_${arch}.syso`))
    const whole = madeElf({ machine, segments: [{ rights: 'rx', bytes: object }] })
    const facts = analyseImage(wholeImage(whole), { path: 'made', size: whole.length, sha256: '' }, searchFile(whole, boringCryptoBuilds))
    expect(facts).toMatchObject({ state: 'inspected', arch, module: 'boringcrypto-20220613', integrity: 'intact', certificate: 4735 })
  })
})

describe('what looks like one and is none', () => {
  it('is modified when a byte of the module is flipped', async () => {
    const { facts, outcome } = await factsOf('flipped-inside')
    expect(facts).toMatchObject({ module: 'boringcrypto-20220613', integrity: 'modified' })
    expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('modified') })
  })

  it('has no module with CGO_ENABLED=0, whatever its build info says', async () => {
    const { facts, outcome } = await factsOf('no-cgo')
    expect(facts).toMatchObject({
      module: 'go-native-in-tree',
      mode: 'off',
      wrappers: 'no',
      contradictions: [{ id: 'experiment-without-module' }],
    })
    expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('CGO_ENABLED=0') })
  })

  it('has no module where no cryptography is linked', async () => {
    const { facts, outcome } = await factsOf('no-crypto')
    expect(facts).toMatchObject({ module: 'none', wrappers: 'no', cryptography: { state: 'none' } })
    expect(outcome.verdict).toBe('not-applicable')
  })

  it('has no module in a plain build', async () => {
    const { facts, outcome } = await factsOf('plain')
    expect(facts).toMatchObject({ module: 'go-native-in-tree', mode: 'off', wrappers: 'no', fipsonly: 'no', contradictions: [] })
    expect(outcome.verdict).toBe('fail')
  })

  it('has an embedded copy of the module, which is data', async () => {
    const { facts, outcome } = await factsOf('embedded')
    expect(facts).toMatchObject({ module: 'go-native-in-tree', remarks: [expect.stringContaining('as data')] })
    expect(outcome.verdict).toBe('fail')
  })
})
