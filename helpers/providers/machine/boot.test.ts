import { describe, expect, it } from 'vitest'
import { failureOf } from './boot.ts'

describe('failureOf', () => {
  it.each<[string, string, boolean, string]>([
    ['a panic', '[ 1.0] Kernel panic - not syncing: Attempted to kill init!\n', true, 'MACHINE_PANIC'],
    ['a panic after which it has ended', '[ 1.0] Kernel panic - not syncing: x\n', false, 'MACHINE_PANIC'],
    ['trouble of its own', 'fips-conformance: TROUBLE the disk cannot be mounted\n', false, 'MACHINE_TROUBLE'],
    ['a disk that this host cannot write', '[ 9.0] I/O error, dev vda, sector 10 op 0x1:(WRITE) flags 0x0\n', true, 'MACHINE_DISK_ERROR'],
    ['the end of its time', 'fips-conformance: DEADLINE the time of this machine is over\n', false, 'MACHINE_EXPIRED'],
    ['an end without a word', 'booting\n', false, 'MACHINE_ENDED'],
  ])('%s', (_case, log, alive, code) => {
    const failure = failureOf('node', log, alive)
    expect(failure?.code).toBe(code)
    expect(failure?.trouble.why).toContain(log.trim().split('\n').at(-1))
  })

  it('is none while it runs and has not complained', () => {
    expect(failureOf('node', 'fips-conformance: MODE 1\n', true)).toBeUndefined()
  })
})
