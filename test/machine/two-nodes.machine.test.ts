import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { cli, findingsOf, json, root, start } from '../cluster/cli.ts'
import { machineBelongings } from './leftovers.ts'

type Result = { bundle: string; exit: number }

const scratch = mkdtempSync(join(tmpdir(), 'machine-two-'))
const name = `fips-test-two-${process.pid}`
afterAll(async () => {
  await cli(['down', '--name', name])
  rmSync(scratch, { recursive: true, force: true })
})

describe('two machines, one cluster', () => {
  it('stands after up, is judged on both nodes, and goes with down; a run that is interrupted meanwhile leaves it alone', async () => {
    const before = await machineBelongings()
    const made = await cli(['up', '--provider', 'machine', '--nodes', '2', '--name', name, '--out', scratch, '--json'])
    expect(made.exit, made.stderr).toBe(0)
    const taken = await cli(['up', '--provider', 'machine', '--name', name, '--out', scratch, '--json'])
    expect(json<{ error: { code: string } }>(taken).error.code).toBe('MACHINE_NAME_TAKEN')

    const standing = await machineBelongings()
    const swept = await cli(['sweep', '--execute', '--json'])
    expect(swept.exit, swept.stderr).toBe(0)
    expect(await machineBelongings()).toEqual(standing)

    const running = start(['run', '--reuse', '--name', name, '--suite', 'nodes', '--out', scratch])
    await running.until(/judge: suites .* \.\.\./)
    await sleep(500)
    process.kill(running.pid, 'SIGINT')
    expect((await running.ended).exit).toBe(130)
    expect(await machineBelongings()).toEqual(standing)

    const judged = await cli(['test', '--name', name, '--suite', 'nodes', '--require', 'FIPS-NODE-1', '--out', scratch, '--json'])
    expect(judged.exit, judged.stderr).toBe(0)
    expect(
      findingsOf(relative(root, json<Result>(judged).bundle), 'FIPS-NODE-1').map(({ verdict, subject }) => [subject.name, verdict]),
    ).toEqual([
      [`${name}-control-plane`, 'pass'],
      [`${name}-worker`, 'pass'],
    ])
    const gone = await cli(['down', '--name', name])
    expect(gone.exit, gone.stderr).toBe(0)
    expect(await machineBelongings()).toEqual(before)
  })
})
