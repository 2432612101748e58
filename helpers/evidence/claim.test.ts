import { describe, expect, it } from 'vitest'
import { catalogue } from '../policy/catalogue.ts'
import type { Verdict } from '../policy/verdict.ts'
import { type Claimed, claimLine, exitCode } from './claim.ts'
import type { Finding } from './model.ts'
import { sampleFinding as finding, samplePlaceholder as placeholder } from './sample.ts'

/** A catalogue of its own: what a claim means does not hang on how many requirements there are. */
const ids = [
  'FIPS-MOD-1',
  'FIPS-NODE-1',
  'FIPS-TLS-1',
  'FIPS-TLS-2',
  'FIPS-TLS-3',
  'FIPS-TLS-4',
  'FIPS-TLS-5',
  'FIPS-SELF-1',
  'FIPS-SELF-2',
]
const requirements = catalogue.filter(({ id }) => ids.includes(id))

const passing = (except: readonly string[] = []): Finding[] =>
  requirements.filter(({ id }) => !except.includes(id)).map(({ id }) => finding(id, 'pass'))

/** Everything passes but what is given. */
const given = (...changed: Finding[]): Finding[] => [...passing(changed.map(({ requirement }) => requirement)), ...changed]

const exit = (findings: readonly Finding[], claim: readonly string[], more: Partial<Claimed> = {}) =>
  exitCode({ findings, claim, requirements, ...more })

describe('the exit code of a scan', () => {
  const own = catalogue.filter(({ id }) => id === 'FIPS-MOD-1' || id === 'FIPS-SELF-2')
  const self = finding('FIPS-SELF-2', 'pass')
  const code = (findings: readonly Finding[], scan: boolean) => exitCode({ findings, claim: ['FIPS-MOD'], requirements: own, scan })

  it('is 0 where each file is proven to need no module, which of a cluster would say nothing', () => {
    expect(code([finding('FIPS-MOD-1', 'not-applicable'), self], true)).toBe(0)
    expect(code([finding('FIPS-MOD-1', 'not-applicable'), self], false)).toBe(2)
  })

  it('is 2 where there was nothing to judge, or something was not told', () => {
    expect(code([placeholder('FIPS-MOD-1', 'not-applicable'), self], true)).toBe(2)
    expect(code([finding('FIPS-MOD-1', 'pass'), finding('FIPS-MOD-1', 'inconclusive'), self], true)).toBe(2)
  })
})

describe('the exit code, a cell a line', () => {
  const cases: [string, Finding[], string[], number][] = [
    ['everything passes, everything claimed', passing(), [], 0],
    ['everything passes, named', passing(), ['FIPS-MOD', 'FIPS-NODE-1', 'FIPS-TLS'], 0],
    ['a claimed requirement fails', given(finding('FIPS-TLS-2', 'fail')), ['FIPS-TLS'], 1],
    ['a claimed requirement fails by its id', given(finding('FIPS-TLS-2', 'fail')), ['FIPS-TLS-2'], 1],
    ['an unclaimed requirement fails', given(finding('FIPS-NODE-1', 'fail')), ['FIPS-MOD', 'FIPS-TLS'], 0],
    ['another of its family fails', given(finding('FIPS-TLS-2', 'fail')), ['FIPS-TLS-1'], 0],
    ['nothing named, anything fails', given(finding('FIPS-NODE-1', 'fail')), [], 1],
    ['one subject fails among many that pass', [...passing(), finding('FIPS-MOD-1', 'fail')], ['FIPS-MOD'], 1],
    ['a fail outweighs an inconclusive', given(finding('FIPS-TLS-1', 'inconclusive'), finding('FIPS-TLS-2', 'fail')), ['FIPS-TLS'], 1],
    ['something claimed is inconclusive', given(finding('FIPS-TLS-2', 'inconclusive')), ['FIPS-TLS'], 2],
    ['one subject is inconclusive among many that pass', [...passing(), finding('FIPS-MOD-1', 'inconclusive')], ['FIPS-MOD'], 2],
    ['something unclaimed is inconclusive', given(finding('FIPS-NODE-1', 'inconclusive')), ['FIPS-MOD'], 0],
    ['something claimed is not applicable beside passes', given(finding('FIPS-TLS-4', 'not-applicable')), ['FIPS-TLS'], 0],
    ['a name has nothing but not-applicable', given(placeholder('FIPS-NODE-1', 'not-applicable')), ['FIPS-MOD', 'FIPS-NODE'], 2],
    ['nothing named, one requirement is not applicable', given(placeholder('FIPS-NODE-1', 'not-applicable')), [], 0],
    ['a name means nothing', passing(), ['FIPS-MOD', 'FIPS-TSL'], 2],
    ['a claimed requirement has no finding', passing(['FIPS-TLS-3']), ['FIPS-TLS'], 2],
    ['an unclaimed requirement has no finding', passing(['FIPS-NODE-1']), ['FIPS-TLS'], 0],
    ['no findings', [], [], 2],
    ['no findings, named', [], ['FIPS-MOD'], 2],
    [
      'plants only, everything claimed',
      catalogue.map(({ id, family }) => (family === 'FIPS-SELF' ? finding(id, 'pass') : placeholder(id, 'not-applicable'))),
      [],
      2,
    ],
    [
      'every subject is not applicable, everything claimed',
      catalogue.map(({ id, family }) => finding(id, family === 'FIPS-SELF' ? 'pass' : 'not-applicable')),
      [],
      2,
    ],
    ['an uncaught plant, FIPS-SELF not named', given(finding('FIPS-SELF-1', 'fail')), ['FIPS-MOD'], 1],
    ['an inconclusive plant, FIPS-SELF not named', given(finding('FIPS-SELF-1', 'inconclusive')), ['FIPS-MOD'], 2],
    ['no plants', passing(['FIPS-SELF-1', 'FIPS-SELF-2']), ['FIPS-MOD'], 2],
    [
      'plants that all are not applicable',
      given(finding('FIPS-SELF-1', 'not-applicable'), finding('FIPS-SELF-2', 'not-applicable')),
      ['FIPS-MOD'],
      2,
    ],
    ['FIPS-SELF is all that is claimed', given(finding('FIPS-MOD-1', 'fail')), ['FIPS-SELF'], 0],
    ['a requirement that the catalogue does not know fails', [...passing(), finding('FIPS-NEW-1', 'fail')], [], 1],
  ]
  it.each(cases)('%s', (_name, findings, claim, expected) => {
    expect(exit(findings, claim)).toBe(expected)
  })

  it.each<[Verdict, number]>([
    ['pass', 2],
    ['not-applicable', 2],
    ['inconclusive', 2],
    ['fail', 1],
  ])('a development run with a claimed %s gives %d', (verdict, expected) => {
    expect(exit([...passing(), finding('FIPS-MOD-1', verdict)], ['FIPS-MOD'], { development: true })).toBe(expected)
  })

  it('an unclaimed fail does not make a development run fail', () => {
    expect(exit(given(finding('FIPS-NODE-1', 'fail')), ['FIPS-MOD'], { development: true })).toBe(2)
  })
})

