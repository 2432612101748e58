import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeAccess } from '../../helpers/cluster/node-access.ts'
import { machineProvider } from '../../helpers/providers/machine/index.ts'
import { loadCluster } from '../../helpers/providers/state.ts'
import { cli, type Ended, findingsOf, json, root, type ShownFinding, start, verdictsOf } from '../cluster/cli.ts'
import { moveToOwnPlace } from './leftovers.ts'
import {
  alteredProvider,
  boundFlag,
  fipsPolicy,
  intactProvider,
  maskedProc,
  oldHostKey,
  preloadedFlag,
  weakenedPolicy,
} from './plants/inside.ts'

type Result = { bundle: string; exit: number; seconds: Record<string, number>; development: boolean }
type Finding = ShownFinding & { notes: string[]; observed: string }
type Judged = { ended: Ended; result: Result; of: (requirement: string) => Finding[]; one: (requirement: string) => Finding }

const place = moveToOwnPlace()
const out = mkdtempSync(join(place.directory, 'evidence-'))
const began = performance.now()
const times: Record<string, number> = {}

/** Runs a command that judges, and keeps how long it and its parts took. */
const judged = async (title: string, argv: readonly string[]): Promise<Judged> => {
  const ended = await cli([...argv, '--out', out, '--json'])
  const result = json<Result>(ended)
  times[title] = ended.seconds
  for (const [phase, seconds] of Object.entries(result.seconds)) times[`${title}, ${phase}`] = seconds
  const of = (requirement: string): Finding[] =>
    findingsOf(relative(root, result.bundle)).filter((finding): finding is Finding => finding.requirement === requirement)
  return {
    ended,
    result,
    of,
    one: (requirement) => {
      const [finding, ...others] = of(requirement)
      if (!finding || others.length > 0) throw new Error(`${others.length + (finding ? 1 : 0)} findings of ${requirement}`)
      return finding
    },
  }
}

/** The way in to the only machine of a cluster. */
const nodeOf = async (name: string): Promise<NodeAccess> => {
  const ref = await loadCluster(name)
  const [node] = ref ? machineProvider.access(ref) : []
  if (!node) throw new Error(`no cluster ${name}`)
  return node
}

afterAll(() => {
  place.remove()
  const lines = Object.entries(times).map(([what, seconds]) => `${seconds.toFixed(1).padStart(7)} s  ${what}`)
  process.stdout.write(`one machine and its twin: ${((performance.now() - began) / 60_000).toFixed(1)} min\n${lines.join('\n')}\n`)
})

const claim = ['FIPS-MOD', 'FIPS-TLS', 'FIPS-SSH', 'FIPS-NODE-1', 'FIPS-NODE-4', 'FIPS-PERM']

