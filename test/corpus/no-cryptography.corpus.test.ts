import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesOfHex } from '../../helpers/crypto-modules/analyse/bytes.ts'
import { readElf } from '../../helpers/crypto-modules/analyse/elf.ts'
import { executableDataSchema } from '../../helpers/crypto-modules/analyse/executable-data.ts'
import { emptyModules } from '../../helpers/crypto-modules/analyse/fips-info.ts'
import { wholeImage } from '../../helpers/crypto-modules/analyse/image.ts'
import { cryptographyOf } from '../../helpers/crypto-modules/analyse/no-cryptography.ts'
import type { Build } from './build.ts'
import { type GoCorpus, goCorpus } from './go-corpus.ts'

// Whether programs of real toolchains are proven to be without cryptography, and what is not.

const greeting = {
  'main.go': 'package main\n\nimport (\n\t"fmt"\n\t"net/netip"\n)\n\nfunc main() { fmt.Println(netip.MustParseAddr("127.0.0.1")) }\n',
}
const hashing = { 'main.go': 'package main\n\nimport "crypto/sha256"\n\nfunc main() { println(sha256.Sum256([]byte("text"))[0]) }\n' }
const md5 = { 'main.go': 'package main\n\nimport "crypto/md5"\n\nfunc main() { println(md5.Sum([]byte("text"))[0]) }\n' }
const tables = Array.from(
  { length: 16 },
  (_, at) => [0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76][at],
).join(', ')
const own = { 'main.go': `package main\n\nvar table = [...]byte{${tables}}\n\nfunc main() { println(table[len(table)-1]) }\n` }
const fipsonly = { 'main.go': 'package main\n\nimport _ "crypto/tls/fipsonly"\n\nfunc main() { println("hello") }\n' }
const callingC = {
  'main.go': 'package main\n\n// int twice(int);\nimport "C"\n\nfunc main() { println(C.twice(21)) }\n',
  'twice.c': 'int twice(int a) { return 2 * a; }\n',
}
const boring = { GOEXPERIMENT: 'boringcrypto', CGO_ENABLED: '1' }

const free: readonly (readonly [string, Build])[] = [
  ['goboring', { files: greeting, env: boring }],
  ['goboring stripped', { files: greeting, env: boring, args: ['-trimpath', '-ldflags=-s -w'] }],
  ['plain', { files: greeting }],
  [
    'plain with the C library',
    {
      files: { 'main.go': 'package main\n\nimport "net"\n\nfunc main() { println(net.LookupHost("localhost")) }\n' },
      env: { CGO_ENABLED: '1' },
    },
  ],
  ['position-independent', { files: greeting, args: ['-buildmode=pie'] }],
  ['arm64', { files: greeting, env: { GOARCH: 'arm64' } }],
  ['snapshot asked for', { files: greeting, env: { GOFIPS140: 'v1.0.0-c2097c7c' } }],
  ['Go 1.24', { files: greeting, toolchain: 'go1.24.0' }],
  ['Go 1.25', { files: greeting, toolchain: 'go1.25.7' }],
  ['Go 1.27', { files: greeting, toolchain: 'go1.27.3' }],
]

const others: readonly (readonly [string, Build, state: string, said: string])[] = [
  ['hashing', { files: hashing }, 'present', "code of Go's own module are linked"],
  ['hashing with MD5', { files: md5 }, 'present', 'functions of cryptography'],
  ['a cipher of its own', { files: own }, 'unknown', 'the S-box of AES'],
  ['fipsonly', { files: fipsonly, env: boring }, 'self-check-only', 'bytes of code of the module'],
  ['code of C', { files: callingC, env: { CGO_ENABLED: '1' } }, 'unknown', 'code of another linker'],
  ['Go 1.23', { files: greeting, toolchain: 'go1.23.12' }, 'unknown', 'no .go.fipsinfo'],
]

let corpus: GoCorpus
beforeAll(async () => {
  corpus = await goCorpus()
  for (const [name, build] of [...free, ...others]) await corpus.build(name, build)
}, 300_000)
afterAll(() => corpus.remove())

const emptyMac = emptyModules.amd64?.mac ?? ''

