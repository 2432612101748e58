import type { InspectedExecutable } from '../crypto-modules/analyse/executable-facts.ts'
import type { ModuleCalls } from '../crypto-modules/analyse/module-calls.ts'
import type { CertificateStatus } from '../policy/certificates.ts'
import { inTreeModule } from '../policy/modules-native.ts'
import type { Verdict } from '../policy/verdict.ts'

/** Which module a component has to carry. `any-validated`: whichever has an Active certificate. */
export const expectedModules = ['goboring', 'go-native', 'openssl', 'any-validated'] as const
export type ExpectedModule = (typeof expectedModules)[number]

/** The expectation that a plan names for a component; goboring where it names none. @throws where it names no known one */
export const expectedModule = (named: string | undefined): ExpectedModule => {
  const known = expectedModules.find((each) => each === (named ?? 'goboring'))
  if (known === undefined) throw new Error(`no module can be expected by the name ${named}`)
  return known
}

/** Modules as far as verdicts tell them apart. `native` is a snapshot of Go's own module, `in-tree` its state in the toolchain's tree, which nobody validates; `openssl` is one that was not resolved or has no FIPS provider. */
export type ModuleKind = 'boring' | 'unknown-boringssl' | 'native' | 'in-tree' | 'openssl' | 'openssl-provider' | 'none'

/** What the certificate says for the day: `stale` where the data are too old to tell, `unclear` where they do not tell which version a vendor's certificate names. */
export type CertificateState = 'active' | 'ended' | 'stale' | 'unclear' | 'none'

export type CallState = ModuleCalls['state'] | 'n/a'

export type VerdictKey = {
  module: ModuleKind
  integrity: InspectedExecutable['integrity']
  mode: InspectedExecutable['mode']
  certificate: CertificateState
  /** Whether the program's cryptography goes through the module; n/a for one of which calls are not followed. */
  calls: CallState
  expect: ExpectedModule
}

/** Why a verdict is what it is; the words for each stand in rules/modules.ts. */
export type VerdictCause =
  | 'no-module'
  | 'unknown-build'
  | 'modified'
  | 'not-validated'
  | 'other-module'
  | 'no-certificate'
  | 'certificate-ended'
  | 'mode-off'
  | 'not-called'
  | 'integrity-unknown'
  | 'certificate-stale'
  | 'certificate-unclear'
  | 'mode-depends'
  | 'mode-unknown'
  | 'calls-unseen'
  | 'library-not-seen'
  | 'no-provider'
  | 'validated'

export type VerdictRow = {
  when: { readonly [Key in keyof VerdictKey]?: readonly VerdictKey[Key][] }
  verdict: Exclude<Verdict, 'not-applicable'>
  cause: VerdictCause
}

/**
 * Verdicts by module, integrity, mode, certificate, calls and expectation: the first row that fits decides, a column that a row does not name fits always.
 * What is seen to be wrong comes before what could not be seen, and only the last two rows pass.
 */
export const verdictRows: readonly VerdictRow[] = [
  { when: { module: ['none'] }, verdict: 'fail', cause: 'no-module' },
  { when: { module: ['unknown-boringssl'] }, verdict: 'fail', cause: 'unknown-build' },
  { when: { module: ['boring', 'native', 'in-tree', 'openssl-provider'], integrity: ['modified'] }, verdict: 'fail', cause: 'modified' },
  { when: { module: ['in-tree'] }, verdict: 'fail', cause: 'not-validated' },
  { when: { module: ['boring'], expect: ['go-native', 'openssl'] }, verdict: 'fail', cause: 'other-module' },
  { when: { module: ['native'], expect: ['goboring', 'openssl'] }, verdict: 'fail', cause: 'other-module' },
  { when: { module: ['openssl', 'openssl-provider'], expect: ['goboring', 'go-native'] }, verdict: 'fail', cause: 'other-module' },
  { when: { module: ['openssl'], integrity: ['n/a'] }, verdict: 'fail', cause: 'no-provider' },
  { when: { module: ['openssl'] }, verdict: 'inconclusive', cause: 'library-not-seen' },
  { when: { certificate: ['none'] }, verdict: 'fail', cause: 'no-certificate' },
  { when: { certificate: ['ended'] }, verdict: 'fail', cause: 'certificate-ended' },
  { when: { module: ['native', 'openssl-provider'], mode: ['off'] }, verdict: 'fail', cause: 'mode-off' },
  { when: { module: ['boring'], calls: ['none'] }, verdict: 'fail', cause: 'not-called' },
  { when: { integrity: ['unknown', 'n/a'] }, verdict: 'inconclusive', cause: 'integrity-unknown' },
  { when: { certificate: ['stale'] }, verdict: 'inconclusive', cause: 'certificate-stale' },
  { when: { certificate: ['unclear'] }, verdict: 'inconclusive', cause: 'certificate-unclear' },
  { when: { module: ['native', 'openssl-provider'], mode: ['depends'] }, verdict: 'inconclusive', cause: 'mode-depends' },
  { when: { module: ['native', 'openssl-provider'], mode: ['unknown', 'n/a'] }, verdict: 'inconclusive', cause: 'mode-unknown' },
  { when: { module: ['boring'], calls: ['unseen', 'unknown', 'n/a'] }, verdict: 'inconclusive', cause: 'calls-unseen' },
  { when: { module: ['boring'], integrity: ['intact'], certificate: ['active'], calls: ['proven'] }, verdict: 'pass', cause: 'validated' },
  {
    when: { module: ['native', 'openssl-provider'], integrity: ['intact'], certificate: ['active'], mode: ['on'] },
    verdict: 'pass',
    cause: 'validated',
  },
]

const fits = <Key extends keyof VerdictKey>(row: VerdictRow, key: VerdictKey, column: Key): boolean => {
  const wanted: readonly VerdictKey[Key][] | undefined = row.when[column]
  return wanted === undefined || wanted.includes(key[column])
}

const columns = ['module', 'integrity', 'mode', 'certificate', 'calls', 'expect'] as const

/** The row that decides. */
export const verdictFor = (key: VerdictKey): VerdictRow => {
  const row = verdictRows.find((each) => columns.every((column) => fits(each, key, column)))
  if (row === undefined) throw new Error(`no verdict for ${JSON.stringify(key)}`)
  return row
}

/** The kind of a module by its id, as analysis names it. */
export const kindOfModule = (module: string): ModuleKind => {
  if (module === 'none' || module === 'openssl' || module === 'unknown-boringssl') return module
  if (module === inTreeModule) return 'in-tree'
  if (module.startsWith('openssl-')) return 'openssl-provider'
  return module.startsWith('go-native-') ? 'native' : 'boring'
}

/** What a certificate's status on the day means for the table. */
export const stateOfCertificate = (status: CertificateStatus | undefined): CertificateState => {
  switch (status?.verdict) {
    case undefined:
      return 'none'
    case 'pass':
      return 'active'
    case 'fail':
      return 'ended'
    case 'inconclusive':
      return 'stale'
  }
}
