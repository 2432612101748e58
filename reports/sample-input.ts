import { withUncovered } from '../helpers/evidence/evaluate.ts'
import type { Evidence, Finding, Subject } from '../helpers/evidence/model.ts'
import { type ComparisonSeen, type ReportInput, reportInput } from '../helpers/evidence/report-input.ts'
import type { Run } from '../helpers/evidence/run.ts'
import { sampleEvidence, sampleFinding, sampleRun, sampleSubject } from '../helpers/evidence/sample.ts'
import type { Waiver } from '../helpers/evidence/waiver-file.ts'
import { catalogue } from '../helpers/policy/catalogue.ts'

/** Made inputs for the tests of reports; nothing else imports them. */

export const hash = 'ab'.repeat(32)
export const listener = sampleSubject('node-a:6443', { kind: 'listener', name: 'kube-apiserver :6443', node: 'node-a' })

export const inputOf = (
  findings: readonly Finding[],
  {
    claim = ['FIPS-MOD', 'FIPS-TLS'],
    run = sampleRun(),
    source = '/usr/bin/kubelet',
    waivers = [],
    comparison,
  }: { claim?: string[]; run?: Run; source?: string; waivers?: readonly Waiver[]; comparison?: ComparisonSeen } = {},
): ReportInput => {
  const evidence = [sampleEvidence('w-1', 'kubelet', 'FIPS-MOD-1', { source, data: { z: 1, a: source }, blobs: { content: hash } })]
  const inventory = { node: { complete: true, count: 0 } }
  return reportInput({
    bundle: { run, plan: { claim }, evidence, cut: [] },
    findings: withUncovered(findings, { requirements: catalogue, inventory }),
    waivers,
    ...(comparison && { comparison }),
  })
}

const sampleWaiver = (more: Partial<Waiver> = {}): Waiver => ({
  id: 'W-1',
  scope: { requirement: 'FIPS-TLS-2', subject: '**' },
  reason: 'the vendor ships a fix in December',
  owner: 'ann',
  approver: 'bob',
  ticket: 'T-1',
  created: '2026-11-01',
  expires: '2026-12-31',
  ...more,
})

export const plain = inputOf([
  sampleFinding('FIPS-MOD-1', 'pass', {
    observations: ['w-1'],
    subject: sampleSubject('kubelet', { node: 'node-a' }),
    notes: ['TLS key derivation runs outside'],
  }),
  sampleFinding('FIPS-TLS-2', 'fail', { subject: listener, observed: 'accepts cca8', reason: 'it accepted ChaCha20' }),
  sampleFinding('FIPS-TLS-3', 'inconclusive', { subject: listener, observed: 'no answer' }),
  sampleFinding('FIPS-SELF-1', 'pass'),
])

export const nasty = `<script>alert(1)</script>"'&]]>--><!--\u0000\u001b[31m\u202e\uffff\ud800<img src=x onerror=y>`
export const hostile = inputOf(
  [
    sampleFinding('FIPS-MOD-1', 'fail', {
      observations: ['w-1', nasty],
      subject: sampleSubject(nasty, { name: nasty, node: nasty, detail: { [nasty]: nasty } }),
      expected: nasty,
      observed: nasty,
      reason: nasty,
      remedy: nasty,
      notes: [nasty],
    }),
    sampleFinding('FIPS-MOD-1', 'not-applicable', { subject: sampleSubject(nasty, { name: nasty }), reason: nasty }),
    sampleFinding(nasty, 'inconclusive', { subject: { ...listener, name: nasty }, reason: nasty }),
  ],
  {
    claim: [nasty],
    source: nasty.toWellFormed(),
    waivers: [
      sampleWaiver({
        id: nasty,
        scope: { requirement: 'FIPS-MOD-1', subject: nasty },
        reason: nasty,
        owner: nasty,
        approver: nasty,
        ticket: nasty,
      }),
    ],
    comparison: {
      since: { runId: nasty, startedAt: '2026-11-21T10:00:00.000Z' },
      changes: [{ kind: 'lost-coverage', requirement: nasty, subject: nasty, name: nasty, before: 'pass' }],
    },
    run: sampleRun({
      runId: nasty,
      cluster: { name: nasty, createdBy: 'user', nodes: [{ name: nasty, role: nasty }] },
      host: { [nasty]: nasty },
    }),
  },
)

const otherListener = sampleSubject('node-b:6443', { kind: 'listener', name: 'kube-apiserver :6443', node: 'node-b' })
const node = sampleSubject('node:node-a', { kind: 'node', name: 'node-a' })

