import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Build } from './build.ts'
import { type GoCorpus, goCorpus } from './go-corpus.ts'

// Go's own module in programs of real toolchains: which state of it, unchanged, in FIPS mode.

const source = `package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

func main() {
	sum := sha256.Sum256([]byte("text"))
	block, _ := aes.NewCipher(sum[:])
	aead, _ := cipher.NewGCM(block)
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	fmt.Println(aead.NonceSize(), key != nil, err)
}
`
const files = { 'main.go': source }
const certified = 'v1.0.0-c2097c7c'
const hidden = '-ldflags=-X=runtime.godebugDefault=fips140=off'
// A string that looks like the settings, beside settings that say nothing of FIPS.
const decoy = 'package main\n\nvar settings = "fips140=on,panicnil=1"\n\nfunc init() { println(settings) }\n'
const spoof = (version: string): string => `package main

import _ "unsafe"

//go:linkname first crypto/internal/fips140/${version}/sha256.New
//go:noinline
func first() int { return len(name) }

//go:linkname second crypto/internal/fips140/${version}/check.init.0
//go:noinline
func second() int { return 2 * len(name) }

var name = "spoof"

func init() { println(first(), second()) }
`

const snapshots: readonly (readonly [name: string, build: Build, version: string, mode: string])[] = [
  ['Go 1.24.0', { files, toolchain: 'go1.24.0', env: { GOFIPS140: 'v1.0.0' } }, 'v1.0.0', 'on'],
  ['Go 1.24.13', { files, toolchain: 'go1.24.13', env: { GOFIPS140: 'v1.0.0' } }, certified, 'on'],
  ['Go 1.25', { files, toolchain: 'go1.25.7', env: { GOFIPS140: 'v1.0.0' } }, certified, 'on'],
  ['Go 1.26', { files, env: { GOFIPS140: 'certified' } }, certified, 'on'],
  ['Go 1.27', { files, toolchain: 'go1.27.3', env: { GOFIPS140: 'certified' } }, certified, 'on'],
  ['stripped', { files, env: { GOFIPS140: 'v1.0.0' }, args: ['-trimpath', '-ldflags=-s -w'] }, certified, 'on'],
  ['position-independent', { files, env: { GOFIPS140: 'v1.0.0' }, args: ['-buildmode=pie'] }, certified, 'on'],
  ['arm64', { files, env: { GOFIPS140: 'v1.0.0', GOARCH: 'arm64' } }, certified, 'on'],
  [
    'external linking',
    { files, env: { GOFIPS140: 'v1.0.0', CGO_ENABLED: '1' }, args: ['-ldflags=-linkmode=external -extldflags=-static'] },
    certified,
    'on',
  ],
  ['in process', { files, env: { GOFIPS140: 'v1.26.0' } }, 'v1.26.0', 'on'],
  [
    'switched off in the source',
    { files: { 'main.go': `//go:debug fips140=off\n${source}` }, env: { GOFIPS140: 'v1.0.0' } },
    certified,
    'off',
  ],
]
const inTree: readonly (readonly [name: string, build: Build, mode: string])[] = [
  ['plain', { files }, 'off'],
  ['latest', { files, env: { GOFIPS140: 'latest' } }, 'on'],
  ['latest, Go 1.27', { files, toolchain: 'go1.27.3', env: { GOFIPS140: 'latest' } }, 'on'],
  ['switched on in the source', { files: { 'main.go': `//go:debug fips140=only\n${source}` } }, 'on'],
]
const odd: readonly (readonly [name: string, build: Build])[] = [
  ['switched off by the linker', { files, env: { GOFIPS140: 'v1.0.0' }, args: ['-trimpath', hidden] }],
  ['switched on by the linker', { files, env: {}, args: ['-trimpath', hidden.replace('=off', '=on')] }],
  [
    'decoy',
    {
      files: { ...files, 'decoy.go': decoy },
      env: { GOFIPS140: 'v1.0.0' },
      args: ['-trimpath', '-ldflags=-X=runtime.godebugDefault=panicnil=1'],
    },
  ],
  ['names by linkname', { files: { ...files, 'spoof.go': spoof(certified), 'empty.s': '' }, args: ['-ldflags=-checklinkname=0'] }],
]

let corpus: GoCorpus
beforeAll(async () => {
  corpus = await goCorpus()
  for (const [name, build] of [...snapshots, ...inTree, ...odd]) await corpus.build(name, build)
}, 480_000)
afterAll(() => corpus.remove())

describe('a snapshot of the module', () => {
  it.each(snapshots.map(([name, , version, mode]) => [name, version, mode] as const))(
    'is told from the bytes: %s (%s, mode %s)',
    async (name, version, mode) => {
      const { facts, outcome } = await corpus.judged(name)
      expect(facts).toMatchObject({
        module: `go-native-${version}`,
        integrity: 'intact',
        identity: 'claimed',
        mode,
        contradictions: [],
        godebugDefault: { state: 'read' },
      })
      expect(facts.native?.agreeing).toHaveLength(3)
      expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('another module than expected (goboring)') })
    },
  )

  it.each(snapshots.map(([name, , version, mode]) => [name, version === certified && mode === 'on' ? 'pass' : 'fail'] as const))(
    'is accepted by its certificate and mode where it is expected: %s (%s)',
    async (name, verdict) => {
      expect((await corpus.judged(name, 'go-native')).outcome.verdict).toBe(verdict)
      expect((await corpus.judged(name, 'any-validated')).outcome.verdict).toBe(verdict)
      expect((await corpus.judged(name, 'openssl')).outcome.verdict).toBe('fail')
    },
  )
})

