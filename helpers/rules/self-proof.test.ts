import { describe, expect, it } from 'vitest'
import type { ExecutableFacts } from '../crypto-modules/analyse/executable-facts.ts'
import { askable } from '../policy/code-point-space.ts'
import { tlsQuestions } from '../policy/tls-questions.ts'
import { unaskedListener } from '../tls/analyse/listener.ts'
import type { PointState, QuestionFact } from '../tls/analyse/question.ts'
import { code4, ranges } from '../tls/analyse/ranges.ts'
import type { SweepAccount } from '../tls/analyse/sweep.ts'
import { type PlantedPeer, type PlantedTls, plantedModuleIsCaught, plantedPeerIsCaught } from './self-proof.ts'

const by = { asOf: new Date('2026-11-22T00:00:00Z') }

type Accepts = { version: string; suite: string; group?: string; scheme?: string }

/** An account that says of every code point what `state` says, but for those that are accepted. */
const account = (asks: 'suite' | 'group' | 'scheme', state: PointState, accepts: readonly Accepts[]): SweepAccount => {
  const taken = [...new Set(accepts.flatMap((one) => one[asks] ?? []))]
  const left = ranges(askable(asks).filter((number) => !taken.includes(code4(number))))
  const silent = state === 'silent'
  return {
    asks,
    version: asks === 'scheme' ? '0303' : '0304',
    certificate: 'any',
    sni: null,
    scope: 'whole',
    asked: askable(asks).length,
    accepted: taken,
    unconfirmed: [],
    notServable: [],
    refused: state === 'refused' ? left : [],
    refusedAtypically: [],
    silent: silent ? left : [],
    inconclusive: state === 'inconclusive' ? [{ codes: left, why: 'a test' }] : [],
    violations: [],
    proofs: [],
  }
}

/** What a planted listener looks like that answers every question in one way, and accepts what the profile forbids where it says so. */
const seen = (state: PointState, accepts: Accepts[] = []): PlantedTls['facts'] => ({
  listener: {
    ...unaskedListener,
    protocol: 'tls',
    questions: tlsQuestions.map(
      (question): QuestionFact => ({
        question,
        outcome: state,
        why: 'a test',
        points: question.codePoints.map((code) => ({ code, state, why: 'a test', alert: undefined, controls: ['a', 'b'], exchanges: [] })),
      }),
    ),
    // Schemes have no question of their own: only a sweep asks for them.
    sweep: {
      accounts: (['suite', 'group', 'scheme'] as const).map((asks) => account(asks, state, accepts)),
      absentCertificates: [],
      omitted: [],
    },
    accepted: accepts.map(({ version, suite, group, scheme }) => ({
      version,
      suite,
      group,
      ...(scheme && { scheme }),
      dhBits: undefined,
      serverHello: '',
      exchange: 'x',
    })),
  },
  address: '127.0.0.1',
  port: 0,
  transport: 'tcp',
  loopbackOnly: true,
  owner: 'plant',
})
const sound = { version: '0304', suite: '1301', group: '0017' }

