import { describe, expect, it } from 'vitest'
import type { FipsEnabled } from '../kernel/analyse/fips-enabled.ts'
import { nodeReportsFipsMode } from './nodes.ts'

const by = { asOf: new Date('2026-11-22T00:00:00Z') }
const common = { kernel: '6.1.0-33', commandLine: 'BOOT_IMAGE=/vmlinuz ro fips=1 quiet' }
const judge = (flag: FipsEnabled, hostKernel = false) => nodeReportsFipsMode({ node: 'a', flag, hostKernel }, by)

describe('FIPS-NODE-1', () => {
  it.each<[FipsEnabled, object]>([
    [
      { ...common, state: 'on' },
      { verdict: 'pass', observed: '1 (kernel 6.1.0-33)', remedy: '' },
    ],
    [
      { ...common, state: 'off' },
      { verdict: 'fail', reason: expect.stringContaining('is 0'), remedy: expect.stringContaining('first boot') },
    ],
    [
      { ...common, state: 'absent' },
      { verdict: 'fail', reason: expect.stringContaining('does not exist'), remedy: expect.stringContaining('CONFIG_CRYPTO_FIPS') },
    ],
    [
      { ...common, state: 'hidden', mounts: ['1 2 0:1 / /proc/sys rw - tmpfs tmpfs rw'] },
      { verdict: 'inconclusive', reason: expect.stringContaining('/proc/sys rw - tmpfs'), remedy: 'unmount it and run again' },
    ],
    [
      { ...common, state: 'unreadable', reason: 'Permission denied' },
      { verdict: 'inconclusive', reason: expect.stringContaining('Permission denied'), remedy: expect.stringContaining('readable') },
    ],
  ])('$state', (flag, expected) => {
    expect(judge(flag)).toMatchObject({ expected: '/proc/sys/crypto/fips_enabled is 1', ...expected })
    expect(judge(flag, true).verdict).toBe(judge(flag).verdict)
  })

  it('says of a container node that its kernel is the host’s, and what to do about that', () => {
    const { observed, notes, remedy } = judge({ ...common, state: 'off' }, true)
    expect(observed).toBe('0 (kernel 6.1.0-33, which is the host’s)')
    expect(notes[0]).toContain('speaks of the host')
    expect(remedy).toContain('--require FIPS-MOD,FIPS-TLS')
    expect(judge({ ...common, state: 'absent' }, true).remedy).toBe(remedy)
    expect(judge({ ...common, state: 'hidden', mounts: ['x'] }, true).remedy).toContain('unmount')
    expect(judge({ ...common, state: 'on' }, true).remedy).toBe('')
  })

  it.each([
    ['ro fips=1 quiet', 'fips=1'],
    ['fips=0', 'fips=0'],
    ['ro quiet nofips=1 xfips=1', 'not there'],
    ['', 'not there'],
  ])('shows what the command line «%s» asks for', (commandLine, shown) => {
    expect(judge({ ...common, commandLine, state: 'on' }).notes.at(-1)).toBe(`fips= on the kernel’s command line: ${shown}`)
  })

  it('names a flag that its command line does not explain', () => {
    expect(judge({ ...common, commandLine: 'ro quiet', state: 'on' }).notes).toContain(
      'contradiction: the flag is 1, and the kernel was booted with no fips=',
    )
    expect(judge({ ...common, state: 'off' }).notes.join()).toMatch(/contradiction: the flag is 0.*with fips=1/)
    expect(judge({ ...common, state: 'on' }).notes.join()).not.toMatch(/contradiction/)
  })
})