describe('one machine with a kernel of its own in FIPS mode, on a host that may have none', () => {
  const name = `fips-test-one-${process.pid}`
  let first: Judged
  let node: NodeAccess

  beforeAll(async () => {
    first = await judged('first run', ['run', '--keep', '--provider', 'machine', '--name', name, '--require', claim.join()])
    node = await nodeOf(name)
  })
  afterAll(async () => {
    await node?.close()
    const gone = await cli(['down', '--name', name])
    expect(gone.exit, gone.stderr).toBe(0)
    expect(await place.belongings()).toEqual([])
  })

  it('proves what it claims', () => {
    expect(first.ended.exit, first.ended.stderr).toBe(0)
    expect(first.result.development).toBe(false)
  })

  it('gives every requirement the verdict that a node of Debian deserves', () => {
    const all = findingsOf(relative(root, first.result.bundle))
    const verdicts = Object.fromEntries(
      [...Map.groupBy(all, ({ requirement }) => requirement)].map(([requirement, findings]) => [requirement, verdictsOf(findings)]),
    )
    const listeners = verdicts['FIPS-TLS-5']?.pass ?? 0
    // What opens late is found by the second look, so that none of them is missing.
    expect(listeners).toBeGreaterThanOrEqual(21)
    const others = (passing: number): Record<string, number> => ({ pass: passing, 'not-applicable': listeners - passing })
    expect(verdicts).toEqual({
      'FIPS-MOD-1': { pass: 16, 'not-applicable': 2 },
      // A machine that is kept is not shut down, so its disk is not read.
      'FIPS-MOD-2': { 'not-applicable': 1 },
      'FIPS-NODE-1': { pass: 1 },
      'FIPS-NODE-2': { fail: 1 },
      'FIPS-NODE-3': { fail: 1 },
      'FIPS-NODE-4': { pass: 1 },
      'FIPS-NODE-5': { fail: 1 },
      'FIPS-NODE-6': { 'not-applicable': 1 },
      'FIPS-NODE-7': { pass: 1 },
      'FIPS-TLS-1': others(7),
      'FIPS-TLS-2': others(7),
      'FIPS-TLS-3': others(7),
      'FIPS-TLS-4': others(5),
      'FIPS-TLS-5': { pass: listeners },
      'FIPS-TLS-6': others(7),
      'FIPS-TLS-7': others(7),
      'FIPS-TLS-8': others(7),
      'FIPS-TLS-9': { pass: 3 },
      'FIPS-SSH-1': others(1),
      'FIPS-PERM-1': { pass: 1 },
      'FIPS-PERM-2': { pass: 1 },
      'FIPS-PERM-3': { pass: 1 },
      'FIPS-PERM-4': { 'not-applicable': 1 },
      'FIPS-SELF-1': { pass: 13 },
      'FIPS-SELF-2': { pass: 5 },
    })
  })

  it('fails what Debian does not have, each for its own reason', () => {
    expect(first.one('FIPS-NODE-2').reason).toContain('Debian')
    expect(first.one('FIPS-NODE-3').reason).toContain('no FIPS provider')
    expect(first.one('FIPS-NODE-5').reason).toContain('MD5')
    expect(first.one('FIPS-PERM-4').reason).toContain('baseline recorded')
  })

  it('tells of the kernel, of what it was told, and of the serial console', () => {
    expect(readFileSync(join(first.result.bundle, 'observations', 'consoles.ndjson'), 'utf8')).toContain('serial-console')
    expect(JSON.parse(readFileSync(join(first.result.bundle, 'run.json'), 'utf8'))).toMatchObject({ provider: 'machine' })
    const flag = JSON.stringify(first.one('FIPS-NODE-1'))
    expect(flag).toMatch(/fips=1/)
    expect(flag).not.toMatch(/host’s|contradiction/)
  })

  it('keeps how long boot, Ready and the suites took', () => {
    const { phases } = JSON.parse(readFileSync(join(first.result.bundle, 'run.json'), 'utf8')) as { phases: Record<string, number> }
    for (const phase of ['cluster: boot', 'cluster: kubeadm', 'cluster: ready', 'suites']) expect(phases[phase], phase).toBeGreaterThan(1)
  })

  it('has not changed for a second run', async () => {
    const again = await judged('second run, permanence', ['test', '--name', name, '--suite', 'permanence'])
    expect(again.result.development).toBe(true)
    for (const id of ['FIPS-PERM-1', 'FIPS-PERM-2', 'FIPS-PERM-3', 'FIPS-PERM-4'])
      expect(again.of(id), id).toMatchObject([{ verdict: 'pass' }])
    expect(again.one('FIPS-PERM-4').reason).toMatch(/^nothing has changed since run /)
  })

  it('is believed while its provider is whole and its policy FIPS; that they are new is seen', async () => {
    await intactProvider(node)
    await fipsPolicy(node)
    const honest = await judged('provider and policy', ['test', '--name', name, '--suite', 'nodes,permanence'])
    expect(honest.one('FIPS-NODE-1').verdict).toBe('pass')
    expect(honest.one('FIPS-NODE-3')).toMatchObject({
      verdict: 'pass',
      reason: expect.stringContaining('the system-wide crypto policy is FIPS'),
    })
    expect(honest.one('FIPS-PERM-1').verdict).toBe('pass')
    expect(honest.one('FIPS-PERM-3').verdict).toBe('pass')
    expect(honest.one('FIPS-PERM-4')).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/crypto policy was none, is FIPS.*module file was none, is [0-9a-f]{64}/),
    })
  })

  it('is caught with a masked /proc, an altered provider, a weakened policy, and a host key from before FIPS mode', async () => {
    await alteredProvider(node)
    await weakenedPolicy(node)
    await oldHostKey(node)
    await maskedProc(node)
    const liar = await judged('liars in FIPS mode', ['test', '--name', name, '--suite', 'nodes,permanence'])
    expect(liar.result.exit).toBe(1)
    expect(liar.one('FIPS-NODE-1')).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/mounted over the flag.*tmpfs/),
    })
    const module = liar.one('FIPS-NODE-3')
    expect(module).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('the FIPS provider was changed') })
    expect(module.reason).toContain('sub-policies are not known to restrict only: SHA1')
    expect(liar.one('FIPS-PERM-1').verdict).toBe('inconclusive')
    expect(liar.one('FIPS-PERM-3')).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/^older than FIPS mode: \S+ssh_host_rsa_key was written /),
    })
    expect(liar.one('FIPS-PERM-4').reason).toMatch(/crypto policy was FIPS, is FIPS:SHA1.*flag was on, is hidden.*module file was/)
  })
})

