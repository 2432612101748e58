import { describe, expect, it } from 'vitest'
import {
  type CallState,
  type CertificateState,
  type ExpectedModule,
  expectedModule,
  expectedModules,
  kindOfModule,
  type ModuleKind,
  stateOfCertificate,
  type VerdictCause,
  type VerdictKey,
  verdictFor,
  verdictRows,
} from './modules-verdicts.ts'

const modules: readonly ModuleKind[] = ['boring', 'unknown-boringssl', 'native', 'in-tree', 'openssl', 'openssl-provider', 'none']
const integrities: readonly VerdictKey['integrity'][] = ['intact', 'modified', 'unknown', 'n/a']
const modes: readonly VerdictKey['mode'][] = ['on', 'off', 'depends', 'unknown', 'n/a']
const certificates: readonly CertificateState[] = ['active', 'ended', 'stale', 'unclear', 'none']
const calls: readonly CallState[] = ['proven', 'none', 'unseen', 'unknown', 'n/a']
const expects = expectedModules

const cells: VerdictKey[] = modules.flatMap((module) =>
  integrities.flatMap((integrity) =>
    modes.flatMap((mode) =>
      certificates.flatMap((certificate) =>
        calls.flatMap((call) => expects.map((expected) => ({ module, integrity, mode, certificate, calls: call, expect: expected }))),
      ),
    ),
  ),
)

/** The verdict of a cell, written a second time and another way than the table: by what must hold for a pass, and by what is seen to be wrong. */
const byLaw = ({ module, integrity, mode, certificate, calls: call, expect: expected }: VerdictKey): 'pass' | 'fail' | 'inconclusive' => {
  const accepts: Record<ModuleKind, readonly ExpectedModule[]> = {
    boring: ['goboring', 'any-validated'],
    native: ['go-native', 'any-validated'],
    openssl: ['openssl', 'any-validated'],
    'openssl-provider': ['openssl', 'any-validated'],
    'in-tree': [],
    'unknown-boringssl': [],
    none: [],
  }
  if (!accepts[module].includes(expected)) return 'fail'
  if (module === 'openssl') return integrity === 'n/a' ? 'fail' : 'inconclusive'
  const hasMode = module === 'native' || module === 'openssl-provider'
  const wrong = integrity === 'modified' || certificate === 'none' || certificate === 'ended' || (hasMode && mode === 'off')
  if (wrong || (module === 'boring' && call === 'none')) return 'fail'
  const seen = integrity === 'intact' && certificate === 'active' && (module === 'boring' ? call === 'proven' : mode === 'on')
  return seen ? 'pass' : 'inconclusive'
}

describe('the table of verdicts', () => {
  it.each(modules.flatMap((module) => expects.map((expected) => [module, expected] as const)))('%s, expected %s', (module, expected) => {
    const own = cells.filter((key) => key.module === module && key.expect === expected)
    expect(own).toHaveLength(integrities.length * modes.length * certificates.length * calls.length)
    expect(own.filter((key) => verdictFor(key).verdict !== byLaw(key))).toEqual([])
  })

  it('passes in 30 cells and no more', () => {
    const passing = cells.filter((key) => verdictFor(key).verdict === 'pass')
    // For two expectations: BoringCrypto in any of five modes, with calls alone; the others with any of five calls, in mode on alone.
    expect(passing).toHaveLength(5 * 2 + 5 * 2 + 5 * 2)
    expect(new Set(passing.map(({ module, integrity, certificate }) => `${module} ${integrity} ${certificate}`))).toEqual(
      new Set(['boring intact active', 'native intact active', 'openssl-provider intact active']),
    )
  })

  it('uses every row', () => {
    const used = new Set(cells.map(verdictFor))
    expect(verdictRows.filter((row) => !used.has(row))).toEqual([])
  })
})

it.each<[string, Partial<VerdictKey>, VerdictCause]>([
  ['another validated module than expected', { module: 'native' }, 'other-module'],
  ['a modified one', { integrity: 'modified' }, 'modified'],
  ['one of the tree', { module: 'in-tree', certificate: 'none' }, 'not-validated'],
  ['mode off', { module: 'native', mode: 'off', expect: 'go-native' }, 'mode-off'],
  ['a mode that depends', { module: 'native', mode: 'depends', expect: 'go-native' }, 'mode-depends'],
  ['a mode that was not read', { module: 'native', mode: 'unknown', expect: 'any-validated' }, 'mode-unknown'],
  ['a snapshot without a certificate', { module: 'native', mode: 'on', certificate: 'none', expect: 'any-validated' }, 'no-certificate'],
  ['wrappers that lead nowhere', { calls: 'none' }, 'not-called'],
  ['calls that were not seen', { calls: 'unseen' }, 'calls-unseen'],
  ['a certificate that has ended', { certificate: 'ended' }, 'certificate-ended'],
  ['data that are too old', { certificate: 'stale' }, 'certificate-stale'],
  ['data that do not name the versions of a vendor', { certificate: 'unclear' }, 'certificate-unclear'],
  ['OpenSSL', { module: 'openssl', integrity: 'unknown', expect: 'openssl' }, 'library-not-seen'],
  ['OpenSSL without a FIPS provider', { module: 'openssl', integrity: 'n/a', expect: 'openssl' }, 'no-provider'],
  [
    'a FIPS provider of which files do not tell the mode',
    { module: 'openssl-provider', mode: 'depends', expect: 'openssl' },
    'mode-depends',
  ],
  ['no module', { module: 'none' }, 'no-module'],
])('names the cause for %s', (_, change, cause) => {
  const key: VerdictKey = { module: 'boring', integrity: 'intact', mode: 'n/a', certificate: 'active', calls: 'proven', expect: 'goboring' }
  expect(verdictFor({ ...key, ...change }).cause).toBe(cause)
})

it.each([
  ['boringcrypto-20220613', 'boring'],
  ['go-native-in-tree', 'in-tree'],
  ['go-native-v1.0.0-c2097c7c', 'native'],
  ['unknown-boringssl', 'unknown-boringssl'],
  ['openssl', 'openssl'],
  ['openssl-red-hat-9-3.0.7-395c1a240fbfffd8', 'openssl-provider'],
  ['none', 'none'],
] as const)('%s is of kind %s', (module, kind) => expect(kindOfModule(module)).toBe(kind))

it('takes a certificate for none where there is none', () => {
  const status = (verdict: 'pass' | 'fail' | 'inconclusive') => stateOfCertificate({ verdict, status: 'Active', reason: '', warnings: [] })
  expect([stateOfCertificate(undefined), status('pass'), status('fail'), status('inconclusive')]).toEqual([
    'none',
    'active',
    'ended',
    'stale',
  ])
})

it('expects goboring unless told otherwise, and nothing that it does not know', () => {
  expect([expectedModule(undefined), expectedModule('go-native')]).toEqual(['goboring', 'go-native'])
  expect(() => expectedModule('boring')).toThrow('boring')
})
