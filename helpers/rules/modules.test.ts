import { describe, expect, it } from 'vitest'
import type { InspectedExecutable, Uninspectable } from '../crypto-modules/analyse/executable-facts.ts'
import { certificateByNumber } from '../policy/certificates.ts'
import { componentCarriesModule } from './modules.ts'
import type { ExpectedModule } from './modules-verdicts.ts'

const asOf = new Date('2026-11-22T00:00:00Z')

const intact: InspectedExecutable = {
  state: 'inspected',
  path: '/usr/local/bin/kube-apiserver',
  size: 1000,
  sha256: 'ab'.repeat(32),
  format: 'elf',
  arch: 'amd64',
  linking: 'dynamic',
  module: 'boringcrypto-20220613',
  moduleName: 'BoringCrypto fips-20220613',
  integrity: 'intact',
  certificate: 4735,
  proof: {
    blockOffset: 16384,
    blockLength: 753552,
    mac: 'sha256',
    key: '00',
    digestOffset: 771307,
    expected: '2a218ae635bf1cd56624875d',
    computed: '2a218ae635bf1cd56624875d',
    command: 'tail | openssl dgst',
  },
  mode: 'n/a',
  identity: 'proven',
  cryptography: { state: 'present', packages: [], objections: [] },
  fipsonly: 'yes',
  wrappers: 'yes',
  wrapperCount: 100,
  calls: {
    state: 'proven',
    chains: [{ functions: [{ name: 'crypto/sha256.New', offset: 4096, length: 32 }], calls: [4100], variableAt: 8192, into: 16400 }],
  },
  outside: [{ package: 'crypto/internal/fips140/tls13', what: 'TLS 1.3 key derivation' }],
  contradictions: [],
  remarks: [],
}

const { certificate: _certificate, proof: _proof, ...withoutModule } = intact
const none: InspectedExecutable = {
  ...withoutModule,
  module: 'none',
  moduleName: 'none',
  integrity: 'n/a',
  identity: 'n/a',
  wrappers: 'no',
}

const ranges = [
  { start: 0, end: 32 },
  { start: 32, end: 33 },
  { start: 33, end: 34 },
  { start: 34, end: 35 },
] as const
const free = {
  state: 'none',
  proof: {
    fipsInfo: { offset: 64, ranges, mac: '8338e13978d76d6dcdc3a0a32061e7fa' },
    functions: 3309,
    names: { offset: 128, length: 1000, sha256: 'b6d318f6483a7735b6d318f6483a7735' },
    uncovered: 4687,
    libraries: ['libc.so.6'],
    traces: 19,
  },
} as const
const native: InspectedExecutable = {
  ...none,
  module: 'go-native-v1.0.0-c2097c7c',
  moduleName: 'Go Cryptographic Module v1.0.0-c2097c7c',
  integrity: 'intact',
  mode: 'on',
  identity: 'claimed',
  certificate: 5247,
  native: {
    module: 'go-native-v1.0.0-c2097c7c',
    version: 'v1.0.0-c2097c7c',
    integrity: 'intact',
    fipsInfo: { offset: 64, ranges, stored: '9eed9ddb0deb8feac2b690d6', computed: '9eed9ddb0deb8feac2b690d6' },
    functions: 163,
    agreeing: ['the paths of all 163 functions', 'GOFIPS140'],
    contradictions: [],
  },
  godebugDefault: { state: 'read', text: 'fips140=on', offset: 128, by: ['runtime.godebugNotify'] },
}

const judge = (executable: InspectedExecutable | Uninspectable, day = asOf, expected?: ExpectedModule) =>
  componentCarriesModule(
    { component: 'kube-apiserver', executable, ...(expected === undefined ? {} : { expect: expected }) },
    { asOf: day },
  )

