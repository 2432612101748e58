import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli, findingsOf, json, root, start, verdictsOf } from './cli.ts'
import { belongings } from './leftovers.ts'

type Result = { bundle: string; exit: number }

const withDefects = (defects: Record<string, string>, settings: Record<string, unknown> = {}) =>
  cli([JSON.stringify(defects), JSON.stringify(settings)], { script: join(root, 'test', 'cluster', 'with-defects.ts') })

describe('a cluster of goboring builds without crypto/tls/fipsonly', () => {
  it('fails refusal on every listener, with ChaCha20 and X25519 named, while its modules pass', async () => {
    const before = belongings()
    const ended = await withDefects({ kubernetes: 'without-fipsonly', etcd: 'without-fipsonly' }, { require: ['FIPS-MOD', 'FIPS-TLS'] })
    expect(ended.exit, ended.stderr).toBe(1)
    const { bundle } = json<Result>(ended)
    expect(verdictsOf(findingsOf(bundle, 'FIPS-MOD-1'))).toEqual({ pass: 17 })
    const served = findingsOf(bundle, 'FIPS-TLS-2').filter(({ verdict }) => verdict !== 'not-applicable')
    expect(served).toHaveLength(7)
    for (const { verdict, reason, subject } of served) {
      expect(verdict, subject.name).toBe('fail')
      expect(reason, subject.name).toContain('TLS_CHACHA20_POLY1305_SHA256 (1303) accepted')
    }
    for (const { verdict, reason, subject } of findingsOf(bundle, 'FIPS-TLS-3').filter(({ verdict }) => verdict !== 'not-applicable')) {
      expect(verdict, subject.name).toBe('fail')
      expect(reason, subject.name).toMatch(/x25519 \(001d\) accepted/i)
    }
    // The same programs as clients: what they offer is no better.
    const clients = findingsOf(bundle, 'FIPS-TLS-9').filter(({ subject }) => subject.name !== 'containerd')
    expect(clients.map(({ subject, verdict }) => `${subject.name} ${verdict}`).sort()).toEqual(['kube-apiserver fail', 'kubelet fail'])
    for (const { reason } of clients) expect(reason).toMatch(/\(1303\) offered.*x25519 \(001d\) offered/i)
    const { findings } = JSON.parse(readFileSync(join(root, bundle, 'findings.json'), 'utf8')) as {
      findings: { requirement: string; verdict: string; notes: string[] }[]
    }
    const explained = findings.filter(({ requirement, verdict }) => requirement === 'FIPS-TLS-2' && verdict === 'fail')
    expect(explained).toHaveLength(7)
    for (const { notes } of explained) expect(notes.join(' ')).toContain('GOEXPERIMENT=boringcrypto alone leaves crypto/tls as it is')
    expect(belongings()).toEqual(before)
  })
})

describe('a cluster with a component built with CGO_ENABLED=0, and others by plain Go', () => {
  it('fails modules for exactly these', async () => {
    const ended = await withDefects({ etcd: 'without-cgo', cni: 'plain-go' }, { require: ['FIPS-MOD'] })
    expect(ended.exit, ended.stderr).toBe(1)
    const { bundle } = json<Result>(ended)
    const failed = findingsOf(bundle, 'FIPS-MOD-1').filter(({ verdict }) => verdict === 'fail')
    expect(failed.map(({ subject }) => subject.name).sort()).toEqual(['cni/host-local', 'cni/portmap', 'cni/ptp', 'etcd'])
    expect(failed.find(({ subject }) => subject.name === 'etcd')?.reason).toContain('CGO_ENABLED=0')
    expect(findingsOf(bundle, 'FIPS-MOD-1').filter(({ verdict }) => verdict === 'inconclusive')).toEqual([])
  })
})