it.each(inTree.map(([name, , mode]) => [name, mode] as const))(
  "the state in the toolchain's tree is nobody's: %s (mode %s)",
  async (name, mode) => {
    const { facts, outcome } = await corpus.judged(name, 'any-validated')
    expect(facts).toMatchObject({ module: 'go-native-in-tree', integrity: 'intact', mode, contradictions: [] })
    expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('nobody validates') })
  },
)

describe('what looks like a snapshot in FIPS mode', () => {
  it('is off where the linker was told so, whatever the build info says', async () => {
    const { facts, outcome } = await corpus.judged('switched off by the linker', 'go-native')
    expect(facts.buildInfo?.settings.DefaultGODEBUG).toContain('fips140=on')
    expect(facts).toMatchObject({
      module: `go-native-${certified}`,
      mode: 'off',
      godebugDefault: { text: 'fips140=off' },
      contradictions: [{ id: 'mode-claim' }],
    })
    expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('not in FIPS mode') })
  })

  it("is the tree's, on, and contradicts its build info, where the linker was told to switch it on", async () => {
    const { facts } = await corpus.judged('switched on by the linker')
    expect(facts).toMatchObject({ module: 'go-native-in-tree', mode: 'on', contradictions: [{ id: 'mode-claim' }] })
  })

  it('is off where only a string of its own says that it is on', async () => {
    const { facts, outcome } = await corpus.judged('decoy', 'go-native')
    expect(facts).toMatchObject({ module: `go-native-${certified}`, mode: 'off', godebugDefault: { text: 'panicnil=1' } })
    expect(outcome.verdict).toBe('fail')
  })

  it('is a mixture where functions of a plain program were given its names', async () => {
    const { facts, outcome } = await corpus.judged('names by linkname', 'any-validated')
    expect(facts.module).toBe('go-native-in-tree')
    expect(facts.contradictions.map(({ id }) => id)).toContain('native-mixed')
    expect(outcome.verdict).toBe('fail')
  })
})

describe('changed bytes', () => {
  it('of the module are found by the HMAC', async () => {
    const { facts } = await corpus.judged('Go 1.26')
    const [text] = facts.native?.fipsInfo.ranges ?? []
    await corpus.changed('Go 1.26', 'changed code', (bytes) => {
      // Linked without a shift between the first segment's offsets and addresses.
      bytes[(text?.start ?? 0) - 0x400000 + 5000]! ^= 1
    })
    const changed = await corpus.judged('changed code', 'go-native')
    expect(changed.facts).toMatchObject({ module: `go-native-${certified}`, integrity: 'modified' })
    expect(changed.outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('modified') })
  })

  it("of the record's ranges are found by HMAC and position", async () => {
    const { facts } = await corpus.judged('Go 1.26')
    const record = facts.native?.fipsInfo.offset ?? 0
    await corpus.changed('Go 1.26', 'shorter range', (bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset + record)
      view.setBigUint64(64, view.getBigUint64(64, true) - 16n, true)
    })
    const changed = await corpus.judged('shorter range', 'go-native')
    expect(changed.facts.integrity).toBe('modified')
    expect(changed.facts.contradictions.map(({ id }) => id)).toContain('native-shape')
    expect(changed.outcome.verdict).toBe('fail')
  })

  it('of the record itself leave no module that could be intact', async () => {
    const { facts } = await corpus.judged('Go 1.26')
    const record = facts.native?.fipsInfo.offset ?? 0
    await corpus.changed('Go 1.26', 'no record', (bytes) => bytes.fill(0, record, record + 120))
    await corpus.changed('Go 1.26', 'moved record', (bytes) => {
      bytes[record + 48]! ^= 0x10
    })
    expect((await corpus.judged('no record', 'any-validated')).outcome.verdict).toBe('fail')
    const moved = await corpus.judged('moved record', 'any-validated')
    expect(moved.facts.contradictions).toMatchObject([{ id: 'native-record' }])
    expect(moved.outcome.verdict).toBe('fail')
  })
})

it('does not become a snapshot by what the build info says', async () => {
  // Another claim of the same length in the same place.
  await corpus.changed('plain', 'claims a snapshot', (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const line = 'build\tCGO_ENABLED=0'
    for (let at = buffer.indexOf(line); at >= 0; at = buffer.indexOf(line, at + 1)) buffer.write('build\tGOFIPS140=v1', at)
  })
  const { facts, outcome } = await corpus.judged('claims a snapshot', 'any-validated')
  expect(facts.contradictions.map(({ id }) => id)).toEqual(['native-claim'])
  expect(outcome.verdict).toBe('fail')
})