describe('a waiver', () => {
  const waived = ({ requirement }: Finding) => requirement === 'FIPS-TLS-3' || requirement === 'FIPS-SELF-1'
  it.each<[string, Finding[], string[], number]>([
    ['covers a fail', given(finding('FIPS-TLS-3', 'fail')), ['FIPS-TLS'], 0],
    ['covers an inconclusive', given(finding('FIPS-TLS-3', 'inconclusive')), ['FIPS-TLS'], 0],
    ['stands for the pass that a name needs', given(finding('FIPS-TLS-3', 'fail')), ['FIPS-TLS-3'], 0],
    ['makes no pass of what is not applicable', given(placeholder('FIPS-TLS-3', 'not-applicable')), ['FIPS-TLS-3'], 2],
    ['does not reach another requirement', given(finding('FIPS-TLS-2', 'fail')), ['FIPS-TLS'], 1],
    ['does not reach a plant', given(finding('FIPS-SELF-1', 'fail')), ['FIPS-TLS'], 1],
  ])('%s', (_name, findings, claim, expected) => {
    expect(exit(findings, claim, { waived })).toBe(expected)
  })
})

describe('the claim line', () => {
  it.each<[string, Finding[], string[], string]>([
    [
      'names what was not claimed, with its verdict',
      given(finding('FIPS-NODE-1', 'fail')),
      ['FIPS-MOD', 'FIPS-TLS'],
      'claimed: FIPS-MOD, FIPS-TLS (and FIPS-SELF). Not claimed: FIPS-NODE-1, which fails',
    ],
    [
      'lists several',
      given(finding('FIPS-NODE-1', 'inconclusive'), placeholder('FIPS-TLS-4', 'not-applicable')).filter(
        ({ requirement }) => requirement !== 'FIPS-TLS-5',
      ),
      ['FIPS-MOD', 'FIPS-TLS-1', 'FIPS-TLS-2', 'FIPS-TLS-3', 'FIPS-SELF'],
      'claimed: FIPS-MOD, FIPS-TLS-1, FIPS-TLS-2, FIPS-TLS-3 (and FIPS-SELF). Not claimed: FIPS-NODE-1, which is inconclusive; FIPS-TLS-4, which is not applicable; FIPS-TLS-5, which was not judged',
    ],
    [
      'says when everything is claimed',
      passing(),
      [],
      'claimed: FIPS-MOD, FIPS-NODE, FIPS-TLS (and FIPS-SELF). Nothing that was judged is left out of the claim',
    ],
  ])('%s', (_name, findings, claim, line) => {
    expect(claimLine({ findings, claim, requirements })).toBe(line)
  })
})
