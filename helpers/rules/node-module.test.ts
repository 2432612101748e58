import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { OpensslFacts } from '../crypto-modules/analyse/openssl.ts'
import type { OsRelease } from '../operating-system/analyse/os-release.ts'
import { type Package, parseNvra } from '../operating-system/analyse/packages.ts'
import { judgePackages, judgePolicy, loadsValidatedModule, moduleByPackages, type NodeModuleFacts } from './node-module.ts'

const asOf = new Date('2026-11-22T00:00:00Z')
const release = (id: string, versionId: string, prettyName: string): OsRelease => ({ id, like: [], versionId, prettyName })

/**
 * Images in FIPS mode, all with fips_enabled = 1: what one month's published package manifests say (plus3it/spel, 2026-06), and the answer that each deserves.
 */
const images: readonly [string, OsRelease, readonly string[], RegExp, 'pass' | 'fail'][] = [
  [
    'rhel-9',
    release('rhel', '9.8', 'RHEL 9.8'),
    ['openssl-fips-provider-3.0.7-11.el9_8.x86_64', 'openssl-fips-provider-so-3.0.7-11.el9_8.x86_64', 'openssl-libs-3.5.5-4.el9_8.x86_64'],
    /certificate 4857.*Active/,
    'pass',
  ],
  [
    'ol-9',
    release('ol', '9.8', 'Oracle Linux 9.8'),
    ['openssl-fips-provider-so-3.0.7-8.0.1.el9.x86_64', 'openssl-libs-3.5.5-4.0.1.el9_8.x86_64'],
    /certificate 4779.*Active/,
    'pass',
  ],
  [
    'alma-9',
    release('almalinux', '9.8', 'AlmaLinux 9.8'),
    ['openssl-fips-provider-3.5.5-4.el9_8.x86_64', 'openssl-libs-3.5.5-4.el9_8.x86_64'],
    /not on a certificate.*3\.5\.5.*4823/,
    'fail',
  ],
  [
    'rl-9',
    release('rocky', '9.8', 'Rocky Linux 9.8'),
    ['openssl-fips-provider-3.5.5-4.el9_8.x86_64', 'openssl-libs-3.5.5-4.el9_8.x86_64'],
    /not on a certificate.*5116/,
    'fail',
  ],
  [
    'centos-9stream',
    release('centos', '9', 'CentOS Stream 9'),
    ['openssl-fips-provider-3.5.5-3.el9.x86_64', 'openssl-libs-3.5.5-3.el9.x86_64'],
    /no certificate of this vendor/,
    'fail',
  ],
  [
    'amzn-2023',
    release('amzn', '2023', 'Amazon Linux 2023'),
    ['openssl-fips-provider-latest-3.5.5-1.amzn2023.0.5.x86_64', 'openssl-libs-3.5.5-1.amzn2023.0.5.x86_64'],
    /not on a certificate.*latest.*5021/,
    'fail',
  ],
  ['rhel-8', release('rhel', '8.10', 'RHEL 8.10'), ['openssl-libs-1.1.1k-16.el8_6.x86_64'], /certificate 4642.*Historical/, 'fail'],
  ['ol-8', release('ol', '8.10', 'Oracle Linux 8.10'), ['openssl-libs-1.1.1k-16.el8_6.x86_64'], /no certificate of this vendor/, 'fail'],
]

const packagesOf = (lines: readonly string[]): Package[] => lines.flatMap((line) => parseNvra(line) ?? [])

describe('eight images that all report fips_enabled = 1', () => {
  it.each(images)('%s', (_name, system, lines, words, verdict) => {
    const judged = judgePackages(moduleByPackages(system, packagesOf(lines)), { asOf })
    expect(judged.verdict).toBe(verdict)
    expect(judged.reason).toMatch(words)
  })

  it('judges RHEL 8 by the day: its certificate was Active until 2026-09-21', () => {
    const [, system, lines] = images.find(([name]) => name === 'rhel-8') ?? []
    const answer = system && lines && moduleByPackages(system, packagesOf(lines))
    expect(answer && judgePackages(answer, { asOf: new Date('2026-08-01T00:00:00Z') }).verdict).toBe('pass')
  })

  const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'spel')
  const manifests = existsSync(folder) ? readdirSync(folder) : []
  it('gives the whole manifests the same answers, where they are at hand', () => {
    for (const manifest of manifests) {
      const [, system, , words, verdict] = images.find(([name]) => manifest.includes(name)) ?? []
      if (!system || !words) throw new Error(`no row for ${manifest}`)
      const judged = judgePackages(moduleByPackages(system, packagesOf(readFileSync(join(folder, manifest), 'utf8').split('\n'))), { asOf })
      expect([manifest, judged.verdict]).toEqual([manifest, verdict])
      expect(judged.reason).toMatch(words)
    }
    expect([0, 8]).toContain(manifests.length)
  })
})

