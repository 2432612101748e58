import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { joinBytes } from '../crypto-modules/analyse/made-elf.ts'
import type { FileLine } from './line.ts'
import { goboring, madeBuilds, madeDockerArchive, madeLayout, madeTar, notGo, plainGo } from './made-archive.ts'
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
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-scan-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const run = async (
  targets: readonly string[],
  more: Partial<ScanOptions> = {},
): Promise<ScanResult & { lines: FileLine[]; verdictsByPath: Record<string, string> }> => {
  const lines: FileLine[] = []
  const result = await scan({
    targets: targets.map(at),
    expect: 'any-validated',
    all: false,
    asOf: new Date('2026-11-22T12:00:00Z'),
    digest: 'sha256',
    exclude: [],
    waivers: [],
    evidence: false,
    signal: new AbortController().signal,
    onLine: (line) => lines.push(line),
    builds: madeBuilds,
    threads: 1,
    ...more,
  })
  const verdictsByPath = Object.fromEntries(
    lines.map(({ path, verdict }): [string, string] => [path.slice(folder.length + 1), verdict]).toSorted(),
  )
  return { ...result, lines, verdictsByPath }
}

describe('single files', () => {
  it.each([
    ['a goboring program passes', goboring(), 'pass', 0],
    ['a Go program without a module fails', plainGo(), 'fail', 1],
    ['a program that is cut is inconclusive', goboring().subarray(0, 900), 'inconclusive', 2],
    ['a program that is not of Go is inventory, so nothing is judged', notGo(), 'not-applicable', 2],
    ['a script is not applicable, so nothing is judged', '#!/bin/sh\n', 'not-applicable', 2],
    ['data are not applicable, so nothing is judged', 'text', 'not-applicable', 2],
    ['an empty file is not applicable', '', 'not-applicable', 2],
    [
      'a program for Windows is inconclusive',
      joinBytes(new TextEncoder().encode('MZ'), new Uint8Array(58), Uint8Array.from([64, 0, 0, 0]), new TextEncoder().encode('PE\0\0')),
      'inconclusive',
      2,
    ],
  ] as const)('%s', async (_what, content, verdict, exit) => {
    await put({ file: content })
    const { lines, exit: code } = await run(['file'])
    expect(lines).toMatchObject([{ path: at('file'), verdict }])
    expect(code).toBe(exit)
  })

  it('have every key, with the digest and the command that repeats the proof', async () => {
    await put({ "it's": goboring() })
    const [line] = (await run(["it's"])).lines
    expect(line).toMatchObject({
      format: 'elf',
      module: 'boringcrypto-20990101',
      integrity: 'intact',
      goboring: 'pass',
      certificate: { number: 4735, standard: 'FIPS 140-3', status: 'Active' },
      outside: [],
      contradictions: [],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(line?.proof?.command).toContain(`'${at("it'\\''s")}'`)
  })

  it('are judged for the day asked for', async () => {
    await put({ file: goboring() })
    const { lines, exit } = await run(['file'], { asOf: new Date('2029-07-23T00:00:00Z') })
    expect(lines).toMatchObject([{ verdict: 'fail', goboring: 'pass', certificate: { status: 'Historical' } }])
    expect(exit).toBe(1)
  })

  it('fail with another module than the one that is expected, and name it', async () => {
    await put({ file: goboring() })
    expect((await run(['file'], { expect: 'goboring' })).exit).toBe(0)
    const { lines, exit } = await run(['file'], { expect: 'go-native' })
    expect(lines).toMatchObject([{ verdict: 'fail', reason: expect.stringContaining('20990101') }])
    expect(exit).toBe(1)
  })

  it('are judged without a digest all the same', async () => {
    await put({ file: goboring() })
    expect((await run(['file'], { digest: 'none' })).lines).toMatchObject([{ verdict: 'pass', sha256: null, integrity: 'intact' }])
  })

  it('follow a link that the user named', async () => {
    await put({ file: goboring() })
    await symlink('file', at('link'))
    expect((await run(['link'])).lines).toMatchObject([{ path: at('link'), verdict: 'pass' }])
  })
})

describe('directories', () => {
  it('are walked without following links, and count what was not opened', async () => {
    await put({
      'root/bin/good': goboring(),
      'root/bin/bad': plainGo(),
      'root/lib/library.so': notGo(),
      'root/etc/script': '#!/bin/sh\n',
      'root/etc/data': 'x',
      'root/man.gz': gzipSync('x'),
      'outside/secret': plainGo(7),
    })
    await symlink('../../outside', at('root/etc/away'))
    await symlink('good', at('root/bin/link'))
    const { verdictsByPath, counts, passed, exit } = await run(['root'])
    expect(verdictsByPath).toEqual({
      'root/bin/bad': 'fail',
      'root/bin/good': 'pass',
      'root/etc/data': 'not-applicable',
      'root/etc/script': 'not-applicable',
      'root/lib/library.so': 'not-applicable',
      'root/man.gz': 'not-applicable',
    })
    expect(counts).toMatchObject({ files: 6, judged: 2, inventory: 1, scripts: 1, data: 1, archives: 1 })
    expect(passed.symlinks).toBe(2)
    expect(exit).toBe(1)
  })

  it('analyse each content once, under all of its names', async () => {
    await put({ 'root/a': goboring(), 'root/b': goboring(), 'root/c': plainGo() })
    await link(at('root/a'), at('root/d'))
    const { counts, lines } = await run(['root'])
    expect(counts).toMatchObject({ judged: 4, contents: 2 })
    expect(lines.filter(({ verdict }) => verdict === 'pass').map(({ path, proof }) => proof?.command.includes(`'${path}'`))).toEqual([
      true,
      true,
      true,
    ])
  })

  it('leave out what is excluded, and count it', async () => {
    await put({ 'root/bin/good': goboring(), 'root/test/bad': plainGo(), 'root/bin/x.debug': plainGo(1) })
    const { passed, exit } = await run(['root'], { exclude: ['test/**', '*.debug'] })
    expect(passed.excluded).toBe(2)
    expect(exit).toBe(0)
  })

  it('judge libraries and programs that are not of Go with --all, and hash data', async () => {
    await put({ 'root/lib.so': notGo(), 'root/data': 'x' })
    const { lines, exit, shown } = await run(['root'], { all: true })
    expect(lines.find(({ format }) => format === 'elf')?.role).toBe('judged')
    expect(lines.find(({ format }) => format === 'data')?.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(shown).toHaveLength(2)
    expect(exit).not.toBe(0)
  })

  it('keep names that are not UTF-8', async () => {
    await put({ 'root/x': 'x' })
    await writeFile(Buffer.concat([Buffer.from(at('root/')), Buffer.from([0xff, 0x61])]), goboring())
    expect((await run(['root'])).verdictsByPath).toMatchObject({ 'root/\ufffda': 'pass' })
  })

  it('give the same lines with threads', async () => {
    for (let index = 0; index < 450; index++)
      await put({ [`root/${index}`]: index % 3 === 0 ? goboring(index % 5) : index % 3 === 1 ? plainGo(index % 7) : `text ${index}` })
    const alone = await run(['root'])
    const together = await run(['root'], { threads: 2 })
    const sorted = (lines: readonly FileLine[]): FileLine[] => lines.toSorted((a, b) => (a.path < b.path ? -1 : 1))
    expect(sorted(together.lines)).toEqual(sorted(alone.lines))
    expect(together.counts).toEqual(alone.counts)
    expect(alone.counts.contents).toBe(5 + 7)
  })
})

const layers = async (): Promise<[Uint8Array, Uint8Array]> => [
  await madeTar([
    ['usr/bin/kept', goboring()],
    ['usr/bin/replaced', plainGo()],
    ['usr/bin/removed', plainGo(1)],
    ['opt/all', plainGo(2)],
    [{ name: 'bin', type: 'symlink', linkname: 'usr/bin' }],
  ]),
  await madeTar([
    ['usr/bin/replaced', goboring(1)],
    ['usr/bin/.wh.removed', ''],
    ['opt/.wh..wh..opq', ''],
    ['bin/added', goboring(2)],
    ['../../../escaped', goboring(3)],
  ]),
]
const visible = { 'usr/bin/kept': 'pass', 'usr/bin/replaced': 'pass', 'usr/bin/added': 'pass', escaped: 'pass' }
const below = (prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(visible)
      .map(([path, verdict]): [string, string] => [`${prefix}/${path}`, verdict])
      .toSorted(),
  )

describe('images', () => {
  it.each([undefined, 'gzip', 'zstd'] as const)('in an OCI layout with layers compressed by %s', async (compression) => {
    const made = madeLayout((await layers()).map((tar) => ({ tar, ...(compression && { compression }) })))
    await put(Object.fromEntries(Object.entries(made).map(([path, bytes]) => [`oci/${path}`, bytes])))
    await put({ 'oci.tar': await madeTar(Object.entries(made)) })
    const directory = await run(['oci'])
    expect(directory.verdictsByPath).toEqual(below('oci'))
    expect(directory.exit).toBe(0)
    expect((await run(['oci.tar'])).verdictsByPath).toEqual(below('oci.tar'))
  })

  it('of which a directory is left out with all below it', async () => {
    await put({
      'root.tar': await madeTar([
        ['usr/lib/x/bad', plainGo()],
        ['usr/library', goboring()],
        ['usr/bin/good', goboring(1)],
      ]),
    })
    const { verdictsByPath, passed } = await run(['root.tar'], { exclude: ['usr/lib', 'bin'] })
    expect(verdictsByPath).toEqual({ 'root.tar/usr/library': 'pass' })
    expect(passed.excluded).toBe(2)
  })

  it('as docker saves them, plain and compressed', async () => {
    const tar = await madeDockerArchive(await layers())
    await put({ 'image.tar': tar, 'image.tar.gz': gzipSync(tar) })
    expect((await run(['image.tar'])).verdictsByPath).toEqual(below('image.tar'))
    expect((await run(['image.tar.gz'])).verdictsByPath).toEqual(below('image.tar.gz'))
  })

  it('whose compressed layers stand in a compressed archive', async () => {
    const made = madeLayout((await layers()).map((tar, index) => ({ tar, compression: index === 0 ? 'gzip' : 'zstd' })))
    await put({ 'oci.tgz': gzipSync(await madeTar(Object.entries(made))) })
    expect((await run(['oci.tgz'])).verdictsByPath).toEqual(below('oci.tgz'))
  })

  it('and archives of root file systems', async () => {
    const tar = await madeTar([
      ['bin/good', goboring()],
      ['bin/.wh.good', 'no whiteout here'],
    ])
    await put({ 'root.tar': tar, 'root.tar.gz': gzipSync(tar) })
    expect((await run(['root.tar'])).verdictsByPath).toEqual({ 'root.tar/bin/.wh.good': 'not-applicable', 'root.tar/bin/good': 'pass' })
    expect((await run(['root.tar.gz'])).verdictsByPath).toEqual({
      'root.tar.gz/bin/.wh.good': 'not-applicable',
      'root.tar.gz/bin/good': 'pass',
    })
  })
})

describe('what cannot be read whole', () => {
  it('is told with a code, and exits with 3', async () => {
    await put({ good: goboring() })
    const { troubles, exit, lines } = await run(['missing', 'good'])
    expect(troubles).toMatchObject([{ code: 'PATH_MISSING' }])
    expect(lines).toMatchObject([{ verdict: 'pass' }])
    expect(exit).toBe(3)
  })

  it.each(['image.tar', 'image.tar.gz'])('keeps what was read of the broken archive %s', async (name) => {
    const [first, second] = await layers()
    const tar = await madeDockerArchive([first, second])
    const cut = tar.subarray(0, 512 + first.length + 2048)
    await put({ [name]: name.endsWith('gz') ? gzipSync(cut) : cut })
    const { troubles, exit, verdictsByPath } = await run([name])
    expect(troubles).toMatchObject([{ code: 'ARCHIVE_BROKEN' }])
    expect(exit).toBe(3)
    if (name.endsWith('gz')) expect(verdictsByPath).toMatchObject({ [`${name}/usr/bin/kept`]: 'pass' })
  })

  it('keeps the layers below one that is broken', async () => {
    const [first] = await layers()
    const made = madeLayout([
      { tar: first, compression: 'gzip' },
      { tar: first.subarray(0, 4000), compression: 'gzip' },
    ])
    await put(Object.fromEntries(Object.entries(made).map(([path, bytes]) => [`oci/${path}`, bytes])))
    const { troubles, exit, verdictsByPath } = await run(['oci'])
    expect(troubles).toMatchObject([{ code: 'ARCHIVE_BROKEN' }])
    expect(verdictsByPath).toMatchObject({ 'oci/usr/bin/kept': 'pass' })
    expect(exit).toBe(3)
  })

  it('is a layer that is missing, cut, or that lies outside the layout', async () => {
    const [first] = await layers()
    const made = madeLayout([{ tar: first }])
    const [blob = ''] = Object.keys(made)
    const { [blob]: bytes, ...rest } = made
    await put({ ...Object.fromEntries(Object.entries(rest).map(([path, content]) => [`oci/${path}`, content])), outside: bytes ?? '' })
    expect((await run(['oci'])).troubles).toMatchObject([{ code: 'ARCHIVE_BROKEN', trouble: { why: 'the layer is not there' } }])
    await symlink(at('outside'), at(`oci/${blob}`))
    expect((await run(['oci'])).troubles).toMatchObject([{ code: 'ARCHIVE_BROKEN', trouble: { why: 'the layer is not there' } }])
    await rm(at(`oci/${blob}`))
    await put({ [`oci/${blob}`]: first.subarray(0, 512) })
    expect((await run(['oci'])).troubles).toMatchObject([{ trouble: { why: expect.stringContaining('its manifest says') } }])
  })

  it.each(['layer', 'config', 'manifest'] as const)(
    'is a %s that is not what its digest says, in a directory and in an archive',
    async (what) => {
      const made = madeLayout([{ tar: await madeTar([['good', goboring()]]) }], ['A=b'])
      const [layer = '', config = '', manifest = ''] = Object.keys(made)
      const path = { layer, config, manifest }[what]
      const bytes = made[path]?.slice() ?? new Uint8Array()
      // Of the layer a byte that stands for nothing; of the documents one of a name that nobody reads.
      const place = what === 'layer' ? 300 : new TextDecoder().decode(bytes).indexOf('"linux"') + 1 || bytes.lastIndexOf(0x76)
      bytes[place] = (bytes[place] ?? 0) ^ 1
      const changed = { ...made, [path]: bytes }
      await put({
        good: goboring(1),
        ...Object.fromEntries(Object.entries(changed).map(([name, content]) => [`oci/${name}`, content])),
        'oci.tar': await madeTar(Object.entries(changed)),
      })
      for (const target of ['oci', 'oci.tar']) {
        const { exit, troubles } = await run(['good', target])
        expect([exit, troubles], target).toMatchObject([
          3,
          [
            {
              code: 'ARCHIVE_BROKEN',
              trouble: { where: expect.stringContaining(path), why: expect.stringContaining('it is named by another') },
            },
          ],
        ])
      }
    },
  )

  it('is an index that names blobs by anything but a digest', async () => {
    await put({
      'oci/oci-layout': '{"imageLayoutVersion":"1.0.0"}',
      'oci/index.json': JSON.stringify({ manifests: [{ digest: 'sha256:../../../etc/passwd' }] }),
    })
    const { troubles, exit } = await run(['oci'])
    expect(troubles).toMatchObject([{ code: 'ARCHIVE_BROKEN', trouble: { why: expect.stringContaining('no digest') } }])
    expect(exit).toBe(3)
  })

  it.each([
    ['image.tar', ''],
    ['image.tar', '<html>404</html>'],
    ['image.tar.gz', gzipSync('no archive')],
    ['image.tgz', gzipSync(plainGo()).subarray(0, 100)],
    ['image.tar.zst', zstdCompressSync(plainGo()).subarray(0, 40)],
  ] as const)('is what is called %s and holds no archive, beside a target that passes', async (name, content) => {
    await put({ good: goboring(), [name]: content })
    const { exit, troubles } = await run(['good', name])
    expect([exit, troubles.map(({ code, trouble }) => [code, trouble.where])]).toEqual([3, [['ARCHIVE_BROKEN', at(name)]]])
  })

  it('is a layout whose index is not in it, beside a target that passes', async () => {
    await put({ good: goboring(), 'oci/oci-layout': '{"imageLayoutVersion":"1.0.0"}', 'elsewhere/index.json': '{"manifests":[]}' })
    await symlink('../elsewhere/index.json', at('oci/index.json'))
    const { exit, troubles } = await run(['good', 'oci'])
    expect([exit, troubles.map(({ code }) => code)]).toEqual([3, ['ARCHIVE_BROKEN']])
  })

  it('is a file whose path leads round in circles', async () => {
    await put({
      'root.tar': await madeTar([
        ['good', goboring()],
        [{ name: 'a', type: 'symlink', linkname: 'b' }],
        [{ name: 'b', type: 'symlink', linkname: 'a' }],
        ['a/bad', plainGo()],
      ]),
    })
    const { exit, verdictsByPath } = await run(['root.tar'])
    expect([exit, verdictsByPath]).toEqual([2, { 'root.tar/a/bad': 'inconclusive', 'root.tar/good': 'pass' }])
  })

  it('does not hold a compressed bomb in memory', async () => {
    const bomb = gzipSync(
      joinBytes(
        (await madeTar([['zeros', new Uint8Array(64 * 1024 * 1024)]])).subarray(0, 512),
        new Uint8Array(64 * 1024 * 1024),
        new Uint8Array(1024),
      ),
    )
    await put({
      'bomb.tar.gz': bomb,
      ...Object.fromEntries(
        Object.entries(madeLayout([{ tar: await madeTar([['good', goboring()]]) }])).map(([path, bytes]) => [`oci/${path}`, bytes]),
      ),
    })
    const before = process.memoryUsage().arrayBuffers
    expect((await run(['bomb.tar.gz'])).verdictsByPath).toEqual({ 'bomb.tar.gz/zeros': 'not-applicable' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(160 * 1024 * 1024)
  })
})

describe('waivers', () => {
  const waiver = {
    id: 'W-1',
    scope: { requirement: 'FIPS-MOD-1', subject: '**/bad' },
    reason: 'r',
    owner: 'o',
    approver: 'a',
    ticket: 't',
    created: '2026-11-01',
    expires: '2026-12-01',
  }

  it('cover a fail, which stays visible', async () => {
    await put({ 'root/good': goboring(), 'root/bad': plainGo() })
    const { lines, verdicts, exit } = await run(['root'], { waivers: [waiver] })
    expect(lines.find(({ verdict }) => verdict === 'fail')?.waiver).toBe('W-1')
    expect(verdicts).toMatchObject({ fail: 1, waived: 1 })
    expect(exit).toBe(0)
  })

  it('cover nothing once they have expired, and never what is inconclusive', async () => {
    await put({ 'root/good': goboring(), 'root/bad': plainGo() })
    expect((await run(['root'], { waivers: [{ ...waiver, expires: '2026-11-20' }] })).exit).toBe(1)
    await put({ 'root/bad': goboring().subarray(0, 900) })
    expect((await run(['root'], { waivers: [waiver] })).exit).toBe(2)
  })
})

it('ends early when it is interrupted, and says so', async () => {
  await put({ 'root/good': goboring() })
  expect((await run(['root'], { signal: AbortSignal.abort() })).cut).toBe(true)
})

it('catches what it plants', async () => {
  await put({ good: goboring() })
  expect((await run(['good'])).selfProof.map(({ plant, outcome }) => [plant, outcome.verdict])).toEqual([
    ['intact', 'pass'],
    ['tampered', 'pass'],
    ['decoy', 'pass'],
    ['truncated', 'pass'],
  ])
})
