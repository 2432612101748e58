import { describe, expect, it } from 'vitest'
import type { InspectedExecutable, Uninspectable } from '../crypto-modules/analyse/executable-facts.ts'
import { componentCarriesModule } from './modules.ts'

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
  outside: [{ package: 'crypto/internal/fips140/tls13', what: 'TLS 1.3 key derivation' }],
  contradictions: [],
  remarks: [],
}

const { certificate: _certificate, proof: _proof, ...withoutModule } = intact
const none: InspectedExecutable = { ...withoutModule, module: 'none', moduleName: 'none', integrity: 'n/a', identity: 'n/a', wrappers: 'no' }

const judge = (executable: InspectedExecutable | Uninspectable, day = asOf) => componentCarriesModule({ component: 'kube-apiserver', executable }, { asOf: day })

describe('FIPS-MOD-1', () => {
  it('passes an intact module of an Active certificate, and says what was proven', () => {
    const { verdict, reason, remedy, notes } = judge(intact)
    expect({ verdict, remedy }).toEqual({ verdict: 'pass', remedy: '' })
    for (const said of ['boringcrypto-20220613', 'certificate 4735 is Active', 'FIPS 140-3', '2a218ae635bf1cd5...']) expect(reason).toContain(said)
    for (const said of [/caveat of certificate 4735: No assurance/, /tested operating environments .* unknown/, /outside the module is linked: TLS 1.3/, /second-hand/, /238 days old/, /repeat the HMAC/]) {
      expect(notes).toContainEqual(expect.stringMatching(said))
    }
  })

  it('notes a missing fipsonly and does not fail for it', () => {
    expect(judge({ ...intact, fipsonly: 'no' })).toMatchObject({ verdict: 'pass', notes: expect.arrayContaining([expect.stringContaining('fipsonly is not linked')]) })
  })

  it('warns before the sunset date and fails behind it', () => {
    // The data that ship with this version are too old by then to show an Active certificate, and old data do not save a certificate that has ended.
    expect(judge(intact, new Date('2029-07-22T00:00:00Z')).verdict).toBe('inconclusive')
    expect(judge(intact, new Date('2029-07-23T00:00:00Z'))).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('2029-07-22 has passed') })
  })

  it.each([
    ['a Historical certificate', { module: 'boringcrypto-20190808', certificate: 3678 }, 'certificate 3678 is Historical'],
    ['a certificate behind its sunset date', { module: 'boringcrypto-20210429', certificate: 4407 }, 'its sunset date 2026-09-21 has passed'],
    ['a certificate that is not in the data', { certificate: 1 }, 'nothing is known of its certificate 1'],
    ['a modified module', { integrity: 'modified', proof: { ...intact.proof!, computed: 'ffffffffffffffffffff' } }, 'modified: the HMAC over its bytes is ffffffffffffffff...'],
    ['a contradiction', { contradictions: [{ id: 'module-without-cgo', text: 'CGO_ENABLED=0 and yet a module' }] }, 'CGO_ENABLED=0 and yet a module'],
  ] as const)('fails %s', (_, change, reason) => {
    const outcome = judge({ ...intact, ...change })
    expect(outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining(reason) })
    expect(outcome.remedy).not.toBe('')
  })

  it('fails a build that was never certified', () => {
    const { certificate: _gone, ...uncertified } = intact
    expect(judge({ ...uncertified, module: 'boringcrypto-20220613-pre-certificate' })).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('has no certificate') })
  })

  it('fails a program without a module, with CGO_ENABLED=0 named where the build info asks for one', () => {
    expect(judge(none)).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('all 1000 bytes were searched') })
    const text = 'the build info says boringcrypto: CGO_ENABLED=0 is the usual cause'
    const asked = judge({ ...none, contradictions: [{ id: 'experiment-without-module', text }] })
    expect(asked).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('CGO_ENABLED=0'), remedy: expect.stringContaining('CGO_ENABLED=1') })
  })

  it('fails a module of no known build: names prove nothing', () => {
    expect(judge({ ...none, module: 'unknown-boringssl', integrity: 'unknown' })).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('identity is not proven') })
  })

  it('is inconclusive where nothing shows that the module is called', () => {
    expect(judge({ ...intact, wrappers: 'unknown' })).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('no table of Go functions') })
  })

  it.each(['missing', 'unreadable', 'truncated', 'too-large', 'empty', 'script', 'pe', 'mach-o', 'data', 'malformed', 'packed'] as const)('is inconclusive for a file that is %s, never not-applicable', (state) => {
    expect(judge({ state, reason: 'because of this', path: '/bin/x' })).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('because of this') })
  })
})
