import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, findingsOf, json, verdictsOf } from './cli.ts'
import { belongings } from './leftovers.ts'

type Result = { bundle: string; run: string; exit: number; development: boolean; claimLine: string }
type Failure = { error: { code: string; what: string; remedy?: string } }

describe('a cluster that stays: up, test, test again, logs, down', () => {
  const name = 'fips-test-stays'
  const port = '16443'
  const scratch = mkdtempSync(join(tmpdir(), 'lifecycle-'))
  let before: string[]
  let made: { run: string; kubeconfig: string }

  beforeAll(async () => {
    before = belongings()
    const ended = await cli(['up', '--name', name, '--nodes', '2', '--api-port', port, '--json'])
    expect(ended.exit, ended.stderr).toBe(0)
    made = json<typeof made>(ended)
  })
  afterAll(async () => {
    await cli(['down', '--name', name])
    rmSync(scratch, { recursive: true, force: true })
  })

  it('refuses a name that is taken', async () => {
    const ended = await cli(['up', '--name', name, '--json'])
    expect(ended.exit).toBe(3)
    expect(json<Failure>(ended).error).toMatchObject({ code: 'KIND_NAME_TAKEN', remedy: expect.stringContaining(`down --name ${name}`) })
  })

  it('refuses a port that is taken, and leaves nothing of the attempt', async () => {
    const standing = belongings()
    const ended = await cli(['run', '--name', 'fips-test-port', '--api-port', port, '--out', scratch, '--json'])
    expect(ended.exit, ended.stderr).toBe(3)
    expect(json<Failure>(ended).error).toMatchObject({ code: 'KIND_PORT_TAKEN' })
    expect(belongings()).toEqual(standing)
  })

  it('is one run with the first test, on both nodes', async () => {
    const ended = await cli(['test', '--name', name, '--require', 'FIPS-MOD,FIPS-TLS', '--json'])
    expect(ended.exit, ended.stderr).toBe(0)
    const result = json<Result>(ended)
    expect(result).toMatchObject({ run: made.run, development: false })
    expect(new Set(findingsOf(result.bundle, 'FIPS-NODE-1').map(({ subject }) => subject.name))).toEqual(
      new Set([`${name}-control-plane`, `${name}-worker`]),
    )
    expect(findingsOf(result.bundle).filter(({ verdict }) => verdict === 'inconclusive')).toEqual([])
  })

  it('is development afterwards: shown, marked, and good for no claim', async () => {
    const claimed = await cli(['test', '--name', name, '--require', 'FIPS-MOD,FIPS-TLS', '--json'])
    expect(claimed.exit, claimed.stderr).toBe(2)
    expect(json<Result>(claimed)).toMatchObject({ development: true })
    expect(json<Result>(claimed).run).not.toBe(made.run)
    const failing = await cli(['run', '--reuse', '--name', name])
    expect(failing.exit, failing.stderr).toBe(1)
    expect(failing.stdout).toContain('Development')
  })

  it('gives its logs', async () => {
    const ended = await cli(['logs', '--name', name, '--out', scratch])
    expect(ended.exit, ended.stderr).toBe(0)
    expect(existsSync(join(scratch, `${name}.logs`, `${name}-control-plane`, 'kubelet.log'))).toBe(true)
  })

  it('is not swept while it may stand', async () => {
    const ended = await cli(['sweep', '--execute', '--json'])
    expect(json<{ left: { name: string }[] }>(ended).left.filter((thing) => thing.name.includes(name))).toEqual([])
  })

  it('goes with down, and nothing stays', async () => {
    const ended = await cli(['down', '--name', name])
    expect(ended.exit, ended.stderr).toBe(0)
    expect(belongings()).toEqual(before)
    const again = await cli(['down', '--name', name, '--json'])
    expect(again.exit).toBe(3)
    expect(json<Failure>(again).error.code).toBe('CLUSTER_UNKNOWN')
    expect((await cli(['test', '--name', name])).exit).toBe(3)
  })
})

describe('several nodes, and several runs', () => {
  it('judges three nodes', async () => {
    const ended = await cli(['run', '--nodes', '3', '--require', 'FIPS-MOD,FIPS-TLS', '--json'])
    expect(ended.exit, ended.stderr).toBe(0)
    const { bundle } = json<Result>(ended)
    expect(findingsOf(bundle, 'FIPS-NODE-1')).toHaveLength(3)
    expect(verdictsOf(findingsOf(bundle)).inconclusive).toBeUndefined()
  })

  it('makes two at once, and neither touches the other', async () => {
    const before = belongings()
    const both = await Promise.all([
      cli(['run', '--require', 'FIPS-MOD,FIPS-TLS', '--json']),
      cli(['run', '--require', 'FIPS-MOD,FIPS-TLS', '--json']),
    ])
    for (const ended of both) expect(ended.exit, ended.stderr).toBe(0)
    expect(new Set(both.map((ended) => json<Result>(ended).bundle)).size).toBe(2)
    expect(belongings()).toEqual(before)
  })
})
