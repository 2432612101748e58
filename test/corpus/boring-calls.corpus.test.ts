import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analyseExecutable } from '../../helpers/crypto-modules/analyse/executable.ts'
import { executableDataSchema } from '../../helpers/crypto-modules/analyse/executable-data.ts'
import { wholeImage } from '../../helpers/crypto-modules/analyse/image.ts'
import { analyseImage } from '../../helpers/crypto-modules/analyse/image-facts.ts'
import { madeElf } from '../../helpers/crypto-modules/analyse/made-elf.ts'
import { searchFile } from '../../helpers/crypto-modules/analyse/search.ts'
import { readExecutable } from '../../helpers/crypto-modules/read/executable.ts'
import { localFile } from '../../helpers/crypto-modules/read/local-file.ts'
import { boringCryptoBuilds } from '../../helpers/policy/modules.ts'
import { type Build, boringObjects } from './build.ts'
import { type GoCorpus, goCorpus } from './go-corpus.ts'
import { sources } from './sources.ts'

// BoringCrypto in programs of real toolchains: that their cryptography goes through it, and that a build of no table proves itself.

const run = promisify(execFile)

const random = `package main

import "crypto/rand"

func main() {
	bytes := make([]byte, 8)
	_, err := rand.Read(bytes)
	println(bytes[0], err == nil)
}
`
/** Function names of a goboring build on functions that do nothing of the kind. */
const spoof = `package main

/*
int probe(void) { return 1; }
*/
import "C"
import _ "unsafe"

//go:linkname first crypto/internal/boring._Cfunc__goboringcrypto_AES_encrypt
//go:noinline
func first() int { return len(name) }

//go:linkname second crypto/internal/boring.init.0
//go:noinline
func second() int { return 2 * len(name) }

var name = "spoof"

func init() { println(first(), second(), C.probe()) }
`

const boring = { GOEXPERIMENT: 'boringcrypto', CGO_ENABLED: '1' }
const files = sources.tls
const toolchains = ['go1.23.12', 'go1.24.13', 'go1.26.8', 'go1.27.3'] as const
const genuine: readonly (readonly [string, Build])[] = [
  ...toolchains.map((version) => [version, { files, env: boring, toolchain: version }] as const),
  ['stripped', { files, env: boring, args: ['-trimpath', '-ldflags=-s -w'] }],
  ['position-independent', { files, env: boring, args: ['-buildmode=pie'] }],
  ['position-independent, of another linker', { files, env: boring, args: ['-buildmode=pie', '-ldflags=-linkmode=external'] }],
  ['static', { files, env: boring, args: ['-tags=netgo,osusergo', '-ldflags=-linkmode=external -extldflags=-static'] }],
  ['hashing alone', { files: sources.hash, env: boring }],
  ['random numbers alone', { files: { 'main.go': random }, env: boring }],
]

let corpus: GoCorpus
let objects = ''

beforeAll(async () => {
  corpus = await goCorpus()
  objects = await boringObjects()
  for (const [name, build] of genuine) await corpus.build(name, build)
  // The module's object is linked as code of the program itself, and only the names say that anything calls it.
  const args = ['-ldflags=-checklinkname=0 -linkmode=external -extldflags=-Wl,--no-gc-sections']
  await corpus.build('spoof', {
    files: { ...files, 'spoof.go': spoof, 'empty.s': '', 'module.syso': { object: true } },
    env: { CGO_ENABLED: '1' },
    args,
  })
}, 900_000)
afterAll(() => corpus.remove())

