import { describe, expect, it } from 'vitest'
import type { BootHistory } from '../operating-system/analyse/boot-history.ts'
import type { KeyTimes } from '../operating-system/analyse/key-times.ts'
import { keysMadeInFipsMode, nodesAgree, unchangedSinceLastRun } from './permanence.ts'

const by = { asOf: new Date() }
const start = 1_790_000_000
const flag = (state: 'on' | 'off') => ({ kernel: '6.1', commandLine: '', state })

it.each([
  ['both on', ['on', 'on'], 'pass', /all 2 nodes/],
  ['one off', ['on', 'off'], 'fail', /1 of 2 nodes/],
  ['none seen', [], 'inconclusive', /no node/],
] as const)('FIPS-PERM-1: %s', (_case, states, verdict, words) => {
  const outcome = nodesAgree({ containerNodes: false, nodes: states.map((state, index) => ({ node: `n${index}`, flag: flag(state) })) }, by)
  expect(outcome.verdict).toBe(verdict)
  expect(outcome.reason).toMatch(words)
})

describe('FIPS-PERM-3', () => {
  const history: BootHistory = {
    boots: [{ id: 'a', at: start, commandLine: 'fips=1', fipsMode: true }],
    first: { known: true, boot: { id: 'a', at: start }, reason: '' },
    current: { id: 'a', at: start, commandLine: 'fips=1' },
  }
  const keys = (own: Partial<KeyTimes>): KeyTimes => ({
    hostKeys: [{ path: '/etc/ssh/ssh_host_ecdsa_key', born: start + 10, changed: start + 10 }],
    keys: [{ path: '/etc/kubernetes/pki/ca.key', born: start + 60, changed: start + 60 }],
    certificates: [{ path: '/etc/kubernetes/pki/ca.crt', notBefore: start + 60 - 300, fingerprint: '00' }],
    broken: [],
    ...own,
  })
  it.each<[string, Partial<KeyTimes>, string, RegExp]>([
    ['all younger, dated back by five minutes', {}, 'pass', /younger/],
    [
      'a host key that is older than FIPS mode',
      { hostKeys: [{ path: '/etc/ssh/ssh_host_rsa_key', born: start - 9_000, changed: start - 9_000 }] },
      'fail',
      /ssh_host_rsa_key/,
    ],
    [
      'a key file that is older',
      { keys: [{ path: '/etc/kubernetes/pki/sa.key', born: start - 9_000, changed: start - 9_000 }] },
      'fail',
      /sa\.key/,
    ],
    [
      'a certificate that is older than the backdating explains',
      { certificates: [{ path: '/etc/kubernetes/pki/ca.crt', notBefore: start - 900, fingerprint: '00' }] },
      'fail',
      /ca\.crt/,
    ],
    [
      'a kubelet’s own certificate, which it dates back by an hour',
      { certificates: [{ path: '/var/lib/kubelet/pki/kubelet.crt', notBefore: start + 60 - 3600, fingerprint: '00' }] },
      'pass',
      /younger/,
    ],
    [
      'a kubelet’s own certificate that is older than that',
      { certificates: [{ path: '/var/lib/kubelet/pki/kubelet.crt', notBefore: start - 4_000, fingerprint: '00' }] },
      'fail',
      /kubelet\.crt/,
    ],
    [
      'a file system that does not tell when a file was made',
      { keys: [{ path: '/etc/kubernetes/pki/sa.key', born: 0, changed: start + 5 }] },
      'pass',
      /younger/,
    ],
    [
      'an old file that was copied here later',
      { keys: [{ path: '/etc/kubernetes/pki/sa.key', born: start + 900, changed: start - 9_000 }] },
      'fail',
      /sa\.key was written .* and put there /,
    ],
    [
      'an old file that was touched since',
      { hostKeys: [{ path: '/etc/ssh/ssh_host_rsa_key', born: start - 9_000, changed: start + 900 }] },
      'inconclusive',
      /only touched: n:\/etc\/ssh\/ssh_host_rsa_key/,
    ],
    ['no certificate', { certificates: [] }, 'inconclusive', /no certificate/],
    ['one that cannot be read', { broken: ['/etc/kubernetes/pki/x.crt'] }, 'inconclusive', /cannot be read/],
  ])('%s', (_case, own, verdict, words) => {
    const outcome = keysMadeInFipsMode({ containerNodes: false, nodes: [{ node: 'n', history, keys: keys(own) }] }, by)
    expect(outcome.verdict).toBe(verdict)
    expect(outcome.reason).toMatch(words)
  })
  it('does not guess when FIPS mode was switched on', () => {
    const unknown = { ...history, boots: [] }
    expect(keysMadeInFipsMode({ containerNodes: false, nodes: [{ node: 'n', history: unknown, keys: keys({}) }] }, by).verdict).toBe(
      'inconclusive',
    )
  })
})

describe('FIPS-PERM-4', () => {
  const now = { n: { flag: 'on', kernel: '6.1' } }
  it.each([
    ['the first run', undefined, 'not-applicable', /baseline recorded/],
    ['nothing changed', { run: 'r', nodes: now }, 'pass', /nothing has changed since run r/],
    ['another kernel', { run: 'r', nodes: { n: { flag: 'on', kernel: '6.0' } } }, 'fail', /kernel was 6\.0, is 6\.1/],
    ['a node that is gone', { run: 'r', nodes: { ...now, m: { flag: 'on' } } }, 'fail', /m is gone/],
    ['a node that is new', { run: 'r', nodes: {} }, 'fail', /n is new/],
  ] as const)('%s', (_case, before, verdict, words) => {
    const outcome = unchangedSinceLastRun({ containerNodes: false, now, ...(before && { before }) }, by)
    expect(outcome.verdict).toBe(verdict)
    expect(outcome.reason).toMatch(words)
  })
})
