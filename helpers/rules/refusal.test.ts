import { describe, expect, it } from 'vitest'
import { askable, type SpaceKind } from '../policy/code-point-space.ts'
import { fips1403Tls } from '../policy/profiles.ts'
import { tlsQuestions } from '../policy/tls-questions.ts'
import { type ListenerFacts, unaskedListener } from '../tls/analyse/listener.ts'
import type { PointState, QuestionFact } from '../tls/analyse/question.ts'
import { code4, ranges } from '../tls/analyse/ranges.ts'
import type { SweepAccount } from '../tls/analyse/sweep.ts'
import {
  isIdentified,
  leavesNoPlaintext,
  type RefusalFacts,
  refusesOldVersions,
  refusesUnapprovedGroups,
  refusesUnapprovedSuites,
} from './refusal.ts'

const by = { asOf: new Date('2026-11-22T00:00:00Z') }
const rules = [refusesOldVersions, refusesUnapprovedSuites, refusesUnapprovedGroups, leavesNoPlaintext, isIdentified]

const facts = (listener: Partial<ListenerFacts>, rest: Partial<RefusalFacts> = {}): RefusalFacts => ({
  listener: { ...unaskedListener, seenFrom: 'a test', ...listener },
  address: '10.0.0.5',
  port: 6443,
  transport: 'tcp',
  loopbackOnly: false,
  owner: 'kube-apiserver',
  ...rest,
})

/** An account of a whole space in which every code point has the same state, but for `except` and what is served. */
const account = (
  asks: SpaceKind,
  version: string,
  state: PointState,
  except: Readonly<Record<string, PointState>>,
  served: readonly string[],
): SweepAccount => {
  const stateOf = (number: number): PointState => except[code4(number)] ?? (served.includes(code4(number)) ? 'accepted' : state)
  const by = Map.groupBy(askable(asks), stateOf)
  const codes = (one: PointState): string[] => ranges(by.get(one) ?? [])
  const open = codes('inconclusive')
  return {
    asks,
    version,
    certificate: 'any',
    sni: null,
    scope: 'whole',
    asked: askable(asks).length,
    accepted: (by.get('accepted') ?? []).map(code4),
    unconfirmed: [],
    notServable: (by.get('not-servable') ?? []).map(code4),
    refused: codes('refused'),
    refusedAtypically: codes('refused-atypical'),
    silent: codes('silent'),
    inconclusive: open.length > 0 ? [{ codes: open, why: 'a test' }] : [],
    violations: [],
    proofs: [],
  }
}

/** A listener that answers every question and every number in the same way, but for what it serves; single versions, and suites of TLS 1.3, may have another state. */
const tls = (
  state: PointState,
  { versions = {}, suites = {} }: { versions?: Readonly<Record<string, PointState>>; suites?: Readonly<Record<string, PointState>> } = {},
): Partial<ListenerFacts> => ({
  protocol: 'tls',
  questions: tlsQuestions.map(
    (question): QuestionFact => ({
      question,
      outcome: state,
      why: 'a test',
      points: question.codePoints.map((code) => ({
        code,
        state: versions[code] ?? state,
        why: 'a test',
        alert: { description: 40, position: 'before-server-hello' },
        controls: ['a', 'b'],
        exchanges: [],
      })),
    }),
  ),
  sweep: {
    accounts: [
      account('suite', '0304', state, suites, ['1301', '1302']),
      account('group', '0304', state, {}, ['0017', '0018', '0019']),
      account('scheme', '0303', state, {}, ['0403']),
    ],
    absentCertificates: [],
    omitted: [],
  },
})
const accepted = (version: string, suite: string, group?: string) => ({
  version,
  suite,
  group,
  dhBits: undefined,
  serverHello: '',
  exchange: 'x',
})
const verdicts = (input: RefusalFacts): string[] => rules.map((rule) => rule(input, by).verdict)