describe('its negative twin: the same machine without fips=1', () => {
  const name = `fips-test-twin-${process.pid}`
  let twin: Judged
  let node: NodeAccess

  beforeAll(async () => {
    twin = await judged('twin', ['run', '--keep', '--provider', 'machine', '--fips', 'off', '--name', name, '--suite', 'nodes'])
    node = await nodeOf(name)
  })
  afterAll(async () => {
    await node?.close()
    // Its last test removes it.
    if (await loadCluster(name)) await cli(['down', '--name', name])
    expect(await place.belongings()).toEqual([])
  })

  it('fails FIPS-NODE-1 with off, and ends with 1', () => {
    expect(twin.ended.exit, twin.ended.stderr).toBe(1)
    expect(twin.one('FIPS-NODE-1')).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('fips_enabled is 0') })
    expect(twin.one('FIPS-NODE-4')).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('fips_enabled is 0') })
    expect(twin.one('FIPS-NODE-4').observed).toContain('AF_ALG gave the MD5')
  })

  it('is caught with a flag of its own laid over the kernel’s', async () => {
    const undo = await boundFlag(node)
    expect(new TextDecoder().decode((await node.run(['cat', '/proc/sys/crypto/fips_enabled'])).stdout)).toBe('1\n')
    const liar = await judged('twin with a bind mount', ['test', '--name', name, '--suite', 'nodes'])
    await undo()
    expect(liar.result.exit).toBe(1)
    expect(liar.one('FIPS-NODE-1')).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('/proc/sys/crypto/fips_enabled'),
    })
    expect(liar.one('FIPS-NODE-4')).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('the kernel computes MD5') })
  })

  it('is caught with a library that shows another flag to the programs that read it', async () => {
    const undo = await preloadedFlag(node)
    expect(new TextDecoder().decode((await node.run(['cat', '/proc/sys/crypto/fips_enabled'])).stdout)).toBe('1\n')
    const liar = await judged('twin with LD_PRELOAD', ['test', '--name', name, '--suite', 'nodes'])
    await undo()
    expect(liar.result.exit).toBe(1)
    expect(liar.one('FIPS-NODE-1').notes).toContain('contradiction: the flag is 1, and the kernel was booted with no fips=')
    expect(liar.one('FIPS-NODE-4')).toMatchObject({
      verdict: 'fail',
      reason: expect.stringMatching(/the kernel computes MD5 all the same.*linked statically reads 0 .* shown 1/),
    })
  })

  it('is gone, and leaves no bundle that passes for whole, when a run is interrupted while it reads the disk', async () => {
    const before = new Set(readdirSync(out))
    const settings = JSON.stringify({ provider: 'machine', name, out, require: ['FIPS-MOD'], suite: ['modules'] })
    const running = start([settings], { script: join(root, 'test', 'cluster', 'with-made-cluster.ts') })
    await running.until(/"read the disk of [^"]*","state":"note"/)
    expect(await place.readers()).toHaveLength(1)
    expect(await place.machines()).toEqual([])
    // As a terminal does it.
    process.kill(-running.pid, 'SIGINT')
    const ended = await running.ended
    times['run, interrupted while it reads the disk'] = ended.seconds
    expect(ended.exit, ended.stderr).toBe(130)
    expect(json(ended)).toMatchObject({ error: { code: 'INTERRUPTED', where: expect.stringContaining('reading the disk of') } })
    expect(await place.belongings()).toEqual([])
    const left = readdirSync(out).filter((name) => !before.has(name))
    expect(left).toEqual([expect.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{6}$/)])
    const [bundle = ''] = left
    expect(readdirSync(join(out, bundle))).not.toContain('findings.json')
    const verified = await cli(['verify', join(out, bundle), '--json'])
    expect(verified.exit, verified.stdout).toBe(1)
    const told = await cli(['report', join(out, bundle), '--json'])
    expect(json<{ error: { code: string } }>(told).error.code).toBe('BUNDLE_UNFINISHED')
    expect((await cli(['history', out])).exit).toBe(0)
  })
})
