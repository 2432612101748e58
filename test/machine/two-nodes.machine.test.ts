import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Judged } from '../../helpers/conformance/judge-cluster.ts'
import type { Finding } from '../../helpers/evidence/model.ts'
import { readBundle } from '../../helpers/evidence/read-bundle.ts'
import { replayFindings } from '../../helpers/evidence/replay.ts'
import { machineProvider } from '../../helpers/providers/machine/index.ts'
import type { ClusterRef } from '../../helpers/providers/provider.ts'
import { loadCluster } from '../../helpers/providers/state.ts'
import { cli, json, start } from '../cluster/cli.ts'
import { judgeLast } from './judge-last.ts'
import { moveToOwnPlace } from './leftovers.ts'
import { type BoundOver, boundOver, type Hidden, hidden, notCaught } from './plants/outside.ts'

const place = moveToOwnPlace()
const scratch = mkdtempSync(join(place.directory, 'scratch-'))
const name = `fips-test-two-${process.pid}`
const [liar, honest] = [`${name}-control-plane`, `${name}-worker`]
afterAll(async () => {
  await cli(['down', '--name', name])
  place.remove()
})

describe('two machines, one cluster', () => {
  let standing: readonly string[]
  let up: string

  beforeAll(async () => {
    const made = await cli(['up', '--provider', 'machine', '--nodes', '2', '--name', name, '--out', scratch, '--json'])
    expect(made.exit, made.stderr).toBe(0)
    const { phases = {} } = json<{ phases?: Record<string, number> }>(made)
    const parts = Object.entries(phases).map(([phase, seconds]) => `${phase} ${seconds.toFixed(0)} s`)
    up = `up ${made.seconds.toFixed(0)} s (${parts.join(', ')})`
    standing = await place.belongings()
  })

  it('stand after up, and keep their name', async () => {
    expect(await place.machines()).toHaveLength(2)
    const taken = await cli(['up', '--provider', 'machine', '--name', name, '--out', scratch, '--json'])
    expect(json<{ error: { code: string } }>(taken).error.code).toBe('MACHINE_NAME_TAKEN')
  })

  it('are no leftovers, and outlive a run that is interrupted', async () => {
    const swept = await cli(['sweep', '--execute', '--json'])
    expect(swept.exit, swept.stderr).toBe(0)
    expect(await place.belongings()).toEqual(standing)

    const running = start(['run', '--reuse', '--name', name, '--suite', 'nodes', '--out', scratch, '--json'])
    await running.until(/"suites [^"]*","state":"start"/)
    await sleep(500)
    process.kill(running.pid, 'SIGINT')
    expect((await running.ended).exit).toBe(130)
    expect(await place.belongings()).toEqual(standing)
  })

  describe('one of which shows its files otherwise than they lie on its disk', () => {
    let over: BoundOver
    let kept: Hidden
    let judged: Judged
    let findings: readonly Finding[]

    const planted = async (ref: ClusterRef): Promise<void> => {
      const node = machineProvider.access(ref).find(({ name: own }) => own === liar)
      if (!node) throw new Error(`no node ${liar}`)
      kept = await hidden(node)
      over = await boundOver(node, '/usr/bin/kubelet', 'kubelet.service')
      await node.close()
    }

    beforeAll(async () => {
      const ref = await loadCluster(name)
      if (!ref) throw new Error(`no cluster ${name}`)
      await planted(ref)
      const began = performance.now()
      judged = await judgeLast(ref, { claim: ['FIPS-MOD', 'FIPS-NODE-1'], suites: ['modules', 'nodes'], out: join(scratch, 'last') })
      findings = judged.input.findings
      const rest = (performance.now() - began) / 1000
      process.stdout.write(`two machines: ${up}, judged ${rest.toFixed(0)} s, of which reading the disks ${judged.phases.outside} s\n`)
    })

    const of = (requirement: string) =>
      findings.filter((finding) => finding.requirement === requirement).map(({ subject, verdict }) => [subject.name, verdict])

    it('is caught by reading the disk from outside, with the file and both digests', () => {
      const caught = findings.find(({ requirement, subject }) => requirement === 'FIPS-MOD-2' && subject.name === liar)
      expect(caught && notCaught(caught, { component: 'kubelet', over, kept })).toEqual([])
      expect(judged.exit).toBe(1)
    })

    it('would have passed by what it tells itself: the module in the altered program is whole', () => {
      const kubelet = findings.find(
        ({ requirement, subject }) => requirement === 'FIPS-MOD-1' && subject.name === 'kubelet' && subject.node === liar,
      )
      expect(kubelet).toMatchObject({ verdict: 'pass', observed: expect.stringContaining(over.altered) })
    })

    it('leaves the other believed: it told of its programs what its disk holds, and nothing else fails', () => {
      expect(of('FIPS-MOD-2')).toEqual([
        [liar, 'fail'],
        [honest, 'pass'],
      ])
      expect(of('FIPS-NODE-1')).toEqual([
        [liar, 'pass'],
        [honest, 'pass'],
      ])
      const troubles = findings.filter(
        ({ requirement, verdict }) => /^FIPS-(MOD|NODE-1|SELF)/.test(requirement) && (verdict === 'fail' || verdict === 'inconclusive'),
      )
      expect(troubles.map(({ requirement, subject, reason }) => [requirement, subject.name, reason])).toEqual([
        ['FIPS-MOD-2', liar, expect.any(String)],
      ])
    })

    it('is caught again by whoever judges the stored bytes, without the machine', async () => {
      expect(replayFindings(await readBundle(judged.bundle))).toEqual(findings)
    })
  })

  it('do not run when their disks were read, and are gone with down', async () => {
    expect(await place.machines()).toEqual([])
    const gone = await cli(['down', '--name', name])
    expect(gone.exit, gone.stderr).toBe(0)
    expect(await place.belongings()).toEqual([])
  })
})
