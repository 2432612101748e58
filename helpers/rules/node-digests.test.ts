import { describe, expect, it } from 'vitest'
import type { KernelDigests } from '../kernel/analyse/af-alg.ts'
import type { FipsEnabled } from '../kernel/analyse/fips-enabled.ts'
import { kernelRefusesUnapproved, userSpaceRefusesUnapproved } from './node-digests.ts'

const asOf = new Date()
const flag = (state: 'on' | 'off' | 'absent'): FipsEnabled => ({ kernel: '6.1', commandLine: '', state })
const hidden: FipsEnabled = { kernel: '6.1', commandLine: '', state: 'hidden', mounts: ['a tmpfs'] }
const refuses: KernelDigests = { state: 'refuses', error: 'ENOENT', listed: 'name=md5' }
const accepts: KernelDigests = { state: 'accepts', digest: '9001' }

describe('FIPS-NODE-4', () => {
  it.each<[string, FipsEnabled, KernelDigests | undefined, string, RegExp]>([
    ['the flag on, MD5 refused', flag('on'), refuses, 'pass', /refuses it with ENOENT/],
    ['a node that lies: the flag on, MD5 computed', flag('on'), accepts, 'fail', /not the kernel’s word/],
    ['a masked /proc before a kernel that computes MD5', hidden, accepts, 'fail', /not in FIPS mode/],
    ['the flag off, whatever is refused', flag('off'), refuses, 'fail', /is not in FIPS mode/],
    ['no flag', flag('absent'), undefined, 'fail', /is not in FIPS mode/],
    ['MD5 that the kernel may not have', flag('on'), { state: 'lacks', error: 'ENOENT' }, 'inconclusive', /nothing shows/],
    ['no AF_ALG', flag('on'), { state: 'unknown', reason: 'EAFNOSUPPORT' }, 'inconclusive', /EAFNOSUPPORT/],
    ['no helper', flag('on'), undefined, 'inconclusive', /was not built/],
  ])('%s', (_case, own, digests, verdict, words) => {
    const outcome = kernelRefusesUnapproved({ flag: own, hostKernel: false, digests }, { asOf })
    expect(outcome.verdict).toBe(verdict)
    expect(outcome.reason).toMatch(words)
  })

  it.each<[string, KernelDigests, string]>([
    ['computes it', accepts, 'pass'],
    ['refuses it, too', { state: 'lacks', error: 'ENOENT' }, 'inconclusive'],
  ])('asks the twin whether the kernel has MD5: one that %s', (_case, digests, verdict) => {
    const twin = { run: 'r', kernelFile: 'linux, SHA-256 00', digests }
    const lacks: KernelDigests = { state: 'lacks', error: 'ENOENT' }
    expect(kernelRefusesUnapproved({ flag: flag('on'), hostKernel: false, digests: lacks, twin }, { asOf }).verdict).toBe(verdict)
    expect(kernelRefusesUnapproved({ flag: flag('on'), hostKernel: false, digests: accepts, twin }, { asOf }).verdict).toBe('fail')
  })

  it('says what a program without libraries reads where others are shown something else', () => {
    const judge = (state: 'on' | 'off', flagByHelper: string) =>
      kernelRefusesUnapproved({ flag: flag(state), hostKernel: false, digests: accepts, flagByHelper }, { asOf })
    expect(judge('on', '0').reason).toMatch(/linked statically reads 0 .* shown 1/)
    expect(judge('off', '1').notes.join()).toMatch(/contradiction.*reads 1 .* shown 0/)
    expect(judge('on', '1').notes).toEqual([])
  })
})

describe('FIPS-NODE-5', () => {
  it.each([
    ['a refusal', { state: 'refuses', said: 'unsupported' }, 'pass'],
    ['an answer', { state: 'accepts', digest: '9001' }, 'fail'],
    ['neither', { state: 'unknown', reason: 'no openssl' }, 'inconclusive'],
  ] as const)('%s', (_case, digests, verdict) => {
    expect(userSpaceRefusesUnapproved({ containerNode: false, digests }, { asOf }).verdict).toBe(verdict)
    expect(userSpaceRefusesUnapproved({ containerNode: true, digests }, { asOf }).verdict).toBe('not-applicable')
  })
})
