import { describe, expect, it } from 'vitest'
import { analyseCryptoPolicy } from './crypto-policy.ts'
import { type MadeCommand, madeCommands } from './made-commands.ts'

const link = (name: string, policy = 'FIPS'): string =>
  `lrwxrwxrwx. 1 root root 40 May  1 00:00 ${name}.config -> /usr/share/crypto-policies/${policy}/${name}.txt\n`
const file = (name: string): string => `-rw-r--r--. 1 root root 40 May  1 00:00 ${name}.config\n`
const digest = (path: string, digit: string): string => `${digit.repeat(64)}  ${path}\n`
const p11Kit = 'file nss-p11-kit.config\nname=p11-kit-proxy\nlibrary=p11-kit-proxy.so\n\n'

const honest = {
  'policy-config': '# words\nFIPS\n',
  'policy-current': 'FIPS\n',
  'policy-back-ends': `total 0\n${link('openssl')}${link('openssh')}`,
  'policy-local': '',
  'policy-definitions': '',
  'policy-dump': '# Policy FIPS dump\ncipher = AES-256-GCM AES-128-GCM\ngroup = SECP256R1 SECP384R1\nhash@rpm = SHA1\n',
}
const analyse = (own: Record<string, MadeCommand>) => analyseCryptoPolicy(madeCommands({ ...honest, ...own }))
const nothing = { overrides: [], redefined: [], weak: [] }

describe('a policy as its vendor ships it', () => {
  it.each<[string, Record<string, MadeCommand>, object]>([
    ['FIPS', {}, { configured: 'FIPS', applied: 'FIPS', base: 'FIPS', subPolicies: [] }],
    [
      'FIPS with the file that NSS brings along, so that one back end is written',
      { 'policy-back-ends': `${link('openssl')}${file('nss')}`, 'policy-local': p11Kit },
      { configured: 'FIPS' },
    ],
    [
      'FIPS with a sub-policy, so that every back end is written',
      { 'policy-config': 'FIPS:OSPP\n', 'policy-current': 'FIPS:OSPP\n', 'policy-back-ends': `${file('openssl')}${file('openssh')}` },
      { configured: 'FIPS:OSPP', subPolicies: ['OSPP'] },
    ],
    [
      'a sub-policy on a line of its own',
      { 'policy-config': 'FIPS\nOSPP\n', 'policy-current': 'FIPS:OSPP\n', 'policy-back-ends': file('openssl') },
      { configured: 'FIPS:OSPP', applied: 'FIPS:OSPP' },
    ],
    [
      'a back end that was copied, byte for byte',
      {
        'policy-back-ends': file('openssl'),
        'policy-digests': `${digest('/etc/crypto-policies/back-ends/openssl.config', 'a')}${digest('/usr/share/crypto-policies/FIPS/openssl.txt', 'a')}`,
      },
      {},
    ],
  ])('%s', (_case, own, expected) => {
    expect(analyse(own)).toMatchObject({ state: 'set', ...nothing, ...expected })
  })
})

describe('what stands in the way of it', () => {
  it.each<[string, Record<string, MadeCommand>, object]>([
    [
      'a back end that was written by hand',
      { 'policy-back-ends': `${link('openssl')}${file('opensshserver')}` },
      { overrides: ['opensshserver.config'] },
    ],
    ['a back end of another policy', { 'policy-back-ends': link('openssl', 'LEGACY') }, { overrides: ['openssl.config'] }],
    [
      'a back end with other bytes than the vendor’s',
      {
        'policy-back-ends': file('openssl'),
        'policy-digests': `${digest('/etc/crypto-policies/back-ends/openssl.config', 'a')}${digest('/usr/share/crypto-policies/FIPS/openssl.txt', 'b')}`,
      },
      { overrides: ['openssl.config'] },
    ],
    [
      'a local file that says more than where modules are',
      { 'policy-local': 'file gnutls-weak.config\n[overrides]\nsecure-hash = md5\n' },
      { overrides: ['gnutls-weak.config'] },
    ],
    [
      'a policy of the vendor’s name and somebody else’s content',
      { 'policy-definitions': '/etc/crypto-policies/policies/FIPS.pol\n/etc/crypto-policies/policies/modules/UNUSED.pmod\n' },
      { redefined: ['/etc/crypto-policies/policies/FIPS.pol'] },
    ],
    [
      'a sub-policy of that kind',
      {
        'policy-config': 'FIPS:OSPP\n',
        'policy-current': 'FIPS:OSPP\n',
        'policy-back-ends': '',
        'policy-definitions': '/etc/crypto-policies/policies/modules/OSPP.pmod\n',
      },
      { redefined: ['/etc/crypto-policies/policies/modules/OSPP.pmod'] },
    ],
    ['what is not approved', { 'policy-dump': 'group = X25519 SECP256R1\nhash = SHA2-256 MD5\n' }, { weak: ['group X25519', 'hash MD5'] }],
  ])('%s', (_case, own, expected) => {
    expect(analyse(own)).toMatchObject({ state: 'set', ...nothing, ...expected })
  })
})

it('tells «there is none» from «it could not be read»', () => {
  expect(analyse({ 'policy-config': { exitCode: 1, stderr: 'cat: x: No such file or directory' } }).state).toBe('none')
  expect(analyse({ 'policy-config': '# nothing\n' }).state).toBe('unknown')
  expect(analyse({ 'policy-config': { exitCode: -1 } }).state).toBe('unknown')
})
