import { describe, expect, it } from 'vitest'
import { wholeImage } from './image.ts'
import { analyseImage } from './image-facts.ts'
import { type MadeGoProgram, madeGoProgram } from './made-go-program.ts'
import { nativeVersion } from './native-module.ts'
import { searchFile } from './search.ts'

const snapshot = (version: string): string[] => [
  'crypto/internal/fips140.getIndicator',
  `crypto/internal/fips140/${version.replaceAll('.', '%2e')}.init.0`,
  `crypto/internal/fips140/${version}/sha256.New`,
  `crypto/internal/fips140/${version}/check.init.0`,
  '_expand_key_128',
]
const inTree = [
  'crypto/internal/fips140.getIndicator',
  'crypto/internal/fips140.init.0',
  'crypto/internal/fips140/sha256.New',
  'crypto/internal/fips140/check.init.0',
]
const certified = 'v1.0.0-c2097c7c'
const linesOf = (...settings: string[]): string[] => ['path\texample.test/x', ...settings.map((setting) => `build\t${setting}`)]

const facts = (made: MadeGoProgram, at?: number) => {
  const { bytes, module } = madeGoProgram(made)
  if (at !== undefined) bytes[module + at]! ^= 1
  const result = analyseImage(wholeImage(bytes), { path: '/bin/x', size: bytes.length, sha256: '00' }, searchFile(bytes, []), [])
  if (result.state !== 'inspected') throw new Error(result.reason)
  return result
}

const ids = (made: MadeGoProgram): string[] => facts(made).contradictions.map(({ id }) => id)

describe("Go's own module", () => {
  it.each([
    ['v1.0.0', undefined],
    [certified, 5247],
    ['v1.26.0', undefined],
    ['v1.28.0', undefined],
  ])('%s is told by the paths of its functions', (version, certificate) => {
    const found = facts({ module: snapshot(version), lines: linesOf(`GOFIPS140=${version}`) })
    expect(found).toMatchObject({
      module: `go-native-${version}`,
      integrity: 'intact',
      identity: 'claimed',
      contradictions: [],
      native: { version, functions: 5 },
    })
    expect(found.certificate).toBe(certificate)
  })

  it('counts the places that say the same', () => {
    const made = { module: snapshot(certified), lines: linesOf(`GOFIPS140=${certified}`, '-tags=fips140v1.0') }
    expect(facts(made).native?.agreeing).toEqual([
      expect.stringContaining('all 5 functions'),
      expect.stringContaining('GOFIPS140'),
      expect.stringContaining('fips140v1.0'),
    ])
    expect(facts({ module: snapshot(certified), lines: [] }).native?.agreeing).toHaveLength(1)
  })

  it.each([
    ['off', []],
    ['latest', ['GOFIPS140=latest']],
  ])('is the one of the tree where no path bears a version (GOFIPS140=%s)', (_, settings) => {
    expect(facts({ module: inTree, lines: linesOf(...settings, 'CGO_ENABLED=0') })).toMatchObject({
      module: 'go-native-in-tree',
      identity: 'claimed',
      contradictions: [],
    })
  })

  it('is modified where the HMAC is another', () => {
    expect(facts({ module: snapshot(certified) }, 7)).toMatchObject({ module: `go-native-${certified}`, integrity: 'modified' })
  })

  it('is unknown in its integrity where not all of it is at hand', () => {
    expect(facts({ module: snapshot(certified), forged: { lengths: [80, 5_000_000, 1, 1] } }).integrity).toBe('unknown')
  })

  it.each([
    ['functions of two states', { module: [...snapshot(certified), 'crypto/internal/fips140/aes.New'] }, ['native-mixed', 'native-claim']],
    [
      'such functions outside the ranges',
      { module: snapshot(certified), after: ['crypto/internal/fips140/aes.New'] },
      ['native-mixed', 'native-claim'],
    ],
    [
      'versioned names in a plain program',
      { module: inTree, after: [`crypto/internal/fips140/${certified}/sha256.New`] },
      ['native-mixed'],
    ],
    ['a foreign function inside', { module: [...snapshot(certified), 'main.sneaky'] }, ['native-shape']],
    ['no self-test', { module: snapshot(certified).filter((name) => !name.includes('check')) }, ['native-shape']],
    ['another claim', { module: snapshot('v1.26.0'), lines: linesOf(`GOFIPS140=${certified}`) }, ['native-claim']],
    ['a claim without functions', { module: inTree, lines: linesOf(`GOFIPS140=${certified}`) }, ['native-claim']],
    ['functions without a claim', { module: snapshot(certified), lines: linesOf('CGO_ENABLED=0') }, ['native-claim']],
    [
      'a record that names another place',
      { module: snapshot(certified), lines: linesOf(`GOFIPS140=${certified}`), forged: { self: 64 } },
      ['native-record'],
    ],
    [
      'ranges that are elsewhere',
      { module: snapshot(certified), lines: linesOf(`GOFIPS140=${certified}`), forged: { lengths: [48, 1, 1, 1] } as const },
      ['native-shape', 'native-shape'],
    ],
  ])('contradicts itself with %s', (_, made, expected) => {
    expect(ids({ lines: linesOf(`GOFIPS140=${made.module === inTree ? 'latest' : certified}`), ...made })).toEqual(expected)
  })

  it('is none where the record is that of a program without it', () =>
    expect(facts({})).toMatchObject({ module: 'none', integrity: 'n/a', mode: 'n/a' }))

  it('is not the one of a program that calls OpenSSL', () => {
    const made = { module: inTree, after: ['vendor/github.com/golang-fips/openssl/v2.dlopen'] }
    expect(facts(made)).toMatchObject({
      module: 'openssl',
      integrity: 'unknown',
      mode: 'depends',
      dependsOn: expect.arrayContaining([expect.stringContaining('OpenSSL')]),
    })
  })
})

it.each([
  ['crypto/internal/fips140/v1.0.0-c2097c7c/sha256.(*Digest).Write', 'v1.0.0-c2097c7c'],
  ['crypto/internal/fips140/v1%2e0%2e0.CAST', 'v1.0.0'],
  ['type:.eq.crypto/internal/fips140/v1.26.0/sha3.Digest', 'v1.26.0'],
  ['crypto/internal/fips140/sha256.New', ''],
  ['crypto/internal/fips140.fatal', ''],
  ['crypto/internal/fips140deps/cpu.init', undefined],
  ['crypto/sha256.New', undefined],
  ['main.crypto/internal/fips140', undefined],
])('%s bears version %s', (name, version) => expect(nativeVersion(name)).toBe(version))
