import { describe, expect, it } from 'vitest'
import { judgeBy } from '../judge.ts'
import type { Evidence, Reading } from '../model.ts'
import { sampleEvidence, sampleSubject } from '../sample.ts'

const judge = judgeBy({ asOf: new Date('2026-11-22T00:00:00Z') })
const node = (detail: Record<string, string>) => sampleSubject('node:a', { kind: 'node', name: 'a', node: 'a', detail })
const encode = (...lines: string[]): Uint8Array => new TextEncoder().encode(lines.join('\n'))
const [kept, altered] = ['a'.repeat(64), 'b'.repeat(64)]

const evidence = (kind: string, data: Reading['data'], blobs: Record<string, Uint8Array>): Evidence =>
  sampleEvidence(`outside-${kind}`, 'node:a', 'FIPS-MOD-2', {
    kind,
    data,
    blobs: Object.fromEntries(Object.keys(blobs).map((name) => [name, name])),
    bytes: (name) => blobs[name] ?? new Uint8Array(),
  })

const component = { component: 'kubelet', source: '/proc/7/exe', exe: '/usr/bin/kubelet', root: 'node', observation: 'modules-1' }
const told = (sha256: string): Evidence =>
  evidence(
    'told-programs',
    { node: 'a', since: '2026-11-22T00:00:00.000Z', components: [{ ...component, sha256 }] },
    { records: encode('R\t0\tnode\t/\t', `F\t0\t${sha256}\t9\t/usr/bin/kubelet`, 'Z') },
  )
const disk = (state = 'clean'): Evidence =>
  evidence(
    'disk-files',
    { node: 'a', ended: 'by its own shutdown', tool: 'debugfs 1.47.0' },
    {
      superblock: encode('Filesystem features:      extent', `Filesystem state:         ${state}`),
      files: encode(`F\t${kept}\t9\t7\t1\t/usr/bin/kubelet`, 'C\t1\t1\t9', 'Z'),
    },
  )

describe('FIPS-MOD-2, from stored bytes', () => {
  it('passes what the node and its disk have alike', () => {
    expect(judge('FIPS-MOD-2', node({ kernel: 'own' }), [told(kept), disk()])).toMatchObject({ verdict: 'pass' })
  })

  it('fails a node that told of other bytes than its disk holds', () => {
    const { verdict, reason } = judge('FIPS-MOD-2', node({ kernel: 'own' }), [told(altered), disk()])
    expect(verdict).toBe('fail')
    for (const part of ['kubelet', kept, altered]) expect(reason).toContain(part)
  })

  it('is inconclusive by an observation alone, and by a disk that was not left in order', () => {
    expect(judge('FIPS-MOD-2', node({ kernel: 'own' }), [told(kept)])).toMatchObject({ verdict: 'inconclusive' })
    expect(judge('FIPS-MOD-2', node({ kernel: 'own' }), [disk()])).toMatchObject({ verdict: 'inconclusive' })
    expect(judge('FIPS-MOD-2', node({ kernel: 'own' }), [told(altered), disk('not clean')])).toMatchObject({ verdict: 'inconclusive' })
  })

  it('refuses to judge by what was not written so', () => {
    const broken = evidence('told-programs', { node: 'a', components: [{ component: 'kubelet' }] }, {})
    expect(() => judge('FIPS-MOD-2', node({ kernel: 'own' }), [broken, disk()])).toThrow(/expected string/)
  })

  it('is not applicable where there is no disk to read', () => {
    expect(judge('FIPS-MOD-2', node({ kernel: 'host' }), [])).toMatchObject({
      verdict: 'not-applicable',
      reason: expect.stringContaining('container'),
    })
    expect(judge('FIPS-MOD-2', node({ kernel: 'own', stays: 'it is kept with --keep' }), [])).toMatchObject({
      verdict: 'not-applicable',
      reason: expect.stringContaining('--keep'),
    })
  })
})