describe('FIPS-TLS', () => {
  it('passes what refuses everything, and says how', () => {
    const input = facts({ ...tls('refused'), accepted: [accepted('0303', 'c02f', '0017')] })
    expect(verdicts(input)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass'])
    expect(refusesOldVersions(input, by)).toMatchObject({
      observed:
        'accepted: TLS 1.2 (0303) with c02f, secp256r1 (0017); refused: 3 code points in 3 questions (3 by alert 40 handshake_failure)',
      notes: [expect.stringContaining('; 3 code points were asked for by name, not the whole number space')],
    })
    expect(refusesUnapprovedGroups(input, by).observed).toBe(
      'accepted: TLS 1.2 (0303) with c02f, secp256r1 (0017); groups of TLS 1.3: 65,517 of 65,520 refused, 3 accepted',
    )
  })

  it.each([
    ['silent', 'inconclusive', 'inconclusive'],
    ['inconclusive', 'inconclusive', 'inconclusive'],
    // A suite that the server takes and cannot go through with is an offence; a version that it takes so is none that it speaks.
    ['not-servable', 'inconclusive', 'fail'],
    ['refused-atypical', 'pass', 'pass'],
  ] as const)('one version that is %s makes it %s, one suite %s', (state, version, suite) => {
    expect(refusesOldVersions(facts(tls('refused', { versions: { '0301': state } })), by).verdict).toBe(version)
    expect(refusesUnapprovedSuites(facts(tls('refused', { suites: { '1303': state } })), by).verdict).toBe(suite)
  })

  it('tells of an unusual way to refuse a version', () => {
    expect(refusesOldVersions(facts(tls('refused', { versions: { '0301': 'refused-atypical' } })), by).notes).toContainEqual(
      'TLS 1.0: a test, an unusual way to refuse',
    )
  })

  it('doubts a version that was answered against the protocol, and says what was broken', () => {
    const broken = tls('refused')
    const questions = (broken.questions ?? []).map((one) =>
      one.question.version === '0304' ? { ...one, outcome: 'protocol-violation' as const, why: 'suite 1303 was not offered (x)' } : one,
    )
    expect(refusesOldVersions(facts({ ...broken, questions }), by)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'TLS 1.3: protocol violation, suite 1303 was not offered (x)',
    })
  })

  it('takes silence for refusal only where the profile says so', () => {
    const input = facts(tls('refused', { suites: { '1303': 'silent' }, versions: { '0301': 'silent' } }), {
      profile: { ...fips1403Tls, silentRefusal: true },
    })
    expect(verdicts(input).slice(0, 2)).toEqual(['pass', 'pass'])
  })

  it('does not ask for the refusal of what the profile approves', () => {
    const input = facts(tls('refused', { suites: { '1304': 'inconclusive', c02b: 'inconclusive' }, versions: { '0303': 'inconclusive' } }))
    expect(verdicts(input).slice(0, 2)).toEqual(['pass', 'pass'])
  })

  it('fails with the names of what was accepted, whatever else is open', () => {
    const input = facts({ ...tls('inconclusive'), accepted: [accepted('0304', '1303', '001d'), accepted('0301', 'c013', '0017')] })
    expect(refusesOldVersions(input, by)).toMatchObject({ verdict: 'fail', reason: 'TLS 1.0 (0301) accepted' })
    expect(refusesUnapprovedSuites(input, by).reason).toBe(
      'TLS_CHACHA20_POLY1305_SHA256 (1303) accepted in TLS 1.3, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA (c013) accepted in TLS 1.0',
    )
    expect(refusesUnapprovedGroups(input, by).reason).toBe('x25519 (001d) accepted in TLS 1.3')
  })

  it('says on what an ML-KEM hybrid hangs, and fails it', () => {
    const outcome = refusesUnapprovedGroups(facts({ ...tls('refused'), accepted: [accepted('0304', '1301', '11ec')] }), by)
    expect(outcome.verdict).toBe('fail')
    expect(outcome.notes.join()).toContain('must list ML-KEM')
  })

  it('fails a small finite field', () => {
    const small = { ...accepted('0303', '009e'), dhBits: 1024 }
    expect(refusesUnapprovedGroups(facts({ ...tls('refused'), accepted: [small] }), by).reason).toBe('a finite field of 1024 bits accepted')
  })

  it('passes nothing of which nothing was asked', () => {
    expect(verdicts(facts({ protocol: 'tls' })).slice(0, 3)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
    expect(verdicts(facts({}))).toEqual(Array.from({ length: 5 }, () => 'inconclusive'))
  })

  it.each([
    ['http', ['not-applicable', 'not-applicable', 'not-applicable', 'fail', 'pass']],
    ['dns', ['not-applicable', 'not-applicable', 'not-applicable', 'fail', 'pass']],
    ['ssh', ['not-applicable', 'not-applicable', 'not-applicable', 'pass', 'pass']],
    ['plaintext-other', Array.from({ length: 5 }, () => 'inconclusive')],
    ['silent', Array.from({ length: 5 }, () => 'inconclusive')],
    ['unreachable', Array.from({ length: 5 }, () => 'inconclusive')],
  ] as const)('a listener that is %s', (protocol, expected) => {
    expect(verdicts(facts({ protocol }))).toEqual(expected)
    expect(leavesNoPlaintext(facts({ protocol }, { loopbackOnly: true }), by).verdict).toBe('not-applicable')
  })

  it.each([
    [10256, 'kube-proxy', 'http', 'tcp', 'not-applicable'],
    [10256, 'something', 'http', 'tcp', 'fail'],
    [10256, 'kube-proxy', 'dns', 'tcp', 'fail'],
    [10257, 'kube-proxy', 'http', 'tcp', 'fail'],
    [9153, 'coredns', 'http', 'tcp', 'not-applicable'],
    [53, 'coredns', 'dns', 'tcp', 'not-applicable'],
    [53, 'coredns', 'unasked', 'udp', 'not-applicable'],
    [53, 'other', 'unasked', 'udp', 'inconclusive'],
    [53, 'coredns', 'unasked', 'tcp', 'inconclusive'],
  ] as const)('port %i of %s that speaks %s over %s: plaintext %s', (port, owner, protocol, transport, verdict) => {
    expect(leavesNoPlaintext(facts({ protocol }, { port, owner, transport }), by).verdict).toBe(verdict)
  })

  it('knows the DNS of a container engine, and no other socket without an owner', () => {
    const engine = facts({ protocol: 'silent' }, { address: '127.0.0.11', owner: undefined, loopbackOnly: true, port: 40_001 })
    expect(verdicts(engine)).toEqual(['not-applicable', 'not-applicable', 'not-applicable', 'not-applicable', 'pass'])
    expect(isIdentified(facts({ protocol: 'tls' }, { owner: undefined }), by).verdict).toBe('inconclusive')
  })
})
