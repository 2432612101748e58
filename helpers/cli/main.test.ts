import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBundle } from '../evidence/bundle-writer.ts'
import { sampleFinding, sampleRun } from '../evidence/sample.ts'
import { main } from './main.ts'

let home: string
let stdout: string
let stderr: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'fips-conformance-main-'))
  vi.stubEnv('XDG_STATE_HOME', home)
  stdout = ''
  stderr = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

describe('main', () => {
  it.each([
    ['an unknown command', ['judge'], /error USAGE: unknown command 'judge'/],
    ['an unknown flag', ['run', '--colour'], /error USAGE: unknown option '--colour'/],
    ['a flag without its value', ['run', '--name'], /error USAGE: option '--name <name>' argument missing/],
    ['an unknown provider', ['up', '--provider', 'aws'], /error USAGE: .*Allowed choices are kind/],
    ['a report of nothing', ['report'], /error USAGE: missing required argument 'bundle'/],
    ['a bad name', ['run', '--name', 'A'], /^error SETTING_INVALID: "A" is no value for name\n {2}where: --name/],
    ['a bad requirement', ['run', '--require', 'FIPS-MOD,FIPS-X'], /^error REQUIREMENT_UNKNOWN: .* FIPS-X\n/],
    ['an unknown format', ['report', 'x', '--format', 'html,pdf'], /^error FORMAT_UNKNOWN: there is no report format pdf\n/],
    ['formats without a place', ['report', 'x', '--format', 'html,junit'], /^error OUT_MISSING/],
  ])('ends with 64 at %s', async (_case, argv, told) => {
    expect(await main(argv)).toBe(64)
    expect(stderr).toMatch(told)
    expect(stdout).toBe('')
  })

  it.each([[['--help']], [['run', '--help']], [['--version']]])('ends with 0 at %j', async (argv) => {
    expect(await main(argv)).toBe(0)
    expect(stdout).not.toBe('')
  })

  it('describes every command', async () => {
    await main(['--help'])
    for (const command of ['run', 'up', 'test', 'report', 'down', 'sweep', 'logs', 'doctor', 'setup'])
      expect(stdout).toMatch(new RegExp(`^ {2}${command}\\b.* {2}\\w`, 'm'))
  })

  it('tells an error to machines as one object on stdout, and to people on stderr', async () => {
    expect(await main(['test', '--name', 'none', '--json'])).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'CLUSTER_UNKNOWN', where: '--name none', exit: 3 } })
    expect(stdout.trimEnd()).not.toContain('\n')
    expect(stderr).toMatch(/^error CLUSTER_UNKNOWN/)
  })

  it('takes a path that cannot be used for the reader’s trouble, and anything else for a defect of its own', async () => {
    writeFileSync(join(home, 'file'), '')
    expect(await main(['report', join(home, 'none')])).toBe(3)
    vi.stubEnv('XDG_STATE_HOME', join(home, 'file', 'below'))
    expect(await main(['test', '--name', 'none'])).toBe(3)
  })

  it('leaves no listener for signals behind', async () => {
    const before = process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')
    await main(['test', '--name', 'none'])
    expect(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')).toBe(before)
  })
})

describe('report', () => {
  const bundle = async (finished: boolean): Promise<string> => {
    const writer = await createBundle({ root: home, runId: 'run-1' })
    const finding = sampleFinding('FIPS-MOD-1', 'pass')
    await writer.writeRun(sampleRun())
    await writer.writePlan({ claim: [], pairs: [{ requirement: finding.requirement, subject: finding.subject }] })
    if (finished) await writer.writeFindings([finding])
    return writer.dir
  }

  it('prints one format, and writes several where they shall go', async () => {
    const dir = await bundle(true)
    expect(await main(['report', dir, '--format', 'junit'])).toBe(0)
    expect(stdout).toMatch(/^<\?xml/)
    const out = join(home, 'out')
    expect(await main(['report', dir, '--format', 'html,junit', '--out', out])).toBe(0)
    expect(readdirSync(out)).toHaveLength(2)
  })

  it('is none of a run that was cut short', async () => {
    expect(await main(['report', await bundle(false)])).toBe(3)
    expect(stderr).toMatch(/^error BUNDLE_UNFINISHED/)
  })
})
