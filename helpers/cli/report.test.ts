import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { reports } from '../../reports/index.ts'
import { createBundle } from '../evidence/bundle-writer.ts'
import { sealedBundle } from '../evidence/made-bundle.ts'
import { sampleFinding, sampleRun } from '../evidence/sample.ts'
import { reportFormats } from './file-commands.ts'
import { report } from './report.ts'

let root: string
let bundle: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'report-'))
  const writer = await createBundle({ root, runId: 'run-1' })
  await writer.writePlan({ claim: ['FIPS-MOD'], pairs: [] })
  await writer.writeRun(sampleRun())
  await writer.writeFindings([sampleFinding('FIPS-MOD-1', 'fail')])
  bundle = writer.dir
})
afterEach(() => rm(root, { recursive: true }))

it('names in its help the formats that there are', () => {
  expect(reportFormats.split(', ')).toEqual(Object.keys(reports))
})

it('gives one format on stdout', async () => {
  expect((await report(bundle, { format: ['csv'] })).text).toContain('"FIPS-MOD-1","yes","fail"')
})

it('writes every format, each to its file', async () => {
  await report(bundle, { format: Object.keys(reports), out: join(root, 'out'), since: bundle })
  expect((await readdir(join(root, 'out'))).sort()).toEqual(
    Object.values(reports)
      .map(({ file }) => file)
      .sort(),
  )
})

it('never writes into a bundle, by whatever name', async () => {
  await symlink(bundle, join(root, 'link'))
  for (const out of [bundle, join(bundle, 'reports'), join(bundle, 'new', 'deep'), join(root, 'link', 'x'), `${bundle}/../run-1/y`])
    await expect(report(bundle, { format: ['csv'], out })).rejects.toMatchObject({ trouble: { code: 'OUT_IN_BUNDLE', exit: 64 } })
  expect(await readdir(bundle)).not.toContain('new')
})

it('tells where it cannot write', async () => {
  await writeFile(join(root, 'file'), '')
  const out = join(root, 'file')
  await expect(report(bundle, { format: ['csv'], out })).rejects.toMatchObject({ code: 'OUT_UNUSABLE', trouble: { exit: 3 } })
})

it.each([
  ['a link', symlink],
  ['a hard link', link],
])('writes into no file of a bundle that %s leads to', async (_what, lead) => {
  const findings = join(bundle, 'findings.json')
  const before = await readFile(findings, 'utf8')
  await mkdir(join(root, 'out'))
  await lead(findings, join(root, 'out', 'report.html'))
  await report(bundle, { format: ['html'], out: join(root, 'out') })
  expect(await readFile(findings, 'utf8')).toBe(before)
  expect(await readFile(join(root, 'out', 'report.html'), 'utf8')).toMatch(/^<!doctype html>/i)
})

it('tells of a bundle that was judged by something in another shape, as of one that is damaged', async () => {
  await writeFile(join(bundle, 'policy', 'waivers.json'), '{"x":1}')
  await expect(report(bundle, { format: ['csv'] })).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED', trouble: { exit: 3 } })
})

it('makes no document of a sealed bundle that was changed', async () => {
  const dir = await sealedBundle(join(root, 'sealed'), 'r1')
  const findings = join(dir, 'findings.json')
  expect((await report(dir, { format: ['csv'] })).text).toContain('FIPS-NODE-1')
  await writeFile(findings, (await readFile(findings, 'utf8')).replace('"reason":"', '"reason":"all is well: '))
  await expect(report(dir, { format: ['csv'] })).rejects.toMatchObject({ code: 'BUNDLE_NOT_AS_SEALED', trouble: { exit: 3 } })
})

it.each(['manifest.json', 'manifest.dsse.json'])('makes no document of a bundle whose seal has lost its %s', async (file) => {
  const dir = await sealedBundle(join(root, 'sealed'), 'r1')
  await rm(join(dir, file))
  await expect(report(dir, { format: ['csv'] })).rejects.toMatchObject({ code: 'BUNDLE_NOT_AS_SEALED', trouble: { exit: 3 } })
})

it('writes into the decision record where the overview is, and holds no place open for it', async () => {
  const uri = 'https://trust.example.com/overview.json'
  const overview = async (flags: object): Promise<unknown> =>
    JSON.parse((await report(bundle, { format: ['sdr'], ...flags })).text).certificationPackageOverviewUri
  expect(await overview({ overview: uri })).toBe(uri)
  expect(await overview({})).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
})

it.each([
  [{ format: ['sdr'], overview: '/overview.json' }, 'URI_INVALID'],
  [{ format: ['sdr'], overview: 'https://trust.example.com/a b' }, 'URI_INVALID'],
  [{ format: ['pdf'] }, 'FORMAT_UNKNOWN'],
  [{ format: ['csv', 'html'] }, 'OUT_MISSING'],
])('refuses %j', async (flags, code) => {
  await expect(report(bundle, flags)).rejects.toMatchObject({ trouble: { code } })
})
