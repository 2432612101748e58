import { describe, expect, it } from 'vitest'
import { readTestimony } from '../tls/analyse/testimony.ts'
import type { Outcome } from './outcome.ts'
import { besideTestimony } from './testimony.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const line = (port: number, error: string): string =>
  `2026-11-22T20:00:00Z stderr F {"level":"warn","msg":"rejected connection on client endpoint","remote-addr":"127.0.0.1:${port}","server-name":"","error":"${error}"}`
const log = (...lines: string[]) => ({
  kind: 'server-testimony',
  data: { witness: 'etcd log', connections: 9 },
  bytes: () => encode(lines.join('\n')),
})
const passed: Outcome = { verdict: 'pass', reason: 'r', expected: '', observed: '', remedy: '', notes: [] }
const suites = 'tls: no cipher suite supported by both client and server; client offered: [0 1 2 3 4 5 6 7'

describe('what a server tells', () => {
  it('is counted by reason, without what differs from connection to connection', () => {
    const [told] = readTestimony([
      log(line(1, suites), line(2, `${suites} 8`), line(3, 'tls: client offered only unsupported versions: [301]'), line(4, 'EOF')),
    ])
    expect(told).toEqual({
      witness: 'etcd log',
      connections: 9,
      rejected: 3,
      reasons: [
        { why: 'no cipher suite supported by both client and server', count: 2 },
        { why: 'client offered only unsupported versions', count: 1 },
        { why: 'EOF', count: 1 },
      ],
    })
  })

  it('is how far its counter went', () => {
    const values: Record<string, string> = {
      before: 'apiserver_tls_handshake_errors_total 4',
      after: 'apiserver_tls_handshake_errors_total 9',
    }
    const evidence = {
      kind: 'server-testimony',
      data: { witness: 'apiserver metric', connections: 9 },
      bytes: (blob: string) => encode(values[blob] ?? ''),
    }
    expect(readTestimony([evidence])).toEqual([{ witness: 'apiserver metric', connections: 9, rejected: 5 }])
    expect(readTestimony([{ ...evidence, bytes: () => encode('') }])).toEqual([])
  })
})

describe('besideTestimony', () => {
  const judge = (refused: number, open: number, outcome = passed) =>
    besideTestimony(outcome, readTestimony([log(line(1, suites), line(2, suites), line(3, 'EOF'))]), { refused, open })

  it('agrees where it saw at least what the server tells', () => {
    expect(judge(2, 0)).toMatchObject({
      verdict: 'pass',
      reason: 'r',
      notes: [expect.stringContaining('2 refusals among these 9 connections')],
    })
    expect(judge(7, 0).verdict).toBe('pass')
    expect(judge(1, 1).verdict).toBe('pass')
  })

  it('passes nothing that the server contradicts', () => {
    expect(judge(1, 0)).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('contradiction') })
    expect(judge(1, 0, { ...passed, verdict: 'fail' }).verdict).toBe('fail')
  })

  it('needs no testimony', () => {
    expect(besideTestimony(passed, [], { refused: 0, open: 0 })).toEqual(passed)
    expect(judge(0, 0, { ...passed, verdict: 'not-applicable' }).notes).toEqual([])
  })
})