describe('the cryptography of a goboring build', () => {
  it.each(genuine.map(([name]) => name))('goes through the module: %s', async (name) => {
    const { facts, outcome, reading } = await corpus.judged(name)
    expect(facts).toMatchObject({ integrity: 'intact', calls: { state: 'proven' } })
    expect(outcome.verdict).toBe(facts.certificate === 4735 ? 'pass' : 'fail')
    expect(Object.values(reading.blobs).reduce((sum, { length }) => sum + length, 0)).toBeLessThan(1_200_000)
  })

  it('is not proven any more when one of the stored bytes of the chain is another', async () => {
    const { facts, reading } = await corpus.judged('hashing alone')
    if (facts.calls?.state !== 'proven') throw new Error('no calls')
    const { ranges } = executableDataSchema.parse(JSON.parse(JSON.stringify(reading.data)))
    const blobs = structuredClone(reading.blobs)
    for (const site of facts.calls.chains.map(({ calls: [first] }) => first ?? 0)) {
      const held = ranges.find(({ offset, length }) => offset <= site && site < offset + length)
      const blob = blobs[held?.blob ?? '']
      if (held === undefined || blob === undefined) throw new Error('the code of the chain is not stored')
      const at = held.at + site - held.offset + 1
      blob[at] = (blob[at] ?? 0) ^ 0x10
    }
    const changed = analyseExecutable({ data: reading.data, bytes: (blob) => blobs[blob] ?? new Uint8Array() })
    expect(changed).toMatchObject({ integrity: 'intact', calls: { state: 'unknown' } })
  })
})

describe('names of a goboring build', () => {
  it('prove nothing beside an intact module in the code, where nothing leads into it', async () => {
    const { facts, outcome } = await corpus.judged('spoof')
    expect(facts).toMatchObject({ module: 'boringcrypto-20220613', integrity: 'intact', wrappers: 'yes', calls: { state: 'none' } })
    expect(outcome.verdict).toBe('fail')
  })
})

/** The facts by a table that does not know the module, through what is stored. */
const withoutTable = async (name: string) => {
  const reading = await readExecutable(await localFile(corpus.at(name)), { builds: [] })
  const facts = analyseExecutable(
    { data: JSON.parse(JSON.stringify(reading.data)), bytes: (blob) => reading.blobs[blob] ?? new Uint8Array() },
    [],
  )
  if (facts.state !== 'inspected') throw new Error(facts.reason)
  return facts
}

describe('a module that no table knows', () => {
  it.each(genuine.map(([name]) => name))('proves itself by its own MAC, and calls into it are followed: %s', async (name) => {
    const { facts: known } = await corpus.judged(name)
    const facts = await withoutTable(name)
    expect(facts).toMatchObject({ module: 'unknown-boringssl', integrity: 'intact', calls: { state: 'proven' } })
    const place = ({ proof }: typeof facts) => [proof?.blockOffset, proof?.blockLength, proof?.digestOffset, proof?.mac, proof?.expected]
    expect(place(facts)).toEqual(place(known))
  })

  it.each([
    ['amd64', 62],
    ['arm64', 183],
  ] as const)("proves itself in the toolchain's own object for %s", async (arch, machine) => {
    const object = await readFile(join(objects, `goboringcrypto_linux_${arch}.syso`))
    const whole = madeElf({ machine, segments: [{ rights: 'rx', bytes: object }] })
    const facts = analyseImage(wholeImage(whole), { path: 'made', size: whole.length, sha256: '' }, searchFile(whole, []), [])
    const digest = boringCryptoBuilds.find((build) => build.arch === arch && build.id === 'boringcrypto-20220613')?.digest
    expect(facts).toMatchObject({ module: 'unknown-boringssl', integrity: 'intact', proof: { expected: digest } })
  })

  it('proves itself after somebody changed it and wrote a new MAC, and is no known build', async () => {
    const { proof } = (await corpus.judged('stripped')).facts
    if (proof === undefined) throw new Error('no proof')
    await corpus.changed('stripped', 'changed and sealed', (bytes) => {
      bytes[proof.blockOffset + 400_000] = (bytes[proof.blockOffset + 400_000] ?? 0) ^ 1
      const block = bytes.subarray(proof.blockOffset, proof.blockOffset + proof.blockLength)
      bytes.set(createHmac(proof.mac, new Uint8Array(64)).update(block).digest(), proof.digestOffset)
    })
    const { facts, outcome } = await corpus.judged('changed and sealed')
    expect(facts).toMatchObject({ module: 'unknown-boringssl', integrity: 'intact', identity: 'unknown' })
    expect(facts.certificate).toBeUndefined()
    expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('its identity is not proven') })
  })

  it('gives a command with which openssl alone prints its MAC', async () => {
    const { proof } = await withoutTable('stripped')
    const { stdout } = await run('sh', ['-c', proof?.command ?? 'false'])
    expect(stdout.trim().endsWith(proof?.expected ?? 'none')).toBe(true)
  })
})
