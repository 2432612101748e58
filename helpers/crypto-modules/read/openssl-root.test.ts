import { describe, expect, it } from 'vitest'
import { componentCarriesModule } from '../../rules/modules.ts'
import { type Environment, joinActivation, type KernelMode } from '../analyse/activation.ts'
import type { InspectedExecutable } from '../analyse/executable-facts.ts'
import { joinOpenssl } from '../analyse/join-openssl.ts'
import {
  macOf,
  madeConfiguration,
  madeFipsModuleConfiguration,
  madeLibcrypto,
  madeProvider,
  madeSealedProvider,
} from '../analyse/made-provider.ts'
import { analyseOpenssl } from '../analyse/openssl.ts'
import { type OpensslSearch, readOpenssl } from './openssl-root.ts'
import { type RootFiles, rootFiles } from './root-files.ts'

const asOf = new Date('2026-11-22T00:00:00Z')
const rootOf = (files: Readonly<Record<string, Uint8Array | string>>): RootFiles =>
  rootFiles(
    async (path) => {
      const content = files[path]
      return typeof content === 'string' ? new TextEncoder().encode(content) : content
    },
    async (folder) =>
      Object.keys(files).flatMap((path) =>
        path.slice(0, path.lastIndexOf('/')) === folder ? [path.slice(path.lastIndexOf('/') + 1)] : [],
      ),
  )

const provider = madeProvider()
const files = {
  '/usr/lib/x86_64-linux-gnu/libcrypto.so.3': madeLibcrypto(),
  '/usr/lib/libcrypto.so.1.1': madeLibcrypto('1.1.1'),
  '/usr/lib/ssl/openssl.cnf': madeConfiguration,
  '/usr/lib/ssl/fipsmodule.cnf': madeFipsModuleConfiguration(macOf(provider)),
  '/usr/lib/ossl-modules/fips.so': provider,
}

/** The facts as a replay of what is stored gives them. */
const replay = async (root: RootFiles, search: OpensslSearch = {}) => {
  const { data, blobs } = await readOpenssl(root, search)
  return analyseOpenssl({ data: JSON.parse(JSON.stringify(data)), bytes: (blob) => blobs[blob] ?? new Uint8Array() })
}

const program: InspectedExecutable = {
  state: 'inspected',
  path: '/bin/x',
  size: 1,
  sha256: 'ab',
  format: 'elf',
  arch: 'amd64',
  linking: 'dynamic',
  module: 'openssl',
  moduleName: 'OpenSSL of its environment',
  integrity: 'unknown',
  mode: 'depends',
  dependsOn: ['much'],
  identity: 'unknown',
  cryptography: { state: 'present', packages: [], objections: [] },
  fipsonly: 'no',
  wrappers: 'no',
  wrapperCount: 0,
  outside: [],
  contradictions: [],
  remarks: [],
}
const judged = async (changed: Readonly<Record<string, Uint8Array | string>>) => {
  const executable = joinOpenssl(program, await replay(rootOf(changed)))
  return { executable, outcome: componentCarriesModule({ component: 'x', executable, expect: 'openssl' }, { asOf }) }
}

describe('the OpenSSL that a program would load', () => {
  it('is found with its configuration and its provider, by what the library itself says', async () => {
    expect(await replay(rootOf(files))).toMatchObject({
      state: 'resolved',
      library: { path: '/usr/lib/x86_64-linux-gnu/libcrypto.so.3', version: '3.1.2', directory: '/usr/lib/ssl' },
      configuration: { path: '/usr/lib/ssl/openssl.cnf', active: ['fips', 'base'] },
      provider: { path: '/usr/lib/ossl-modules/fips.so', integrity: 'intact', certificate: 4985 },
      configured: 'on',
    })
  })

  it('keeps of the library only what it says', async () => {
    const { blobs } = await readOpenssl(rootOf(files))
    expect(blobs.library?.length).toBeLessThan(200)
    expect(blobs.provider).toEqual(provider)
  })

  it('is unresolved where no libcrypto is there, or one cannot be read', async () => {
    expect(await replay(rootOf({}))).toMatchObject({ state: 'unresolved', reason: expect.stringContaining('no libcrypto') })
    const failing = rootFiles(
      () => Promise.reject(new Error('permission denied')),
      async () => [],
    )
    expect(await replay(failing)).toEqual({ state: 'unresolved', reason: 'permission denied' })
  })
})

