import { describe, expect, it } from 'vitest'
import { componentCarriesModule } from '../../rules/modules.ts'
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
import { type RootFiles, readOpenssl } from './openssl-root.ts'

const asOf = new Date('2026-11-22T00:00:00Z')
const rootOf = (files: Readonly<Record<string, Uint8Array | string>>): RootFiles => ({
  read: async (path) => {
    const content = files[path]
    return typeof content === 'string' ? new TextEncoder().encode(content) : content
  },
})

const provider = madeProvider()
const files = {
  '/usr/lib/x86_64-linux-gnu/libcrypto.so.3': madeLibcrypto(),
  '/usr/lib/libcrypto.so.1.1': madeLibcrypto('1.1.1'),
  '/usr/lib/ssl/openssl.cnf': madeConfiguration,
  '/usr/lib/ssl/fipsmodule.cnf': madeFipsModuleConfiguration(macOf(provider)),
  '/usr/lib/ossl-modules/fips.so': provider,
}

/** The facts as a replay of what is stored gives them. */
const replay = async (root: RootFiles) => {
  const { data, blobs } = await readOpenssl(root)
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
  dependsOn: 'much',
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
    const failing: RootFiles = { read: () => Promise.reject(new Error('permission denied')) }
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
    expect(executable.dependsOn).toContain('OPENSSL_CONF')
    expect(outcome).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/would load the intact OpenSSL FIPS Provider 3\.1\.2.*by its configuration it is on/),
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
    expect(executable.dependsOn).toMatch(/fips_enabled of the host.*it is off/)
  })

  it('stays inconclusive where none was found, and leaves other modules alone', async () => {
    const { outcome, executable } = await judged({})
    expect(executable.module).toBe('openssl')
    expect(outcome.verdict).toBe('inconclusive')
    const other = { ...program, module: 'boringcrypto-20220613' }
    expect(joinOpenssl(other, await replay(rootOf(files)))).toBe(other)
  })
})
