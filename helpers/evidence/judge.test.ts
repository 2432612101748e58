import { describe, expect, it } from 'vitest'
import { catalogue } from '../policy/catalogue.ts'
import { carriesModule } from '../rules/components.ts'
import { nodeReportsFipsMode } from '../rules/nodes.ts'
import { httpRequest } from '../tls/analyse/protocol.ts'
import { judgeBy, ruleOf } from './judge.ts'
import type { Evidence, Subject } from './model.ts'
import { toOwnListeners } from './own-listeners.ts'
import { sampleEvidence, sampleSubject } from './sample.ts'

const judge = judgeBy({ asOf: new Date('2026-11-22T00:00:00Z') })
const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const blobs =
  (bytes: Record<string, Uint8Array>) =>
  (name: string): Uint8Array =>
    bytes[name] ?? new Uint8Array()

describe('ruleOf', () => {
  it('has one rule for each requirement of the catalogue, and no rule twice', () => {
    const rules = catalogue.map(({ id }) => ruleOf(id))
    expect(rules).not.toContain(undefined)
    expect(new Set(rules).size).toBe(catalogue.length)
  })

  it('is the rule that a suite names', () => {
    expect(ruleOf('FIPS-NODE-1')).toBe(nodeReportsFipsMode)
    expect(ruleOf('FIPS-NODE-1')).not.toBe(carriesModule)
  })

  it.each(['FIPS-NODE-99', 'FIPS-NODE', '', 'constructor'])('has none for «%s»', (id) => {
    expect(ruleOf(id)).toBeUndefined()
    expect(() => judge(id, sampleSubject('x'), [])).toThrow(`there is no rule for ${id}`)
  })
})

describe('judgeBy', () => {
  const flag = (text: string): Evidence =>
    sampleEvidence('a-1', 'node:a', 'FIPS-NODE-1', {
      kind: 'fips-enabled',
      data: { exitCode: 0, stderr: '', procSeen: true },
      bytes: blobs({ flag: encode(text), mounts: encode('22 27 0:21 / /proc rw - proc proc rw'), kernel: encode('6.1.0') }),
    })

  it('judges a node by the bytes of its flag', () => {
    const node = (kernel: string): Subject => sampleSubject('node:a', { kind: 'node', detail: { kernel } })
    expect(judge('FIPS-NODE-1', node('own'), [flag('1\n')])).toMatchObject({ verdict: 'pass', observed: '1 (kernel 6.1.0)' })
    expect(judge('FIPS-NODE-1', node('host'), [flag('0\n')])).toMatchObject({
      verdict: 'fail',
      observed: '0 (kernel 6.1.0, which is the host’s)',
    })
    expect(() => judge('FIPS-NODE-1', node('own'), [])).toThrow('no observation')
  })

  it.each(['intact', 'tampered', 'decoy', 'truncated', 'absent'])(
    'does not take the plant «%s» that was not read for one that was caught',
    (name) => {
      const plant = sampleSubject('plant', { kind: 'plant', detail: { plant: name, builds: 'planted' } })
      expect(judge('FIPS-SELF-2', plant, [])).toMatchObject({ verdict: 'fail', observed: 'nothing was read' })
    },
  )

  it('judges a planted listener that was never asked as missed', () => {
    const listener = sampleSubject('plant', { kind: 'plant', detail: { defect: '{"suite":"1303"}', mode: 'chooser' } })
    expect(judge('FIPS-SELF-1', listener, []).verdict).toBe('fail')
  })

  it('judges a listener by its address, its owner, and what it said', () => {
    const dns = sampleSubject('l', {
      kind: 'listener',
      detail: { address: '127.0.0.11', port: '40000', transport: 'udp', loopback: 'true', owner: '' },
    })
    expect(judge('FIPS-TLS-1', dns, []).verdict).toBe('not-applicable')
    expect(judge('FIPS-TLS-1', { ...dns, detail: { ...dns.detail, owner: 'x' } }, []).verdict).toBe('inconclusive')
  })
})

describe('FIPS-MOD-1 of a process that owns listeners', () => {
  const listeners = ['127.0.0.1:8080 (x)', '[::]:8443 (x)'].map((name) =>
    sampleSubject(name, { kind: 'listener', detail: { dial: '127.0.0.1', port: '1', namespaceOf: '1' } }),
  )
  const own = sampleSubject('x', { detail: { how: 'owns a listener', optional: 'false', listeners: toOwnListeners(listeners) } })
  const said = (source: string, received: string | Uint8Array): Evidence =>
    sampleEvidence(`s-${source}`, 'x', 'FIPS-MOD-1', {
      kind: 'tls-exchange',
      source,
      data: {
        ask: 'http-request',
        order: 0,
        question: 'http-request',
        spec: null,
        ended: received.length > 0 ? 'fin' : 'timeout',
        detail: '',
        ms: 1,
      },
      bytes: blobs({ sent: httpRequest, received: typeof received === 'string' ? encode(received) : received }),
    })
  const http = 'HTTP/1.1 404 Not Found\r\n\r\n'
  const alert = Uint8Array.of(21, 3, 3, 0, 2, 2, 50)
  const [first = '', second = ''] = listeners.map(({ name }) => name)

  it.each<[string, Evidence[], object]>([
    [
      'serves TLS on its second listener',
      [said(first, http), said(second, alert)],
      { verdict: 'inconclusive', reason: expect.stringContaining('was not found') },
    ],
    ['serves plain HTTP on both', [said(first, http), said(second, http)], { verdict: 'not-applicable', observed: 'http' }],
    [
      'says nothing on one',
      [said(first, http), said(second, '')],
      { verdict: 'inconclusive', reason: expect.stringContaining('(silent)') },
    ],
    ['was not asked on one', [said(first, http)], { verdict: 'inconclusive', reason: expect.stringContaining('(unasked)') }],
  ])('%s', (_case, evidence, expected) => {
    expect(judge('FIPS-MOD-1', own, evidence)).toMatchObject(expected)
  })

  it('judges a named component whatever it listens on', () => {
    expect(judge('FIPS-MOD-1', sampleSubject('kubectl', { detail: { how: 'nowhere', optional: 'true' } }), []).verdict).toBe(
      'not-applicable',
    )
  })
})
