import type { Verdict } from '../policy/verdict.ts'
import { noSubjectKey } from './evaluate.ts'
import type { Closing } from './ledger.ts'
import type { Evidence, Finding, Subject } from './model.ts'
import type { Run } from './run.ts'

/** Small plain values for the tests of evidence and reports; nothing else imports them. */

export const sampleSubject = (key: string, more: Partial<Subject> = {}): Subject => ({
  kind: 'component',
  key,
  name: key,
  detail: {},
  ...more,
})

export const sampleFinding = (requirement: string, verdict: Verdict, more: Partial<Finding> = {}): Finding => ({
  requirement,
  subject: sampleSubject('kubelet', { kind: requirement.startsWith('FIPS-SELF') ? 'plant' : 'component' }),
  verdict,
  expected: 'what must be seen',
  observed: 'what was seen',
  reason: `it is ${verdict}`,
  remedy: verdict === 'pass' ? '' : 'do this',
  notes: [],
  observations: [],
  ...more,
})

export const samplePlaceholder = (requirement: string, verdict: Verdict): Finding =>
  sampleFinding(requirement, verdict, { subject: { kind: 'cluster', key: noSubjectKey, name: 'the cluster', detail: {} } })

export const sampleEvidence = (id: string, subject: string, requirement: string, more: Partial<Evidence> = {}): Evidence => ({
  id,
  kind: 'file',
  subject,
  requirement,
  at: '2026-11-22T10:00:00.000Z',
  means: 'file of this process',
  source: '/proc/sys/crypto/fips_enabled',
  data: {},
  blobs: {},
  bytes: () => new Uint8Array(),
  ...more,
})

export const sampleClosing = (requirement: string, subject: string, observations: string[]): Closing => ({
  requirement,
  subject,
  observations,
  at: '2026-11-22T10:00:01.000Z',
})

export const sampleRun = (more: Partial<Run> = {}): Run => ({
  runId: 'run-1',
  tool: { name: 'fips-conformance', version: '0.1.0' },
  startedAt: '2026-11-22T10:00:00.000Z',
  finishedAt: '2026-11-22T10:05:00.000Z',
  claim: [],
  provider: 'kind',
  cluster: { name: 'sample', createdBy: 'this run', nodes: [{ name: 'node-a', role: 'control-plane' }] },
  host: { kernel: '6.1.0' },
  image: {
    reference: 'node:v1',
    id: 'sha256:00',
    origin: [
      {
        component: 'kubelet',
        version: 'v1.33.0',
        origin: 'built',
        module: 'k8s.io/kubernetes',
        sum: 'h1:x',
        toolchain: 'go1.24.0 X:boringcrypto',
      },
    ],
  },
  policy: { certificatesAsOf: '2026-10-01', profile: 'fips-140-3' },
  development: false,
  phases: { up: 1.5 },
  harness: { node: '24.0.0', openssl: '3.5.0' },
  ...more,
})
