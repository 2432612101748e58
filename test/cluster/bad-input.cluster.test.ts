import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, json } from './cli.ts'
import { belongings } from './leftovers.ts'

type Failure = { error: { code: string; what: string; why?: string; remedy?: string } }

const scratch = mkdtempSync(join(tmpdir(), 'bad-input-'))
let before: string[]
beforeAll(() => {
  before = belongings()
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('bad input: a message, a stable code, an exit code, and nothing left', () => {
  it.each([
    [['run', '--bogus'], 64, undefined],
    [['run', '--kubernetes-version', 'banana'], 64, 'VERSION_MALFORMED'],
    [['run', '--nodes', '0'], 64, 'SETTING_INVALID'],
    [['run', '--name', 'Not_A_Name'], 64, 'SETTING_INVALID'],
    [['run', '--require', 'FIPS-NONE'], 64, 'REQUIREMENT_UNKNOWN'],
    [['run', '--config', join(scratch, 'absent.yaml')], 64, 'CONFIG_UNREADABLE'],
    [['run', '--kubernetes-version', 'v1.20.0+fips.0'], 3, 'KUBERNETES_UNKNOWN'],
    [['run', '--etcd-version', '3.4.13+fips.0'], 3, 'ETCD_VERSION_UNKNOWN'],
    [['run', '--node-image', 'fips-conformance/no-such-image:1'], 3, 'IMAGE_NOT_FOUND'],
    [['report', join(scratch, 'absent')], 3, 'BUNDLE_DAMAGED'],
    [['report', join(scratch, 'absent'), '--format', 'pdf'], 64, 'FORMAT_UNKNOWN'],
  ] as const)('%j', async (argv, exit, code) => {
    const ended = await cli(code ? [...argv, '--json'] : argv)
    expect(ended.exit, ended.stderr).toBe(exit)
    if (code) {
      const { error } = json<Failure>(ended)
      expect(error.code).toBe(code)
      expect(error.what.length).toBeGreaterThan(10)
      expect(ended.stderr).toContain(`error ${code}:`)
    }
    expect(belongings()).toEqual(before)
  })

  it('a settings file with an unknown setting', async () => {
    const file = join(scratch, 'settings.yaml')
    writeFileSync(file, 'nodes: 1\ncolour: blue\n')
    const ended = await cli(['run', '--config', file, '--json'])
    expect(ended.exit).toBe(64)
    expect(json<Failure>(ended).error.code).toBe('SETTING_UNKNOWN')
  })

  it('an engine that does not answer', async () => {
    const ended = await cli(['run', '--json'], { env: { DOCKER_HOST: `unix://${join(scratch, 'no.sock')}` } })
    expect(ended.exit, ended.stderr).toBe(3)
    expect(json<Failure>(ended).error).toMatchObject({ code: expect.stringMatching(/^DOCKER_/), remedy: expect.any(String) })
  })

  it('a place without room', async () => {
    const small = join(scratch, 'small')
    mkdirSync(small)
    const [program = '', ...more] = process.getuid?.() === 0 ? ['env'] : ['sudo', '-n']
    execFileSync(program, [...more, 'mount', '-t', 'tmpfs', '-o', 'size=2m,mode=1777', 'tmpfs', small])
    try {
      const ended = await cli(['run', '--json'], { env: { XDG_CACHE_HOME: small } })
      expect(ended.exit, ended.stderr).toBe(3)
      expect(json<Failure>(ended).error.code).toMatch(/^DISK_/)
    } finally {
      execFileSync(program, [...more, 'umount', small])
    }
    expect(belongings()).toEqual(before)
  })

  it('a place for evidence that cannot be written to', async () => {
    const file = join(scratch, 'a-file')
    writeFileSync(file, '')
    const ended = await cli(['run', '--out', file, '--json'])
    expect(ended.exit, ended.stderr).toBe(3)
    expect(belongings()).toEqual(before)
  })
})