describe('a program without cryptography', () => {
  it.each(free.map(([name]) => name))('is proven to be that: %s', async (name) => {
    const { facts, outcome, reading } = await corpus.judged(name)
    expect(facts).toMatchObject({ module: 'none', integrity: 'n/a', contradictions: [], cryptography: { state: 'none' } })
    expect(outcome).toMatchObject({ verdict: 'not-applicable', reason: expect.stringContaining('proven without cryptography') })
    // What is stored suffices for the proof; without it there is none.
    expect(Object.values(reading.blobs).reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2_000_000)
  })
})

describe('a program that is not proven to be without cryptography fails', () => {
  it.each(others.map(([name, , state, said]) => [name, state, said] as const))('%s (%s)', async (name, state, said) => {
    const { facts, outcome } = await corpus.judged(name)
    expect(facts.cryptography).toMatchObject({ state, objections: expect.arrayContaining([expect.stringContaining(said)]) })
    expect(outcome.verdict).toBe('fail')
  })
})

/** Offset of the record, and of bytes in the code that are as the empty module's. */
const placesOf = (bytes: Uint8Array) => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const record = buffer.indexOf(bytesOfHex('ff20476f2066697073696e666f20ff00'))
  const padding = buffer.indexOf(new Uint8Array(32).fill(0xcc))
  const zero = buffer.indexOf(new Uint8Array(8), padding)
  const result = readElf(wholeImage(bytes))
  if (result.state !== 'elf') throw new Error(result.state)
  const address = (offset: number): number => {
    const segment = result.elf.segments.find((each) => each.offset <= offset && offset < each.offset + each.fileSize)
    return segment === undefined ? 0 : segment.address + offset - segment.offset
  }
  return { record, padding, zero, address }
}

describe('a record that was taken from a program without cryptography', () => {
  it('contradicts the table of functions, also with ranges over which its HMAC is right', async () => {
    await corpus.changed('hashing', 'mac of another', (bytes) => bytes.set(bytesOfHex(emptyMac), placesOf(bytes).record + 16))
    await corpus.changed('hashing', 'record of another', (bytes) => {
      const { record, padding, zero, address } = placesOf(bytes)
      // Where no padding of that length is, the attacker makes one: the code no longer matters to the check.
      const text = padding >= 0 ? padding : 4096
      bytes.fill(0xcc, text, text + 32)
      const view = new DataView(bytes.buffer, bytes.byteOffset + record)
      bytes.set(bytesOfHex(emptyMac), record + 16)
      const pairs = [address(text), address(text) + 32, ...Array.from({ length: 3 }, () => [address(zero), address(zero) + 1]).flat()]
      for (const [at, value] of pairs.entries()) view.setBigUint64(56 + 8 * at, BigInt(value), true)
    })
    const other = await corpus.judged('mac of another')
    expect(other.facts.integrity).toBe('modified')
    expect(other.outcome.verdict).toBe('fail')
    const { facts, outcome } = await corpus.judged('record of another')
    expect(facts).toMatchObject({
      cryptography: { state: 'present', contradicted: true },
      contradictions: [{ id: 'empty-module-with-cryptography' }],
    })
    expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('has cryptography') })
  })

  it('does not help when the names of the functions are forged as well: constants and positions remain', async () => {
    const { reading } = await corpus.judged('record of another')
    const [table] = executableDataSchema.parse(JSON.parse(JSON.stringify(reading.data))).functionTables
    await corpus.changed('record of another', 'forged names', (bytes) => {
      const { offset = 0, length = 0 } = table?.names ?? {}
      let start = offset
      for (let at = offset; at < offset + length; at++) {
        if (bytes[at] !== 0) continue
        const name = new TextDecoder().decode(bytes.subarray(start, at))
        if (cryptographyOf(name) !== undefined)
          bytes.set(new TextEncoder().encode('main.'.padEnd(at - start, 'x').slice(0, at - start)), start)
        start = at + 1
      }
    })
    const { facts, outcome } = await corpus.judged('forged names')
    const said = ['not where the table of functions has the module', 'the round constants of SHA-256'].map((text) =>
      expect.stringContaining(text),
    )
    expect(facts.cryptography).toMatchObject({ state: 'unknown', objections: expect.arrayContaining(said) })
    expect(outcome.verdict).toBe('fail')
  })
})
