import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytesOfHex, hexOf } from '../crypto-modules/analyse/bytes.ts'
import { joinBytes, madeElf } from '../crypto-modules/analyse/made-elf.ts'
import {
  macOf,
  madeConfiguration,
  madeFipsModuleConfiguration,
  madeLibcrypto,
  madeProvider,
  withSection,
} from '../crypto-modules/analyse/made-provider.ts'
import { libgcryptKey, redHatHmacKey } from '../policy/modules-openssl.ts'
import { writeBundle } from './bundle.ts'
import type { FileLine } from './line.ts'
import { goboring, madeBuilds, madeDockerArchive, madeLayout, madeTar, opensslGo } from './made-archive.ts'
import { type ScanOptions, type ScanResult, scan } from './scan.ts'

let folder = ''
const at = (name: string): string => join(folder, name)
const put = async (files: Record<string, string | Uint8Array>): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(at(name)), { recursive: true })
    await writeFile(at(name), content)
  }
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-surroundings-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const options = (target: string, more: Partial<ScanOptions> = {}): ScanOptions => ({
  targets: [at(target)],
  expect: 'any-validated',
  all: false,
  asOf: new Date('2026-11-22T12:00:00Z'),
  digest: 'sha256',
  exclude: [],
  waivers: [],
  evidence: false,
  signal: new AbortController().signal,
  onLine: () => undefined,
  builds: madeBuilds,
  threads: 1,
  ...more,
})
const run = async (
  target: string,
  more: Partial<ScanOptions> = {},
): Promise<ScanResult & { line: (path: string) => FileLine | undefined }> => {
  const result = await scan(options(target, more))
  const lines = [...result.shown.map(({ line }) => line), ...result.others]
  return { ...result, line: (path) => lines.find((each) => each.path.endsWith(path)) }
}

const provider = madeProvider()
/** A root file system in which a Go program would load OpenSSL 3.1.2 with its provider. */
const root = (more: Record<string, string | Uint8Array> = {}): Record<string, string | Uint8Array> => ({
  'usr/bin/program': opensslGo(),
  'usr/lib64/libcrypto.so.3': madeLibcrypto('3.1.2', '/etc/ssl', '/usr/lib64/ossl-modules'),
  'usr/lib64/ossl-modules/fips.so': provider,
  'etc/ssl/openssl.cnf': madeConfiguration.replace('/usr/lib/ssl', '/etc/ssl'),
  'etc/ssl/fipsmodule.cnf': madeFipsModuleConfiguration(macOf(provider)),
  ...more,
})
const under = (name: string, files: Record<string, string | Uint8Array>): Record<string, string | Uint8Array> =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`${name}/${path}`, content]))

describe('a Go program that calls OpenSSL, in a directory with its root file system', () => {
  it('is judged with the library, the provider and the configuration that stand there; the environment decides', async () => {
    await put(under('root', root()))
    const { line, exit } = await run('root')
    expect(line('usr/bin/program')).toMatchObject({
      verdict: 'inconclusive',
      module: 'openssl-3.1.2',
      integrity: 'intact',
      mode: 'depends',
      dependsOn: expect.arrayContaining([expect.stringContaining('GODEBUG'), expect.stringContaining('by which it is on')]),
      certificate: { number: 4985 },
    })
    expect(exit).toBe(2)
  })

  it('fails with a provider that was changed', async () => {
    await put(under('root', root({ 'usr/lib64/ossl-modules/fips.so': joinBytes(provider, Uint8Array.of(1)) })))
    expect((await run('root')).line('usr/bin/program')).toMatchObject({ verdict: 'fail', integrity: 'modified' })
  })

  it('is not judged by what stands outside, wherever links lead', async () => {
    const { 'usr/lib64/libcrypto.so.3': library, ...others } = root()
    await put({ ...under('root', others), 'outside/libcrypto.so.3': library ?? '' })
    await symlink('../../../outside/libcrypto.so.3', at('root/usr/lib64/libcrypto.so.3'))
    expect((await run('root')).line('usr/bin/program')).toMatchObject({ verdict: 'inconclusive', module: 'openssl', integrity: 'unknown' })
  })

  it('is unresolved where the library cannot be had', async () => {
    await put({ 'bin/program': opensslGo() })
    expect((await run('bin')).line('program')).toMatchObject({
      verdict: 'inconclusive',
      module: 'openssl',
      notes: expect.arrayContaining([expect.stringContaining('no libcrypto')]),
    })
  })

  it('is judged the same way from the bundle alone', async () => {
    await put(under('root', root({ 'usr/bin/other': joinBytes(opensslGo(), new Uint8Array(16)) })))
    const given = options('root', { evidence: true })
    const { builds: _builds, ...own } = given
    const result = await scan(own)
    const { findings, bundle } = await writeBundle(result, {
      out: at('out'),
      runId: 'one',
      tool: { name: 'test', version: '0' },
      startedAt: new Date('2026-11-22T12:00:00Z'),
      scan: own,
    })
    const judged = findings.filter(({ requirement }) => requirement === 'FIPS-MOD-1')
    expect(judged.map(({ subject, verdict, reason }) => [subject.name, verdict, reason])).toEqual(
      result.shown.map(({ line }) => [line.path, line.verdict, line.reason.replace(/^(?:program|other) /, `${line.path} `)]),
    )
    expect(bundle).toContain('one')
  })
})