describe('judgePolicy', () => {
  const set = {
    state: 'set',
    configured: 'FIPS',
    applied: 'FIPS',
    base: 'FIPS',
    subPolicies: [],
    overrides: [],
    redefined: [],
    weak: [],
  } as const
  it.each([
    ['FIPS', set, 'pass'],
    ['a sub-policy that restricts', { ...set, configured: 'FIPS:OSPP', applied: 'FIPS:OSPP', subPolicies: ['OSPP'] }, 'pass'],
    ['a sub-policy that weakens', { ...set, configured: 'FIPS:SHA1', applied: 'FIPS:SHA1', subPolicies: ['SHA1'] }, 'fail'],
    ['another policy', { ...set, configured: 'DEFAULT', applied: 'DEFAULT', base: 'DEFAULT' }, 'fail'],
    ['one that was not applied', { ...set, applied: 'DEFAULT' }, 'fail'],
    ['an override', { ...set, overrides: ['opensshserver.config'] }, 'fail'],
    ['a definition of the node’s own', { ...set, redefined: ['/etc/crypto-policies/policies/FIPS.pol'] }, 'fail'],
    ['an algorithm that is not approved', { ...set, weak: ['group X25519'] }, 'fail'],
    ['one that could not be read', { state: 'unknown', reason: 'x' } as const, 'inconclusive'],
  ])('%s', (_case, policy, verdict) => {
    expect(judgePolicy(policy)?.verdict).toBe(verdict)
  })
})

describe('FIPS-NODE-3', () => {
  const provider = {
    name: 'Red Hat Enterprise Linux 9 - OpenSSL FIPS Provider',
    vendor: 'red-hat-9',
    version: '3.0.7-395c1a240fbfffd8',
    integrity: 'intact',
    mac: { style: 'none', key: '', computed: '' },
    certificate: 4857,
    remarks: [],
    path: '/usr/lib64/ossl-modules/fips.so',
    sha256: '00',
    size: 1,
  } as const
  const { certificate: _certificate, ...uncertified } = provider
  type Resolved = Extract<OpensslFacts, { state: 'resolved' }>
  const resolved = (own: Partial<Resolved>): Resolved => ({
    state: 'resolved',
    library: { path: '/usr/lib64/libcrypto.so.3', sha256: '00', version: '3.5.5' },
    configuration: {} as Resolved['configuration'],
    configured: 'on',
    dependsOn: [],
    overrides: {},
    remarks: [],
    ...own,
  })
  const facts = (own: Partial<NodeModuleFacts>): NodeModuleFacts => ({
    containerNode: false,
    release: release('rhel', '9.8', 'RHEL 9.8'),
    packages: packagesOf(['openssl-fips-provider-so-3.0.7-11.el9_8.x86_64']),
    openssl: resolved({ provider }),
    policy: { state: 'set', configured: 'FIPS', applied: 'FIPS', base: 'FIPS', subPolicies: [], overrides: [], redefined: [], weak: [] },
    kernel: '5.14',
    entropy: '',
    ...own,
  })
  it.each<[string, Partial<NodeModuleFacts>, string, RegExp]>([
    ['intact, Active, policy FIPS', {}, 'pass', /certificate 4857 is Active/],
    ['a provider that was altered', { openssl: resolved({ provider: { ...provider, integrity: 'modified' } }) }, 'fail', /was changed/],
    [
      'one whose MAC is unknown',
      { openssl: resolved({ provider: { ...provider, integrity: 'unknown' } }) },
      'inconclusive',
      /could not be told/,
    ],
    ['one on no certificate', { openssl: resolved({ provider: uncertified }) }, 'fail', /not on a certificate/],
    [
      'no provider',
      { openssl: resolved({ remarks: ['no FIPS provider is there'] }), release: release('debian', '12', 'Debian 12'), packages: [] },
      'fail',
      /no FIPS provider is installed/,
    ],
    [
      'a weakened policy',
      {
        policy: {
          state: 'set',
          configured: 'FIPS:SHA1',
          applied: 'FIPS:SHA1',
          base: 'FIPS',
          subPolicies: ['SHA1'],
          overrides: [],
          redefined: [],
          weak: [],
        },
      },
      'fail',
      /SHA1/,
    ],
    ['no OpenSSL to read', { openssl: { state: 'unresolved', reason: 'no libcrypto is there' } }, 'inconclusive', /no libcrypto/],
    ['a container node', { containerNode: true }, 'not-applicable', /container node/],
  ])('%s', (_case, own, verdict, words) => {
    const outcome = loadsValidatedModule(facts(own), { asOf })
    expect(outcome.verdict).toBe(verdict)
    expect(outcome.reason).toMatch(words)
  })
  it('names a contradiction between package and bytes', () => {
    const outcome = loadsValidatedModule(facts({ openssl: resolved({ provider: { ...provider, certificate: 4746 } }) }), { asOf })
    expect(outcome.notes.join(' ')).toMatch(/contradiction: the package points to certificate 4857, the bytes to 4746/)
  })
  it('says of which certificates the kernel’s module may be, and what they are worth today', () => {
    expect(loadsValidatedModule(facts({}), { asOf }).notes.join(' ')).toMatch(/kernel module: 4796 \(Historical\), 5034 \(Active\)/)
  })
})
