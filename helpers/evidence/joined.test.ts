import { describe, expect, it } from 'vitest'
import { evidenceOfPrograms } from './joined.ts'
import type { Evidence, Plan, Subject } from './model.ts'

const subject = (kind: Subject['kind'], key: string, node: string, pids: string): Subject => ({
  kind,
  key,
  name: key,
  node,
  detail: { pids },
})
const component = subject('component', 'component:a/etcd', 'a', '7 8')
const elsewhere = subject('component', 'component:b/etcd', 'b', '7')
const listener = subject('listener', 'listener:a/1', 'a', '8')
const plan: Plan = {
  claim: [],
  pairs: [
    { requirement: 'FIPS-MOD-1', subject: component },
    { requirement: 'FIPS-MOD-1', subject: elsewhere },
    { requirement: 'FIPS-TLS-2', subject: listener },
  ],
}
const observed = (id: string, kind: string, of: Subject, requirement = 'FIPS-MOD-1', more: Partial<Evidence> = {}): Evidence => ({
  id,
  kind,
  subject: of.key,
  requirement,
  at: '',
  means: '',
  source: '',
  data: {},
  blobs: {},
  bytes: () => new Uint8Array(),
  ...more,
})
const evidence = [
  observed('program', 'executable', component),
  observed('environment', 'environment', component),
  observed('protocol', 'tls-exchange', component),
  observed('other', 'executable', elsewhere),
  observed('flag', 'fips-enabled', listener, 'FIPS-NODE-1'),
]
const idsFor = (requirement: string, of: Subject, all = evidence): string[] =>
  evidenceOfPrograms(plan, all)({ requirement, subject: of }).map(({ id }) => id)

describe('evidenceOfPrograms', () => {
  it('gives what was recorded of the process that owns the listener, on its node', () => {
    expect(idsFor('FIPS-TLS-2', listener)).toEqual(['program', 'environment'])
    expect(idsFor('FIPS-TLS-9', component)).toEqual(['program', 'environment'])
  })

  it('gives none to who judges the program itself, or nothing that runs', () => {
    expect(idsFor('FIPS-MOD-1', component)).toEqual([])
    expect(idsFor('FIPS-NODE-1', listener)).toEqual([])
    expect(idsFor('FIPS-TLS-2', { ...listener, detail: { pids: '' } })).toEqual([])
    expect(idsFor('FIPS-TLS-2', { ...listener, node: 'c' })).toEqual([])
  })

  it('gives nothing out of which something was taken', () => {
    const redacted = [{ blob: 'variables', what: 'a key' }] as unknown as NonNullable<Evidence['redacted']>
    expect(idsFor('FIPS-TLS-2', listener, [observed('scrubbed', 'environment', component, 'FIPS-MOD-1', { redacted })])).toEqual([])
  })
})
