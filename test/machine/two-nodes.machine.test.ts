import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { loadCluster } from '../../helpers/providers/state.ts'
import { cli, json, start } from '../cluster/cli.ts'
import { judgeLast } from './judge-last.ts'
import { moveToOwnPlace } from './leftovers.ts'

const place = moveToOwnPlace()
const scratch = mkdtempSync(join(place.directory, 'scratch-'))
const name = `fips-test-two-${process.pid}`
afterAll(async () => {
  await cli(['down', '--name', name])
  place.remove()
})

describe('two machines, one cluster', () => {
  it('stands after up, is judged on both nodes and read from outside, and goes with down; a run that is interrupted meanwhile leaves it alone', async () => {
    const made = await cli(['up', '--provider', 'machine', '--nodes', '2', '--name', name, '--out', scratch, '--json'])
    expect(made.exit, made.stderr).toBe(0)
    const { phases = {} } = json<{ phases?: Record<string, number> }>(made)
    const began = performance.now()
    const taken = await cli(['up', '--provider', 'machine', '--name', name, '--out', scratch, '--json'])
    expect(json<{ error: { code: string } }>(taken).error.code).toBe('MACHINE_NAME_TAKEN')

    const standing = await place.belongings()
    const swept = await cli(['sweep', '--execute', '--json'])
    expect(swept.exit, swept.stderr).toBe(0)
    expect(await place.belongings()).toEqual(standing)

    const running = start(['run', '--reuse', '--name', name, '--suite', 'nodes', '--out', scratch, '--json'])
    await running.until(/"suites [^"]*","state":"start"/)
    await sleep(500)
    process.kill(running.pid, 'SIGINT')
    expect((await running.ended).exit).toBe(130)
    expect(await place.belongings()).toEqual(standing)

    const ref = await loadCluster(name)
    if (!ref) throw new Error(`no cluster ${name}`)
    const {
      exit,
      input,
      phases: took,
    } = await judgeLast(ref, {
      claim: ['FIPS-MOD', 'FIPS-NODE-1'],
      suites: ['modules', 'nodes'],
      out: join(scratch, 'last'),
    })
    expect(exit).toBe(0)
    const both = [
      [`${name}-control-plane`, 'pass'],
      [`${name}-worker`, 'pass'],
    ]
    // The second: each node told of its programs what its disk holds, read from outside when it was off.
    for (const id of ['FIPS-NODE-1', 'FIPS-MOD-2'])
      expect(
        input.findings.filter(({ requirement }) => requirement === id).map(({ verdict, subject }) => [subject.name, verdict]),
        id,
      ).toEqual(both)
    expect(await place.machines()).toEqual([])
    const gone = await cli(['down', '--name', name])
    expect(gone.exit, gone.stderr).toBe(0)
    expect(await place.belongings()).toEqual([])
    const parts = Object.entries(phases).map(([phase, seconds]) => `${phase} ${seconds.toFixed(0)} s`)
    const rest = (performance.now() - began) / 1000
    process.stdout.write(
      `two machines: up ${made.seconds.toFixed(0)} s (${parts.join(', ')}), judged and removed ${rest.toFixed(0)} s, of which reading the disks ${took.outside} s\n`,
    )
  })
})
