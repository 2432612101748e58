import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { evaluate } from '../../helpers/evidence/evaluate.ts'
import { judgeBy } from '../../helpers/evidence/judge.ts'
import { readBundle } from '../../helpers/evidence/read-bundle.ts'
import { cli, type Ended, findingsOf, json, root, verdictsOf } from './cli.ts'
import { belongings } from './leftovers.ts'

type Result = { bundle: string; exit: number; claimLine: string; seconds: Record<string, number>; verdicts: Record<string, number> }

const hostInFipsMode = existsSync('/proc/sys/crypto/fips_enabled') && readFileSync('/proc/sys/crypto/fips_enabled', 'utf8').trim() === '1'

describe('run, from source, one node', () => {
  let before: string[]
  let ended: Ended
  let result: Result

  beforeAll(async () => {
    before = belongings()
    ended = await cli(['run', '--json'])
    result = json<Result>(ended)
  })

  it('ends as the design says for a host that is not in FIPS mode, and prints one object on stdout', () => {
    expect(ended.exit, ended.stderr).toBe(hostInFipsMode ? 0 : 1)
    expect(result.exit).toBe(ended.exit)
    expect(ended.stdout.trim().split('\n')).toHaveLength(1)
  })

  it('has a verdict for every requirement, and nothing inconclusive', () => {
    const of = (id: string) => verdictsOf(findingsOf(result.bundle, id))
    expect(of('FIPS-MOD-1')).toEqual({ pass: 17 })
    expect(of('FIPS-NODE-1')).toEqual(hostInFipsMode ? { pass: 1 } : { fail: 1 })
    for (const number of [1, 2, 3, 6, 7, 8]) expect(of(`FIPS-TLS-${number}`)).toEqual({ pass: 7, 'not-applicable': 17 })
    expect(of('FIPS-TLS-4')).toEqual({ pass: 4, 'not-applicable': 20 })
    expect(of('FIPS-TLS-5')).toEqual({ pass: 24 })
    // kubelet, containerd and kube-apiserver, each made to call.
    expect(of('FIPS-TLS-9')).toEqual({ pass: 3 })
    expect(of('FIPS-SSH-1')).toEqual({ 'not-applicable': 24 })
    expect(of('FIPS-SELF-1')).toEqual({ pass: 13 })
    expect(of('FIPS-SELF-2')).toEqual({ pass: 5 })
  })

  it('names the certificate of every module', () => {
    for (const { reason, subject } of findingsOf(result.bundle, 'FIPS-MOD-1')) expect(reason, subject.name).toMatch(/4735 .*Active/)
  })

  it('says why the node fails and what to do', () => {
    const [node] = findingsOf(result.bundle, 'FIPS-NODE-1')
    if (!hostInFipsMode) expect(node?.reason).toMatch(/fips_enabled (does not exist|is 0)/)
  })

  it('asked the whole number space of each listener of TLS, and says what program answered', () => {
    const { findings } = JSON.parse(readFileSync(join(root, result.bundle, 'findings.json'), 'utf8')) as {
      findings: { requirement: string; verdict: string; observed: string; notes: string[]; subject: { name: string } }[]
    }
    for (const { observed, notes, subject } of findings.filter(
      ({ requirement, verdict }) => requirement === 'FIPS-TLS-2' && verdict === 'pass',
    )) {
      expect(observed, subject.name).toContain('suites of TLS 1.3: 65,516 of 65,518 refused, 2 accepted')
      expect(observed, subject.name).toMatch(/suites of TLS 1\.2 with an (RSA|ECDSA) certificate: 65,51\d of 65,518 refused/)
      expect(notes.join(' '), subject.name).toMatch(/its program is a goboring build of go1\.\d+\.\d+\S* with crypto\/tls\/fipsonly/)
    }
  })

  it('keeps no private key that it used', () => {
    const files = readdirSync(join(root, result.bundle), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const holds = files.filter((entry) =>
      /-----BEGIN [A-Z ]*PRIVATE KEY-----\nM/.test(readFileSync(join(entry.parentPath, entry.name), 'latin1')),
    )
    expect(files.length).toBeGreaterThan(100)
    expect(holds.map(({ name }) => name)).toEqual([])
  })

  it('leaves a bundle with reports, and nothing else', () => {
    for (const file of ['plan.json', 'run.json', 'findings.json', 'reports/report.html', 'reports/junit.xml']) {
      expect(existsSync(join(root, result.bundle, file)), file).toBe(true)
    }
    expect(belongings()).toEqual(before)
  })

  it('gives the same findings when its bundle is judged again from the stored bytes', async () => {
    const bundle = await readBundle(join(root, result.bundle))
    const again = evaluate(bundle, judgeBy({ asOf: new Date(bundle.run.startedAt) }))
    expect(again).toEqual(bundle.findings?.filter(({ subject }) => subject.key !== 'no-subject'))
  })

  it('makes the report again from the bundle', async () => {
    const made = await cli(['report', result.bundle, '--format', 'junit'])
    expect(made.exit, made.stderr).toBe(0)
    expect(made.stdout.trim()).toBe(readFileSync(join(root, result.bundle, 'reports', 'junit.xml'), 'utf8').trim())
  })

  it('claims only what it is asked to claim, warm in under two minutes, suites in under 30 seconds', async () => {
    const claimed = await cli(['run', '--require', 'FIPS-MOD,FIPS-TLS'])
    expect(claimed.exit, claimed.stderr).toBe(0)
    const [first = ''] = claimed.stdout.split('\n\n')
    expect(first.replaceAll('\n', ' ')).toContain(
      `claimed: FIPS-MOD, FIPS-TLS (and FIPS-SELF). Not claimed: FIPS-NODE-1, which ${hostInFipsMode ? 'passes' : 'fails'}`,
    )
    expect(claimed.seconds).toBeLessThan(120)
    expect(result.seconds.suites).toBeLessThan(30)
    expect(claimed.stderr).not.toMatch(/[\u001b\r]/)
    expect(claimed.stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
    expect(belongings()).toEqual(before)
  })
})