describe('a program that calls OpenSSL, judged with it', () => {
  it('depends on what no file decides, however sound the files are', async () => {
    const { executable, outcome } = await judged(files)
    expect(executable).toMatchObject({
      module: 'openssl-3.1.2',
      integrity: 'intact',
      mode: 'depends',
      identity: 'claimed',
      certificate: 4985,
    })
    expect(executable.dependsOn?.join()).toContain('OPENSSL_CONF')
    expect(outcome).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/would load the intact OpenSSL FIPS Provider 3\.1\.2.*its configuration, by which it is on/),
    })
  })

  it.each([
    ['a changed provider', { '/usr/lib/ossl-modules/fips.so': madeProvider({ version: '3.1.3' }) }, 'modified: the HMAC over its file'],
    ['no provider', { '/usr/lib/ossl-modules/fips.so': undefined }, 'nothing that is validated'],
    [
      'a version on no certificate',
      { '/usr/lib/ossl-modules/fips.so': madeSealedProvider({ version: '3.6.5' }).bytes },
      'which has no certificate',
    ],
    [
      'a certificate that has ended',
      { '/usr/lib/ossl-modules/fips.so': madeSealedProvider({ version: '3.0.9' }).bytes },
      'certificate 4282 is Historical',
    ],
  ] as const)('fails with %s', async (_, change, said) => {
    const present = Object.fromEntries(
      Object.entries({ ...files, ...change }).filter(([, content]) => content !== undefined),
    ) as typeof files
    expect((await judged(present)).outcome).toMatchObject({ verdict: 'fail', reason: expect.stringContaining(said) })
  })

  it('depends on the kernel as well where the configuration does not activate the provider', async () => {
    const sealed = madeSealedProvider({
      name: 'Red Hat Enterprise Linux 9 - OpenSSL FIPS Provider',
      version: '3.0.7-395c1a240fbfffd8',
    }).bytes
    const { executable } = await judged({ ...files, '/usr/lib/ossl-modules/fips.so': sealed, '/usr/lib/ssl/openssl.cnf': '' })
    expect(executable).toMatchObject({ module: 'openssl-red-hat-9-3.0.7-395c1a240fbfffd8', integrity: 'intact', certificate: 4857 })
    expect(executable.dependsOn?.join()).toMatch(/fips_enabled of the host.*it is off/)
  })

  it('stays inconclusive where none was found, and leaves other modules alone', async () => {
    const { outcome, executable } = await judged({})
    expect(executable.module).toBe('openssl')
    expect(outcome.verdict).toBe('inconclusive')
    const other = { ...program, module: 'boringcrypto-20220613' }
    expect(joinOpenssl(other, await replay(rootOf(files)))).toBe(other)
  })
})

it('is inconclusive with the provider of a vendor of whom the data do not tell which versions its certificates name', async () => {
  for (const [name, version, number] of [
    ['Ubuntu 22.04 OpenSSL Cryptographic Module', '3.0.5-0ubuntu0.1+Fips2.1', 4794],
    ['Rocky Linux 9 - OpenSSL FIPS Provider', 'Rocky9.20240402', 5116],
    ['Chainguard FIPS Provider for OpenSSL', '3.4.0', 5102],
  ] as const) {
    const { outcome, executable } = await judged({ ...files, '/usr/lib/ossl-modules/fips.so': madeSealedProvider({ name, version }).bytes })
    expect(executable.module.endsWith(`-${version}`)).toBe(true)
    expect(outcome).toMatchObject({ verdict: 'inconclusive', reason: expect.stringMatching(new RegExp(`its vendor holds .*${number}`)) })
  }
})

