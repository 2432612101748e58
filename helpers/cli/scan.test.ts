import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBundle } from '../evidence/read-bundle.ts'
import { derivedInput } from '../evidence/replay.ts'
import { goboring, plainGo } from '../scan/made-archive.ts'
import { type ScanFlags, scanCommand } from './scan.ts'

let folder = ''
const at = (name: string): string => join(folder, name)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-scan-cli-'))
  await mkdir(at('root'))
  await writeFile(at('root/plain'), plainGo())
  await writeFile(at('root/script'), '#!/bin/sh\n')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const run = async (targets: readonly string[], flags: ScanFlags = {}): Promise<{ exit: number; out: string; err: string }> => {
  let [out, err] = ['', '']
  const { exit } = await scanCommand(targets, flags, {
    signal: new AbortController().signal,
    write: (text) => {
      out += text
    },
    warn: (text) => {
      err += `${text}\n`
    },
    stream: {},
    tool: { name: 'fips-conformance', version: '0.0.0' },
  })
  return { exit, out, err }
}

describe('scan', () => {
  it('prints a table of at most 100 columns, with what was not judged', async () => {
    const { exit, out } = await run([at('root')])
    expect(exit).toBe(1)
    expect(out).toContain(`${at('root/plain')}\n  fail `)
    expect(out).toContain('judged: 1 file: 1 fail (expected: any-validated)')
    expect(out).toContain('not judged: 1 script')
    expect(out).toContain('Something that was judged fails.')
    for (const line of out.split('\n')) if (!line.startsWith('/')) expect(line.length).toBeLessThanOrEqual(100)
  })

  it('prints one object a line, and a last one when it did not get through', async () => {
    const whole = await run([at('root')], { json: true })
    const lines = whole.out
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map(({ path, verdict }) => [path, verdict])).toEqual([
      [at('root/plain'), 'fail'],
      [at('root/script'), 'not-applicable'],
    ])
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(
        expect.arrayContaining([
          'path',
          'sha256',
          'size',
          'format',
          'module',
          'integrity',
          'mode',
          'goboring',
          'verdict',
          'reason',
          'certificate',
          'outside',
          'contradictions',
          'proof',
        ]),
      )
    }
    const cut = await run([at('root'), at('missing')], { json: true })
    expect(cut.exit).toBe(3)
    expect(JSON.parse(cut.out.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      incomplete: true,
      error: { code: 'PATH_MISSING' },
      files: 2,
    })
    expect(cut.err).toContain('error PATH_MISSING')
  })

  it('leaves a bundle from which the reports are made', async () => {
    await writeFile(at('root/cut'), goboring().subarray(0, 900))
    const { exit, out } = await run([at('root')], { out: at('evidence'), format: ['junit'] })
    expect(exit).toBe(1)
    const dir = /^evidence: (.*)$/m.exec(out)?.[1] ?? ''
    const bundle = await readBundle(dir)
    expect(bundle.run).toMatchObject({ provider: 'scan', claim: ['FIPS-MOD'] })
    const found = (bundle.findings ?? []).map(({ requirement, subject, verdict }) => [requirement, subject.name, verdict])
    expect(found).toEqual([
      ['FIPS-MOD-1', at('root/cut'), 'inconclusive'],
      ['FIPS-MOD-1', at('root/plain'), 'fail'],
      ['FIPS-SELF-2', 'planted file: intact', 'pass'],
      ['FIPS-SELF-2', 'planted file: tampered', 'pass'],
      ['FIPS-SELF-2', 'planted file: decoy', 'pass'],
      ['FIPS-SELF-2', 'planted file: truncated', 'pass'],
    ])
    expect(await readFile(join(dir, 'reports/junit.xml'), 'utf8')).toContain('FIPS-MOD-1')
  })

  it('keeps files apart that are shown by the same path, and takes one that was named twice for one', async () => {
    await rm(at('root/plain'))
    for (const [byte, content] of [plainGo(), goboring().subarray(0, 900), plainGo(1)].entries())
      await writeFile(Buffer.concat([Buffer.from(at('root/')), Buffer.from([0xf0 + byte])]), content)
    const { out } = await run([at('root'), at('root')], { out: at('evidence'), format: [] })
    const { findings = [] } = await readBundle(/^evidence: (.*)$/m.exec(out)?.[1] ?? '')
    const own = findings.filter(({ requirement }) => requirement === 'FIPS-MOD-1')
    expect(own.map(({ verdict }) => verdict).toSorted()).toEqual(['fail', 'fail', 'inconclusive'])
    const key = `file:${at('root/\ufffd')}`
    expect(own.map(({ subject }) => subject.key).toSorted()).toEqual([key, `${key} (2)`, `${key} (3)`])
  })

  it('says the same as its bundle of files with one content, whichever of them was read first', async () => {
    await mkdir(at('root/below'))
    await writeFile(at('root/below/first-by-name'), plainGo())
    const { out } = await run([at('root')], { out: at('evidence'), format: [] })
    expect(out).toContain('judged: 2 files: 2 fail')
    const { findings = [] } = await readBundle(/^evidence: (.*)$/m.exec(out)?.[1] ?? '')
    const own = findings.filter(({ requirement }) => requirement === 'FIPS-MOD-1')
    expect(own.map(({ subject, verdict }) => [subject.name, verdict])).toEqual([
      [at('root/below/first-by-name'), 'fail'],
      [at('root/plain'), 'fail'],
    ])
  })

  it('takes waivers from a file', async () => {
    await writeFile(
      at('waivers.yaml'),
      'waivers:\n  - id: W-1\n    scope: { requirement: FIPS-MOD-1, subject: "**/plain" }\n    reason: r\n    owner: o\n    approver: a\n    ticket: T-1\n    created: 2026-11-01\n    expires: 2026-12-01\n',
    )
    const { exit, out } = await run([at('root')], { waivers: at('waivers.yaml'), asOf: '2026-11-22' })
    expect(exit).toBe(0)
    expect(out).toContain('fail, waived')
    expect(out).toContain('waiver W-1: 1 file covered')
  })

  it('shows waivers that have expired, which then fail, and warns of those that nothing needs', async () => {
    const waiver = (id: string, subject: string, created: string, expires: string): string =>
      `  - id: ${id}\n    scope: { requirement: FIPS-MOD-1, subject: "${subject}" }\n    reason: r\n    owner: o\n    approver: a\n    ticket: T-1\n    created: ${created}\n    expires: ${expires}\n`
    await writeFile(
      at('waivers.yaml'),
      `waivers:\n${waiver('OLD', '**/plain', '2026-01-01', '2026-02-01')}${waiver('UNUSED', '**/nothing', '2026-11-01', '2026-12-01')}`,
    )
    const { exit, out } = await run([at('root')], { waivers: at('waivers.yaml'), asOf: '2026-11-22' })
    expect(exit).toBe(1)
    expect(out).not.toContain('waived')
    expect(out).toContain('waiver OLD: 0 files covered; expired on 2026-02-01')
    expect(out).toContain('waiver UNUSED: 0 files covered; no finding is in its scope: remove it')
  })

  it.each([
    ['of scripts alone', () => ({ script: '#!/bin/sh\n' }), [], 2],
    ['with what fails', () => ({ plain: plainGo() }), [], 1],
    ['of which a target is missing', () => ({}), ['missing'], 3],
  ] as const)('and its bundle say the same of a scan %s', async (_, files, more, exit) => {
    await rm(at('root'), { recursive: true })
    await mkdir(at('root'))
    for (const [name, content] of Object.entries<string | Uint8Array>(files())) await writeFile(at(`root/${name}`), content)
    const scanned = await run([at('root'), ...more.map(at)], { out: at('evidence') })
    expect(scanned.exit).toBe(exit)
    const bundle = await readBundle(/^evidence: (.*)$/m.exec(scanned.out)?.[1] ?? '')
    expect(bundle.run.targets).toEqual([at('root'), ...more.map(at)])
    // A bundle knows no exit code 3: what could not be read stands in it as inconclusive.
    expect(derivedInput(bundle, bundle.findings ?? []).exit).toBe(exit === 3 ? 2 : exit)
  })

  it('looks for a place for the bundle before anything is read', async () => {
    for (const out of ['root/plain', 'root/plain/below'].map(at)) {
      let written = ''
      const work = run([at('root')], { out, json: true }).then(({ out: text }) => (written = text))
      await expect(work).rejects.toMatchObject({ code: 'OUT_UNUSABLE', trouble: { exit: 3, where: `--out ${out}` } })
      expect(written).toBe('')
    }
  })

  it.each([
    ['nothing to scan', [], {}, 'TARGET_MISSING'],
    ['an expectation that there is not', ['x'], { expect: 'fips' }, 'SETTING_INVALID'],
    ['a day that there is not', ['x'], { asOf: '2026-02-30' }, 'DATE_INVALID'],
    ['a format that there is not', ['x'], { format: ['pdf'], out: 'y' }, 'FORMAT_UNKNOWN'],
    ['reports without a bundle', ['x'], { format: ['html'] }, 'OUT_MISSING'],
    ['a waiver file that is missing', ['x'], { waivers: '/missing' }, 'FILE_UNREADABLE'],
    ['certificates that are none', ['x'], { certificates: import.meta.filename }, 'FILE_INVALID'],
    ['a bundle without digests', ['x'], { out: 'y', digest: 'none' }, 'SETTING_INVALID'],
  ] as const)('refuses %s', async (_what, targets, flags, code) => {
    await expect(run(targets, { ...flags, ...('format' in flags && { format: [...flags.format] }) } as ScanFlags)).rejects.toMatchObject({
      code,
      trouble: { exit: 64 },
    })
  })
})
