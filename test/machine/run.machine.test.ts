import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, type Ended, findingsOf, json, root, verdictsOf } from '../cluster/cli.ts'
import { machineBelongings } from './leftovers.ts'

type Result = { bundle: string; exit: number; seconds: Record<string, number> }

const scratch = mkdtempSync(join(tmpdir(), 'machine-run-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const claim = 'FIPS-MOD,FIPS-TLS,FIPS-SSH,FIPS-NODE-1,FIPS-NODE-4,FIPS-PERM'

describe('run, one machine with a kernel of its own in FIPS mode, on a host that may have none', () => {
  let before: string[]
  let ended: Ended
  let result: Result

  beforeAll(async () => {
    before = await machineBelongings()
    ended = await cli(['run', '--provider', 'machine', '--require', claim, '--out', scratch, '--json'])
    result = json<Result>(ended)
  })

  it('proves what it claims', () => {
    expect(ended.exit, ended.stderr).toBe(0)
    expect(verdictsOf(findingsOf(relative(root, result.bundle), 'FIPS-NODE-1'))).toEqual({ pass: 1 })
    expect(verdictsOf(findingsOf(relative(root, result.bundle), 'FIPS-MOD-1'))).toEqual({ pass: 16, 'not-applicable': 2 })
    for (const id of ['FIPS-TLS-1', 'FIPS-TLS-2', 'FIPS-TLS-3'])
      expect(verdictsOf(findingsOf(relative(root, result.bundle), id)).fail, id).toBeUndefined()
  })

  it('leaves nothing inconclusive in what it claims', () => {
    const claimed = claim.split(',').flatMap((name) => findingsOf(relative(root, result.bundle), name))
    expect(
      claimed.filter(({ verdict }) => verdict === 'inconclusive').map(({ requirement, reason }) => `${requirement} ${reason}`),
    ).toEqual([])
  })

  it('fails what Debian does not have, each for its own reason', () => {
    const reasons = Object.fromEntries(
      findingsOf(relative(root, result.bundle), 'FIPS-NODE')
        .filter(({ verdict }) => verdict === 'fail')
        .map(({ requirement, reason }) => [requirement, reason]),
    )
    expect(reasons).toEqual({
      'FIPS-NODE-2': expect.stringContaining('Debian'),
      'FIPS-NODE-3': expect.stringContaining('no FIPS provider'),
      'FIPS-NODE-5': expect.stringContaining('MD5'),
    })
  })

  it('keeps what the machine said on its serial console', () => {
    const ledger = readFileSync(join(result.bundle, 'observations', 'consoles.ndjson'), 'utf8')
    expect(ledger).toContain('serial-console')
  })

  it('says what the kernel was told, and of which provider it is', () => {
    const run = JSON.parse(readFileSync(join(result.bundle, 'run.json'), 'utf8')) as { provider: string }
    expect(run.provider).toBe('machine')
    const [node] = findingsOf(relative(root, result.bundle), 'FIPS-NODE-1')
    expect(JSON.stringify(node)).toMatch(/fips=1/)
    expect(JSON.stringify(node)).not.toMatch(/host’s/)
  })

  it('leaves nothing', async () => {
    expect(await machineBelongings()).toEqual(before)
  })
})

describe('its negative twin: the same machine without fips=1', () => {
  it('fails FIPS-NODE-1 with off, and ends with 1', async () => {
    const before = await machineBelongings()
    const ended = await cli(['run', '--provider', 'machine', '--fips', 'off', '--suite', 'nodes', '--out', scratch, '--json'])
    expect(ended.exit, ended.stderr).toBe(1)
    const [node] = findingsOf(relative(root, json<Result>(ended).bundle), 'FIPS-NODE-1')
    expect(node).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('fips_enabled is 0') })
    expect(await machineBelongings()).toEqual(before)
  })
})