describe('the folders in which it is looked for', () => {
  const library = (path: string) => ({ [path]: madeLibcrypto('3.1.2', '/etc/ssl', '/m') })
  const found = async (more: Readonly<Record<string, Uint8Array | string>>, loader?: Partial<NonNullable<OpensslSearch['loader']>>) => {
    const facts = await replay(
      rootOf(more),
      loader ? { loader: { path: '/opt/app/bin/x', arch: 'amd64', rpath: [], runpath: [], ...loader } } : {},
    )
    return facts.state === 'resolved' ? facts.library.path : facts.state
  }

  it('are those of ld.so.conf, with what it includes, before what is built in', async () => {
    const configuration = {
      '/etc/ld.so.conf': '# x\ninclude /etc/ld.so.conf.d/*.conf\n/second\n',
      '/etc/ld.so.conf.d/b.conf': '/first # y\n',
      '/etc/ld.so.conf.d/c.text': '/never\n',
    }
    const places = ['/first/libcrypto.so.3', '/second/libcrypto.so.3', '/usr/lib/libcrypto.so.3']
    for (const [at, place] of places.entries()) {
      const left = Object.assign({}, ...places.slice(at).map(library), library('/never/libcrypto.so.3'))
      expect(await found({ ...configuration, ...left })).toBe(place)
    }
  })

  it('are first those that the program names, from where it lies', async () => {
    const all = { ...library('/opt/app/lib/libcrypto.so.3'), ...library('/r/libcrypto.so.3'), ...library('/usr/lib64/libcrypto.so.3') }
    expect(await found(all, { runpath: ['$ORIGIN/../lib'], rpath: ['/r'] })).toBe('/opt/app/lib/libcrypto.so.3')
    expect(await found(all, { rpath: ['/r'] })).toBe('/r/libcrypto.so.3')
    expect(await found(all, { rpath: ['relative', '/no/$PLATFORM'] })).toBe('/usr/lib64/libcrypto.so.3')
  })

  it('hold no library for another processor', async () => {
    const all = { ...library('/lib64/libcrypto.so.3'), ...library('/lib/libcrypto.so.1.1') }
    expect(await found(all, { arch: 'arm64' })).toBe('unresolved')
    expect(await found(all, {})).toBe('/lib64/libcrypto.so.3')
  })
})

describe('a program that calls OpenSSL, with its environment', () => {
  const joined = async (changed: Readonly<Record<string, Uint8Array | string>>, variables: Record<string, string>, kernel: KernelMode) => {
    const environment: Environment = { state: 'read', of: 'process', owner: 'process 7', variables }
    const executable = joinOpenssl(program, await replay(rootOf(changed), { environment: variables }))
    return joinActivation(executable, { environment, kernel })
  }
  const plain = {
    ...files,
    '/usr/lib/ssl/openssl.cnf': '.include /usr/lib/ssl/fipsmodule.cnf\nopenssl_conf = i\n[i]\nproviders = p\n[p]\nfips = fips_sect\n',
  }

  it.each([
    ['its configuration', files, {}, 'off', 'on'],
    ['GOFIPS', plain, { GOFIPS: '1' }, 'off', 'on'],
    ['GOLANG_FIPS', plain, { GOLANG_FIPS: '1' }, 'unknown', 'on'],
    ['GODEBUG before GOFIPS', plain, { GODEBUG: 'fips140=off', GOFIPS: '1' }, 'on', 'off'],
    ['the kernel', plain, {}, 'on', 'on'],
    ['nothing', plain, {}, 'off', 'off'],
    ['a kernel that is not in sight', plain, {}, 'unknown', 'depends'],
    ['a configuration that a variable names', { ...plain, '/other.cnf': madeConfiguration }, { OPENSSL_CONF: '/other.cnf' }, 'off', 'on'],
    ['a folder of modules where none is', files, { OPENSSL_MODULES: '/nowhere' }, 'on', 'depends'],
    ['a variable that was not followed', files, { OPENSSL_CONF: 'relative.cnf' }, 'on', 'depends'],
  ] as const)('is in the mode that %s decides', async (_, changed, variables, kernel, mode) => {
    expect((await joined(changed, variables, kernel)).mode).toBe(mode)
  })

  it('passes where all of it is known and sound, and fails where a variable turns it off', async () => {
    const judge = (executable: InspectedExecutable) => componentCarriesModule({ component: 'x', executable, expect: 'openssl' }, { asOf })
    expect(judge(await joined(files, {}, 'off'))).toMatchObject({
      verdict: 'pass',
      reason: expect.stringContaining('/usr/lib/ssl/openssl.cnf'),
    })
    expect(judge(await joined(files, { GOFIPS: '0' }, 'on'))).toMatchObject({
      verdict: 'fail',
      reason: expect.stringContaining('GOFIPS=0 in process 7'),
    })
  })
})