describe('a program of an image', () => {
  const layer = (files: Record<string, string | Uint8Array> = root()): Promise<Uint8Array> => madeTar(Object.entries(files))

  it.each([
    ['nothing more', ['PATH=/bin'], 'pass', 'on'],
    ['GOFIPS=0', ['GOFIPS=0'], 'fail', 'off'],
    ['a configuration elsewhere', ['OPENSSL_CONF=/etc/other.cnf'], 'inconclusive', 'depends'],
  ] as const)('is judged with the environment of the image: %s', async (_, environment, verdict, mode) => {
    await put(under('layout', madeLayout([{ tar: await layer(), compression: 'gzip' }], environment)))
    expect((await run('layout')).line('program')).toMatchObject({ verdict, mode, module: 'openssl-3.1.2' })
    const archive = await madeDockerArchive([await layer()], environment)
    await put({ 'plain.tar': archive, 'stream.tar.gz': gzipSync(archive) })
    for (const name of ['plain.tar', 'stream.tar.gz']) expect((await run(name)).line('program'), name).toMatchObject({ verdict, mode })
  })

  it('is told what GODEBUG does to a goboring program', async () => {
    await put(under('layout', madeLayout([{ tar: await layer({ 'bin/boring': goboring() }) }], ['GODEBUG=fips140=on'])))
    expect((await run('layout')).line('boring')?.notes).toContainEqual(expect.stringContaining('ends with that as it starts'))
  })
})

describe('libraries beside programs', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value)
  const library = madeElf({ type: 3, segments: [{ rights: 'rx', bytes: joinBytes(text(`${libgcryptKey}\0`), new Uint8Array(100)) }] })
  const keyed = (key: string): string => macOf(library, hexOf(text(key)))
  const sealed = withSection(
    library,
    '.note.fdo.integrity',
    joinBytes(bytesOfHex('0400000020000000cafe2a8e46444f00'), bytesOfHex(keyed(libgcryptKey))),
  ).bytes

  it('are named as what they are, with what their own checks say', async () => {
    const side = `[global]\nformat-version = 1\n[libgnutls.so.30]\npath = /usr/lib64/libgnutls.so.30\nhmac = ${keyed(redHatHmacKey)}\n`
    const changed = sealed.slice()
    changed[library.length - 1] = 7
    await put(
      under(
        'root',
        root({
          'usr/lib64/libgcrypt.so.20': sealed,
          'opt/libgcrypt.so.20': changed,
          'usr/lib64/libgnutls.so.30.33.1': library,
          'usr/lib64/.libgnutls.so.30.hmac': side,
          'usr/lib64/libgmp.so.10': library,
          'usr/lib64/.libgmp.so.10.hmac': 'ab'.repeat(32),
        }),
      ),
    )
    const { line } = await run('root', { all: true })
    const notes = (path: string): string => line(path)?.notes.join('|') ?? 'no line'
    expect(notes('usr/lib64/libgcrypt.so.20')).toContain('by the note in it: unchanged')
    expect(notes('opt/libgcrypt.so.20')).toContain('by the note in it: modified')
    expect(notes('libgnutls.so.30.33.1')).toContain('by .libgnutls.so.30.hmac: unchanged')
    expect(notes('libgmp.so.10')).toContain('by .libgmp.so.10.hmac: modified')
    expect(line('fips.so')).toMatchObject({ module: 'openssl-3.1.2', integrity: 'intact', certificate: { number: 4985 } })
  })
})