describe('FIPS-SELF-1', () => {
  it.each<[string, PlantedPeer, string, RegExp]>([
    [
      'a sound server that passes',
      { speaks: 'tls', defect: {}, mode: 'chooser', facts: seen('refused', [sound]) },
      'pass',
      /a sound server passes every rule/,
    ],
    [
      'a sound server that does not',
      { speaks: 'tls', defect: {}, mode: 'chooser', facts: seen('silent', [sound]) },
      'fail',
      /does not pass/,
    ],
    [
      'a suite that was found',
      { speaks: 'tls', defect: { suite: '1303' }, mode: 'chooser', facts: seen('refused', [{ ...sound, suite: '1303' }]) },
      'pass',
      /the planted defect was found: .*\(1303\)/,
    ],
    [
      'a suite that only a pressed server takes',
      { speaks: 'tls', defect: { suite: '1303' }, mode: 'reluctant', facts: seen('refused', [{ ...sound, suite: '1303' }]) },
      'pass',
      /\(1303\)/,
    ],
    [
      'a signature scheme that was found, and how many there were to draw from',
      {
        speaks: 'tls',
        defect: { scheme: '0201' },
        mode: 'chooser',
        drawnFrom: 65_500,
        facts: seen('refused', [{ ...sound, scheme: '0201' }]),
      },
      'pass',
      /\(0201\)/,
    ],
    [
      'a group that was found',
      { speaks: 'tls', defect: { version: '0304', group: '001d' }, mode: 'chooser', facts: seen('refused', [{ ...sound, group: '001d' }]) },
      'pass',
      /\(001d\)/,
    ],
    [
      'a version that was found',
      { speaks: 'tls', defect: { version: '0301' }, mode: 'chooser', facts: seen('refused', [{ version: '0301', suite: '002f' }]) },
      'pass',
      /\(0301\)/,
    ],
    [
      'a suite that was missed',
      { speaks: 'tls', defect: { suite: '1303' }, mode: 'chooser', facts: seen('refused', [sound]) },
      'fail',
      /"1303"} was not found/,
    ],
    [
      'another suite than the planted one',
      { speaks: 'tls', defect: { suite: '1303' }, mode: 'chooser', facts: seen('refused', [{ ...sound, suite: '0005' }]) },
      'fail',
      /was not found/,
    ],
    [
      'a defect about which nothing was learned',
      { speaks: 'tls', defect: { suite: '1303' }, mode: 'chooser', facts: seen('inconclusive', [sound]) },
      'fail',
      /was not found/,
    ],
    ['a mute server that passes nowhere', { speaks: 'tls', defect: {}, mode: 'mute', facts: seen('silent') }, 'pass', /gets no pass/],
    ['a mute server that passes', { speaks: 'tls', defect: {}, mode: 'mute', facts: seen('refused', [sound]) }, 'fail', /was given a pass/],
  ])('%s', (_case, planted, verdict, reason) => {
    const outcome = plantedPeerIsCaught(planted, by)
    expect(outcome).toMatchObject({ verdict, reason: expect.stringMatching(reason) })
    expect(outcome.remedy !== '').toBe(verdict === 'fail')
    expect(outcome.observed.split(' | ')).toHaveLength(4)
  })
})

const file = (change: object): ExecutableFacts => ({
  state: 'inspected',
  path: 'planted',
  size: 1,
  sha256: '',
  format: 'elf',
  arch: 'amd64',
  linking: 'static',
  module: 'none',
  moduleName: 'none',
  integrity: 'n/a',
  mode: 'n/a',
  identity: 'n/a',
  cryptography: { state: 'unknown', objections: [] },
  fipsonly: 'unknown',
  wrappers: 'unknown',
  wrapperCount: 0,
  outside: [],
  contradictions: [],
  remarks: [],
  ...change,
})
const proven = { state: 'proven', chains: [] }
const intact = file({ module: 'planted', integrity: 'intact', certificate: 1, calls: proven })
const uncalled = file({ module: 'planted', integrity: 'intact', certificate: 1, calls: { state: 'unseen', reason: 'no calls' } })
const modified = file({ module: 'planted', integrity: 'modified' })
const none = file({})
const unknown = file({ module: 'unknown-boringssl', integrity: 'unknown' })
const truncated: ExecutableFacts = { state: 'truncated', path: 'planted', reason: 'cut short' }

describe('FIPS-SELF-2', () => {
  it.each<[string, readonly ExecutableFacts[], readonly ExecutableFacts[]]>([
    ['intact', [intact], [uncalled, modified, none, unknown, truncated]],
    ['tampered', [modified], [intact, none, unknown, truncated]],
    ['decoy', [none, unknown, modified, truncated], [intact]],
    ['absent', [none], [intact, modified, unknown, truncated]],
    ['truncated', [truncated, { ...truncated, state: 'malformed' }], [intact, modified, none, unknown]],
  ])('%s', (plant, right, wrong) => {
    for (const executable of right) {
      expect(plantedModuleIsCaught({ plant, executables: [executable] }, by)).toMatchObject({ verdict: 'pass', remedy: '' })
    }
    for (const executable of wrong) {
      expect(plantedModuleIsCaught({ plant, executables: [executable] }, by)).toMatchObject({
        verdict: 'fail',
        reason: expect.stringMatching(/^not so: /),
      })
    }
    expect(plantedModuleIsCaught({ plant, executables: [] }, by)).toMatchObject({ verdict: 'fail', observed: 'nothing was read' })
  })

  it('knows no other plant', () => {
    expect(() => plantedModuleIsCaught({ plant: 'weed', executables: [intact] }, by)).toThrow('unknown plant weed')
  })
})
