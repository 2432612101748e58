import { describe, expect, it } from 'vitest'
import { analyseOpensslDigests } from './behaviour.ts'
import { commandOf } from './commands.ts'
import { madeCommands } from './made-commands.ts'
import { parseNvra, parsePackages, providerPackage } from './packages.ts'
import { analyseUnitEnvironment, weakens } from './unit-environment.ts'
import { analyseVolumes } from './volumes.ts'

describe('commandOf', () => {
  it.each([
    ['a program that is not there', { exitCode: 127, stderr: 'no such program' }, 'absent'],
    ['a file that is not there', { exitCode: 1, stderr: 'cat: /x: No such file or directory' }, 'absent'],
    ['a file that may not be read', { exitCode: 1, stderr: 'cat: /x: Permission denied' }, 'ran'],
    ['one that took too long', { exitCode: 124 }, 'unknown'],
    ['one that did not come back', { exitCode: -1 }, 'unknown'],
    ['one that ended well', 'text', 'ran'],
  ])('%s', (_case, command, state) => {
    expect(commandOf(madeCommands({ it: command }), 'it').state).toBe(state)
  })
  it('says so where nobody asked', () => {
    expect(commandOf(madeCommands({}), 'it')).toEqual({ state: 'unknown', reason: 'it was not asked for' })
  })
})

describe('analyseOpensslDigests', () => {
  const sha256 = 'SHA2-256(stdin)= ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n'
  const refused = {
    exitCode: 1,
    stderr: 'Error setting digest\n40:error:0308010C:digital envelope routines:inner_evp_generic_fetch:unsupported\n',
  }
  it.each([
    ['a refusal', sha256, refused, 'refuses'],
    ['an answer', sha256, 'MD5(stdin)= 900150983cd24fb0d6963f7d28e17f72\n', 'accepts'],
    ['a refusal of everything', refused, refused, 'unknown'],
    ['a wrong control', 'SHA2-256(stdin)= 00\n', refused, 'unknown'],
    ['an answer that is none', sha256, 'MD5(stdin)= 00\n', 'unknown'],
    ['a digest with a bad exit code', sha256, { exitCode: 1, stdout: 'MD5(stdin)= 900150983cd24fb0d6963f7d28e17f72\n' }, 'unknown'],
    ['no openssl', { exitCode: 127 }, { exitCode: 127 }, 'unknown'],
  ])('%s', (_case, control, md5, state) => {
    expect(analyseOpensslDigests(madeCommands({ 'openssl-sha256': control, 'openssl-md5': md5 })).state).toBe(state)
  })
})

describe('packages', () => {
  it('reads both forms', () => {
    expect(parsePackages('openssl-libs\t3.0.7-1.el9\tRed Hat, Inc.\nbad\n')).toEqual([
      { name: 'openssl-libs', version: '3.0.7-1.el9', vendor: 'Red Hat, Inc.' },
    ])
    expect(parseNvra('openssl-fips-provider-so-3.0.7-11.el9_8.x86_64')).toEqual({
      name: 'openssl-fips-provider-so',
      version: '3.0.7-11.el9_8',
    })
    expect(parseNvra('AlmaLinux 9.8 (Olive Jaguar)')).toBeUndefined()
  })
  it('takes the package with the file before the one that only asks for it', () => {
    const packages = ['openssl-libs', 'openssl-fips-provider', 'openssl-fips-provider-so'].map((name) => ({ name, version: '1-1' }))
    expect(providerPackage(packages)?.name).toBe('openssl-fips-provider-so')
  })
})

describe('unit environment', () => {
  it.each([
    ['GODEBUG=fips140=off', true],
    ['GODEBUG=madvdontneed=1,fips140=off', true],
    ['GODEBUG=fips140=on', false],
    ['GODEBUG=tlsunsafeekm=1', true],
    ['GOLANG_FIPS=0', true],
    ['GOLANG_FIPS=1', false],
    ['OPENSSL_CONF=/dev/null', true],
    ['OPENSSL_CONF=/etc/ssl/openssl.cnf', false],
    ['OPENSSL_MODULES=/opt/x', true],
  ])('%s', (line, expected) => {
    const [setting] = analyseUnitEnvironment(madeCommands({ environment: `/etc/systemd/system/kubelet.service.d/x.conf:${line}\n` }))
    expect(setting && weakens(setting) !== undefined).toBe(expected)
  })
})

describe('analyseVolumes', () => {
  it.each([
    ['none', '', 'none'],
    ['LUKS2', 'device /dev/vda3\nVersion:       \t2\n  0: luks2\n\tPBKDF:      argon2id\n', 'encrypted'],
    ['LUKS1', 'device /dev/vda3\nVersion:       \t1\nCipher name:   \taes\n', 'encrypted'],
    ['a header that cannot be read', 'device /dev/vda3\n', 'unknown'],
    ['no lsblk', { exitCode: 3 }, 'unknown'],
  ])('%s', (_case, volumes, state) => {
    expect(analyseVolumes(madeCommands({ volumes })).state).toBe(state)
  })
})