/** Every standing at once: claimed and unclaimed failures, a waived one, what could not be shown, and what changed since yesterday. */
export const mixed = inputOf(
  [
    sampleFinding('FIPS-MOD-1', 'pass', { observations: ['w-1'], subject: sampleSubject('kubelet', { node: 'node-a' }) }),
    sampleFinding('FIPS-MOD-1', 'inconclusive', { subject: sampleSubject('etcd', { node: 'node-a' }), observations: ['w-gone'] }),
    sampleFinding('FIPS-TLS-1', 'fail', { subject: listener, reason: 'it accepted TLS 1.1' }),
    sampleFinding('FIPS-TLS-2', 'fail', { subject: listener, reason: 'it accepted ChaCha20' }),
    sampleFinding('FIPS-TLS-2', 'pass', { subject: otherListener }),
    sampleFinding('FIPS-NODE-1', 'fail', { subject: node, reason: 'FIPS mode is off' }),
    sampleFinding('FIPS-NODE-2', 'inconclusive', { subject: node, reason: 'os-release could not be read' }),
    sampleFinding('FIPS-SELF-1', 'pass'),
  ],
  {
    waivers: [
      sampleWaiver(),
      sampleWaiver({ id: 'W-2', scope: { requirement: 'FIPS-TLS-1', subject: '**' }, expires: '2026-11-10' }),
      sampleWaiver({ id: 'W-3', scope: { requirement: 'FIPS-TLS-7', subject: '**' } }),
    ],
    comparison: {
      since: { runId: 'run-0', startedAt: '2026-11-21T10:00:00.000Z' },
      changes: [
        { kind: 'new-failure', requirement: 'FIPS-TLS-1', subject: listener.key, name: listener.name, before: 'pass', now: 'fail' },
        { kind: 'lost-coverage', requirement: 'FIPS-TLS-1', subject: 'node-c:6443', name: 'kube-apiserver :6443', before: 'pass' },
      ],
    },
  },
)

const nodes = ['node-a', 'node-b', 'node-c']

const threeNodeListeners: Subject[] = nodes.flatMap((node) =>
  Array.from({ length: 13 }, (_, index) => {
    const port = String(10250 + index)
    return sampleSubject(`listener:${node}/node/tcp/[::]:${port}`, {
      kind: 'listener',
      name: `[::]:${port} (kubelet)`,
      node,
      detail: { address: '::', port, owner: 'kubelet', place: index < 8 ? 'node' : 'pod-coredns-1', transport: 'tcp', loopback: 'false' },
    })
  }),
)

const isTls = ({ detail }: Subject): boolean => Number(detail.port) % 4 === 0

const exchangesOf = (subject: Subject): Evidence[] =>
  Array.from({ length: isTls(subject) ? 25 : 4 }, (_, order) =>
    sampleEvidence(`${subject.key}-${order}`, subject.key, 'FIPS-TLS-1', {
      kind: 'exchange',
      data: { ask: 'client-hello', question: 'tls13-approved', ended: 'complete', ms: 17, order, spec: { random: 'ab'.repeat(800) } },
      blobs: { sent: hash, received: 'cd'.repeat(32) },
    }),
  )

const listenerFindings = (subject: Subject, own: readonly Evidence[]): Finding[] =>
  [1, 2, 3, 4, 5].map((number) =>
    sampleFinding(`FIPS-TLS-${number}`, isTls(subject) ? 'pass' : 'not-applicable', {
      subject,
      reason: isTls(subject)
        ? `nothing unapproved is accepted${' between accepted controls'.repeat(4)}`
        : 'no TLS here: it speaks plain HTTP',
      observed: `tcp of ${subject.name}`,
      notes: isTls(subject) ? [`profile of a day, ${'caveat '.repeat(20)}`, `server certificate of ${subject.key}`] : [],
      observations: own.map(({ id }) => id),
    }),
  )

const componentFinding = (node: string, index: number): { finding: Finding; evidence: Evidence } => {
  const key = `component:${node}/program-${index}`
  const evidence = sampleEvidence(key, key, 'FIPS-MOD-1', { kind: 'executable', data: { ranges: 'ef'.repeat(8000), size: 1000 + index } })
  const finding = sampleFinding('FIPS-MOD-1', 'pass', {
    subject: sampleSubject(key, { name: `program-${index}`, node, detail: { path: `/proc/${index}/exe` } }),
    reason: `program-${index} carries the intact module of a certificate that is Active`,
    notes: [`what runs outside: ${'golang.org/x/crypto/hkdf, '.repeat(20)}`, `to repeat it on ${node}: tail -c +16385`],
    observations: [key],
  })
  return { finding, evidence }
}

/** As large as what a cluster of three nodes gives: 39 listeners, 42 components, a conversation of up to 25 connections behind five findings each. */
export const threeNodes = (): ReportInput => {
  const exchanges = threeNodeListeners.map((subject) => ({ subject, own: exchangesOf(subject) }))
  const components = nodes.flatMap((node) => Array.from({ length: 14 }, (_, index) => componentFinding(node, index)))
  const findings = [
    ...components.map(({ finding }) => finding),
    ...exchanges.flatMap(({ subject, own }) => listenerFindings(subject, own)),
    ...nodes.map((node) => sampleFinding('FIPS-NODE-1', 'fail', { subject: sampleSubject(`node:${node}`, { kind: 'node', name: node }) })),
  ]
  const input = reportInput({
    bundle: {
      run: sampleRun({ cluster: { name: 'three', createdBy: 'this run', nodes: nodes.map((name) => ({ name })) } }),
      plan: { claim: ['FIPS-MOD', 'FIPS-TLS'] },
      evidence: [...components.map(({ evidence }) => evidence), ...exchanges.flatMap(({ own }) => own)],
      cut: [],
    },
    findings,
  })
  const accepted = [{ version: '0304', suites: ['1301', '1302'], groups: ['0017', '0018', '0019'] }]
  const seen = threeNodeListeners.map((subject) => [
    subject.key,
    { state: 'read' as const, protocol: isTls(subject) ? ('tls' as const) : ('http' as const), accepted: isTls(subject) ? accepted : [] },
  ])
  return { ...input, listeners: Object.fromEntries(seen) }
}
