import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Judged } from '../../helpers/conformance/judge-cluster.ts'
import type { Finding } from '../../helpers/evidence/model.ts'
import { readBundle } from '../../helpers/evidence/read-bundle.ts'
import { replayFindings } from '../../helpers/evidence/replay.ts'
import { machineProvider } from '../../helpers/providers/machine/index.ts'
import { loadCluster } from '../../helpers/providers/state.ts'
import { cli } from '../cluster/cli.ts'
import { judgeLast } from './judge-last.ts'
import { moveToOwnPlace } from './leftovers.ts'
import { type BoundOver, boundOver, type Hidden, hidden, notCaught } from './plants/outside.ts'

const place = moveToOwnPlace()
const name = `fips-test-outside-${process.pid}`
afterAll(async () => {
  const gone = await cli(['down', '--name', name])
  expect(gone.exit, gone.stderr).toBe(0)
  expect(await place.belongings()).toEqual([])
  place.remove()
})

describe('a machine that shows its files otherwise than they lie on its disk', () => {
  let over: BoundOver
  let kept: Hidden
  let judged: Judged
  let findings: readonly Finding[]

  beforeAll(async () => {
    const made = await cli(['up', '--provider', 'machine', '--name', name, '--json'])
    expect(made.exit, made.stderr).toBe(0)
    const ref = await loadCluster(name)
    const [node] = ref ? machineProvider.access(ref) : []
    if (!ref || !node) throw new Error(`no cluster ${name}`)
    kept = await hidden(node)
    over = await boundOver(node, '/usr/bin/kubelet', 'kubelet.service')
    await node.close()
    judged = await judgeLast(ref, { claim: ['FIPS-MOD'], suites: ['modules'], out: join(place.directory, 'evidence') })
    findings = judged.input.findings
  })

  it('is caught by reading the disk from outside, with the file and both digests', () => {
    const [finding, ...others] = findings.filter(({ requirement }) => requirement === 'FIPS-MOD-2')
    expect(others).toEqual([])
    expect(finding && notCaught(finding, { component: 'kubelet', over, kept })).toEqual([])
    expect(judged.exit).toBe(1)
  })

  it('would have passed by what it tells itself: the module in the altered program is whole', () => {
    const kubelet = findings.find(({ requirement, subject }) => requirement === 'FIPS-MOD-1' && subject.name === 'kubelet')
    expect(kubelet).toMatchObject({ verdict: 'pass', observed: expect.stringContaining(over.altered) })
  })

  it('is caught again by whoever judges the stored bytes, without the machine', async () => {
    expect(replayFindings(await readBundle(judged.bundle))).toEqual(findings)
  })

  it('does not run any more, and how long it took is told', async () => {
    expect(await place.machines()).toEqual([])
    expect(judged.phases.outside).toBeGreaterThan(0)
    process.stdout.write(`shutdown and reading of the disk: ${judged.phases.outside} s\n`)
  })
})