describe('FIPS-MOD-1', () => {
  it('passes an intact module of an Active certificate, and says what was proven', () => {
    const { verdict, reason, remedy, notes } = judge(intact)
    expect({ verdict, remedy }).toEqual({ verdict: 'pass', remedy: '' })
    for (const said of ['boringcrypto-20220613', 'certificate 4735 is Active', 'FIPS 140-3', '2a218ae635bf1cd5...'])
      expect(reason).toContain(said)
    for (const said of [
      /caveat of certificate 4735: No assurance/,
      /tested operating environments .* unknown/,
      /outside the module is linked: TLS 1.3/,
      /second-hand/,
      /238 days old/,
      /repeat the HMAC/,
    ]) {
      expect(notes).toContainEqual(expect.stringMatching(said))
    }
  })

  it('notes a missing fipsonly and does not fail for it', () => {
    expect(judge({ ...intact, fipsonly: 'no' })).toMatchObject({
      verdict: 'pass',
      notes: expect.arrayContaining([expect.stringContaining('fipsonly is not linked')]),
    })
  })

  it('warns before the sunset date and fails behind it', () => {
    // The data that ship with this version are too old by then to show an Active certificate, and old data do not save a certificate that has ended.
    expect(judge(intact, new Date('2029-07-22T00:00:00Z')).verdict).toBe('inconclusive')
    expect(judge(intact, new Date('2029-07-23T00:00:00Z'))).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('2029-07-22 has passed'),
    })
  })

  it.each([
    ['a Historical certificate', { module: 'boringcrypto-20190808', certificate: 3678 }, 'certificate 3678 is Historical'],
    [
      'a certificate behind its sunset date',
      { module: 'boringcrypto-20210429', certificate: 4407 },
      'its sunset date 2026-09-21 has passed',
    ],
    ['a certificate that is not in the data', { certificate: 1 }, 'nothing is known of its certificate 1'],
    [
      'a modified module',
      { integrity: 'modified', proof: { ...intact.proof!, computed: 'ffffffffffffffffffff' } },
      'modified: the HMAC over its bytes is ffffffffffffffff...',
    ],
    [
      'a contradiction',
      { contradictions: [{ id: 'module-without-cgo', text: 'CGO_ENABLED=0 and yet a module' }] },
      'CGO_ENABLED=0 and yet a module',
    ],
  ] as const)('fails %s', (_, change, reason) => {
    const outcome = judge({ ...intact, ...change })
    expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining(reason) })
    expect(outcome.remedy).not.toBe('')
  })

  it('fails a build that was never certified', () => {
    const { certificate: _gone, ...uncertified } = intact
    expect(judge({ ...uncertified, module: 'boringcrypto-20220613-pre-certificate' })).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('has no certificate'),
    })
  })

  it('fails a program without a module, with CGO_ENABLED=0 named where the build info asks for one', () => {
    expect(judge(none)).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('all 1000 bytes were searched') })
    const text = 'the build info says boringcrypto: CGO_ENABLED=0 is the usual cause'
    const asked = judge({ ...none, contradictions: [{ id: 'experiment-without-module', text }] })
    expect(asked).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('CGO_ENABLED=0'),
      remedy: expect.stringContaining('CGO_ENABLED=1'),
    })
  })

  it('fails a module of no known build: names prove nothing', () => {
    expect(judge({ ...none, module: 'unknown-boringssl', integrity: 'unknown' })).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('identity is not proven'),
    })
  })

  it('is not-applicable for a program that is proven without cryptography, and says what the proof rests on', () => {
    const { verdict, reason, remedy } = judge({ ...none, cryptography: free })
    expect({ verdict, remedy }).toEqual({ verdict: 'not-applicable', remedy: '' })
    for (const said of ['proven without cryptography', '8338e13978d76d6d...', '3309 functions', 'libc.so.6', '19 names and constants'])
      expect(reason).toContain(said)
  })

  it.each([
    ['cryptography is seen', { cryptography: { state: 'present', packages: ['crypto/aes'], objections: ['seen'] } }],
    ['it cannot be excluded', { cryptography: { state: 'unknown', objections: ['no table'] } }],
    [
      'the sources contradict each other',
      { cryptography: free, contradictions: [{ id: 'wrappers-without-module', text: 'names and no module' }] },
    ],
    ['another module of cryptography is there', { cryptography: free, module: 'unknown-boringssl' }],
    [
      "only the self-test of Go's own module is linked",
      { cryptography: { state: 'self-check-only', packages: ['crypto/tls/fipsonly'], objections: ['46752 bytes'] } },
    ],
  ] as const)('fails without a module where %s', (_, change) => expect(judge({ ...none, ...change }).verdict).toBe('fail'))

  it("says where only the self-test of Go's own module is linked", () => {
    const cryptography = { state: 'self-check-only', packages: [], objections: ['46752 bytes'] } as const
    expect(judge({ ...none, module: 'go-native-in-tree', integrity: 'intact', cryptography })).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/the import of crypto\/tls\/fipsonly brings that along \(46752 bytes\)/),
      remedy: expect.stringContaining('without the import'),
    })
  })

  describe("of Go's own module", () => {
    it('passes it where it is accepted, and says that its identity is claimed', () => {
      for (const expected of ['go-native', 'any-validated'] as const) {
        const { verdict, reason, notes } = judge(native, asOf, expected)
        expect(verdict).toBe('pass')
        for (const said of ['consistent in 2 places', 'certificate 5247 is Active', '«fips140=on»']) expect(reason).toContain(said)
        expect(notes).toContainEqual(expect.stringContaining('no digest of a certified build'))
        expect(notes).toContainEqual(expect.stringContaining('GODEBUG in the environment'))
      }
    })

    it.each([
      ['goboring is expected', {}, 'goboring', 'fail', 'another module than expected (goboring)'],
      ['the mode is off', { mode: 'off' }, 'go-native', 'fail', 'not in FIPS mode'],
      ['the mode depends', { mode: 'depends', dependsOn: ['the host'] }, 'go-native', 'inconclusive', 'depends on the host'],
      [
        'the mode was not read',
        { mode: 'unknown', godebugDefault: { state: 'unknown', reason: 'no code' } },
        'go-native',
        'inconclusive',
        'no code',
      ],
      ['it is modified', { integrity: 'modified' }, 'go-native', 'fail', 'the one of .go.fipsinfo is'],
      ['its integrity is unknown', { integrity: 'unknown' }, 'any-validated', 'inconclusive', 'not all of its bytes'],
      [
        'its sources contradict each other',
        { contradictions: [{ id: 'native-mixed', text: 'two states' }] },
        'any-validated',
        'fail',
        'two states',
      ],
      ['it is that of the tree', { module: 'go-native-in-tree' }, 'any-validated', 'fail', 'nobody validates'],
    ] as const)('where %s', (_, change, expected, verdict, said) => {
      expect(judge({ ...native, ...change }, asOf, expected)).toMatchObject({ verdict, reason: expect.stringContaining(said) })
    })

    it('fails a snapshot without a certificate', () => {
      const { certificate: _without, ...rest } = native
      expect(judge({ ...rest, module: 'go-native-v1.26.0' }, asOf, 'any-validated')).toMatchObject({
        verdict: 'fail',
        reason: expect.stringContaining('no certificate'),
      })
    })
  })

  it('fails BoringCrypto where another module is expected, naming it', () => {
    expect(judge(intact, asOf, 'go-native')).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('BoringCrypto fips-20220613'),
    })
    expect(judge(intact, asOf, 'any-validated').verdict).toBe('pass')
  })

  it('says from where calls lead into the module, is inconclusive where that was not seen, and fails where its wrappers lead nowhere', () => {
    expect(judge(intact).reason).toContain('calls lead into it from crypto/sha256.New at offset 4100')
    const calls = (state: 'none' | 'unseen' | 'unknown') => judge({ ...intact, calls: { state, reason: 'because of this' } })
    for (const state of ['unseen', 'unknown'] as const) {
      expect(calls(state)).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('because of this') })
    }
    expect(calls('none')).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('does not go through it: because of this') })
    const { calls: _calls, ...without } = intact
    expect(judge(without).verdict).toBe('inconclusive')
  })

  it('shows what a module of no known build proves itself, and fails it', () => {
    const unknown = { ...intact, module: 'unknown-boringssl', integrity: 'intact', identity: 'unknown' } as const
    expect(judge(unknown)).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/unchanged by its own MAC \(HMAC-SHA256 .*identity is not proven/),
    })
  })

  it.each(['missing', 'unreadable', 'truncated', 'too-large', 'empty', 'script', 'pe', 'mach-o', 'data', 'malformed', 'packed'] as const)(
    'is inconclusive for a file that is %s, never not-applicable',
    (state) => {
      expect(judge({ state, reason: 'because of this', path: '/bin/x' })).toMatchObject({
        verdict: 'inconclusive',
        reason: expect.stringContaining('because of this'),
      })
    },
  )
})

describe('a snapshot of certificates that the user names', () => {
  it('takes the place of the registry’s row of the same number, and of no other', () => {
    const row = certificateByNumber(4735)
    if (!row) throw new Error('no such row')
    const asOf = new Date('2026-11-22')
    const facts = { component: 'kubelet', executable: intact }
    expect(componentCarriesModule(facts, { asOf }).verdict).toBe('pass')
    expect(componentCarriesModule(facts, { asOf, certificates: [{ ...row, status: 'Revoked' }] }).verdict).toBe('fail')
    expect(componentCarriesModule(facts, { asOf, certificates: [{ ...row, number: 1, status: 'Revoked' }] }).verdict).toBe('pass')
  })
})