describe('a listener that opens when the suites run already', () => {
  it('is found by the second look, judged, and kept apart in the plan', async () => {
    const before = belongings()
    const name = 'fips-test-late'
    const running = start(['run', '--name', name, '--suite', 'refusal', '--require', 'FIPS-TLS', '--json'])
    await running.until(/"step":"suites [^\n]*"state":"start"/)
    const server =
      'use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 7443, Listen => 64, ReuseAddr => 1) or die; ' +
      'while (my $c = $s->accept) { <$c>; print $c "HTTP/1.0 400 Bad Request\r\n\r\n"; close $c }'
    await execa('docker', ['exec', '--detach', `${name}-control-plane`, 'perl', '-e', server])
    const ended = await running.ended
    expect(ended.exit, ended.stderr).toBe(1)
    const { bundle } = json<Result>(ended)
    const late = findingsOf(bundle, 'FIPS-TLS').filter(({ subject }) => subject.key.endsWith('/tcp/0.0.0.0:7443'))
    expect(Object.fromEntries(late.map(({ requirement, verdict }) => [requirement, verdict]))).toMatchObject({ 'FIPS-TLS-4': 'fail' })
    expect(late).toHaveLength(8)
    const failed = findingsOf(bundle, 'FIPS-TLS').filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
    expect(failed.every(({ subject }) => late.some((own) => own.subject.key === subject.key))).toBe(true)
    const read = (file: string) => JSON.parse(readFileSync(join(root, bundle, file), 'utf8'))
    const { pairs } = read('plan.json') as { pairs: { late?: true; subject: { key: string } }[] }
    expect(new Set(pairs.filter(({ late: isLate }) => isLate).map(({ subject }) => subject.key))).toEqual(
      new Set(late.map(({ subject }) => subject.key)),
    )
    expect(read('run.json')).toMatchObject({ inventory: { listener: { complete: true, count: 25, late: 1 } } })
    const verified = await cli(['verify', bundle])
    expect(verified.exit, verified.stdout).toBe(0)
    expect(belongings()).toEqual(before)
  })
})

describe('a test worker that is killed in the middle of refusal', () => {
  const name = 'fips-test-killed'
  const record = join(
    process.env.XDG_STATE_HOME ?? join(homedir(), '.local', 'state'),
    'fips-conformance',
    'clusters',
    name,
    'cluster.json',
  )

  beforeAll(async () => {
    const made = await cli(['up', '--name', name])
    expect(made.exit, made.stderr).toBe(0)
  })
  afterAll(async () => {
    await cli(['down', '--name', name])
  })

  /** The process that holds the refusal suite’s file of observations open, once it has recorded something. */
  const refusalWorker = async (isOver: () => boolean): Promise<number> => {
    while (!isOver()) {
      for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
        try {
          const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
          const ledger = open.find((path) => path.endsWith('/observations/refusal.ndjson'))
          if (ledger && readFileSync(ledger, 'utf8').split('\n').length > 30) return Number(pid)
        } catch (error) {
          // Processes come and go while their files are listed.
          if (!['ENOENT', 'ESRCH', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
        }
      }
      await sleep(5)
    }
    throw new Error('the run ended before its refusal suite was seen')
  }

  it.each([
    [['--require', 'FIPS-MOD,FIPS-TLS'], 2],
    [[], 1],
  ] as const)('with %j ends with %i, and the pairs that were planned are inconclusive', async (flags, exit) => {
    // As if it had not been judged: a cluster that was judged before would be development.
    writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, 'utf8')), judgedBy: [], run: `killed-${exit}` }))
    const running = start(['test', '--name', name, '--json', ...flags])
    let over = false
    void running.ended.then(() => {
      over = true
    })
    process.kill(await refusalWorker(() => over), 'SIGKILL')
    const ended = await running.ended
    expect(ended.exit, ended.stderr).toBe(exit)
    const { bundle } = json<Result>(ended)
    const unfinished = findingsOf(bundle, 'FIPS-TLS').filter(({ verdict }) => verdict === 'inconclusive')
    expect(unfinished.length).toBeGreaterThan(0)
    for (const { reason } of unfinished) expect(reason).toContain('its collection did not finish')
    expect(findingsOf(bundle, 'FIPS-MOD-1').every(({ verdict }) => verdict === 'pass' || verdict === 'not-applicable')).toBe(true)
    // Eight of listeners, and three clients.
    expect(findingsOf(bundle, 'FIPS-TLS')).toHaveLength(8 * 24 + 3)
  })

  it('and a node that cannot be looked at a second time leave what was not seen inconclusive, though all that was seen passes', async () => {
    writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, 'utf8')), judgedBy: [], run: 'second-look' }))
    const node = (...command: string[]) => execa('docker', ['exec', `${name}-control-plane`, ...command])
    const running = start(['test', '--name', name, '--suite', 'refusal', '--require', 'FIPS-TLS', '--json'])
    await running.until(/"step":"suites [^\n]*"state":"start"/)
    // Only the inventory gives perl its script by standard input, and nothing else.
    const refusing = '#!/bin/sh\n[ "$*" = - ] && { echo refused >&2; exit 1; }\nexec perl.real "$@"\n'
    await node('sh', '-c', `mv /usr/bin/perl /usr/bin/perl.real && printf '${refusing}' > /usr/bin/perl && chmod 755 /usr/bin/perl`)
    try {
      const ended = await running.ended
      expect(ended.exit, ended.stderr).toBe(2)
      const { bundle } = json<Result>(ended)
      const troubles = findingsOf(bundle, 'FIPS-TLS').filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive')
      expect(troubles.map(({ requirement, subject }) => `${requirement} ${subject.key}`)).toEqual(
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => `FIPS-TLS-${id} not-seen`),
      )
      for (const { reason } of troubles) expect(reason).toMatch(/not looked at again when the suites were over: .*refused/s)
      const verified = await cli(['verify', bundle])
      expect(verified.exit, verified.stdout).toBe(0)
    } finally {
      await node('mv', '/usr/bin/perl.real', '/usr/bin/perl')
    }
  })
})
