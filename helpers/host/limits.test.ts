import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { missingFrom } from './limits.ts'

const status = (bounding: string): string => `Name:\tcat\nCapEff:\t0000000000000000\nCapBnd:\t${bounding}\nCapAmb:\t0000000000000000\n40\n`

describe('missingFrom', () => {
  it.each([
    ['nothing', '000001ffffffffff', 40, []],
    ['CAP_SYS_RESOURCE', '000001fffeffffff', 40, ['CAP_SYS_RESOURCE']],
    ['the first and the last', '000000fffffffffe', 40, ['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE']],
    ['nothing that an older kernel has', '0000003fffffffff', 37, []],
    ['nothing where bits stand beyond the last', 'ffffffffffffffff', 40, []],
    ['what Docker takes from a container that is not privileged', '00000000a80425fb', 1, []],
  ])('%s', (_case, bounding, last, expected) => {
    expect(missingFrom(status(bounding), last)).toEqual(expected)
  })

  it('names all where there are none', () => {
    const missing = missingFrom(status('0000000000000000'), 40)
    expect({ count: missing.length, first: missing[0], last: missing[40] }).toEqual({
      count: 41,
      first: 'CAP_CHOWN',
      last: 'CAP_CHECKPOINT_RESTORE',
    })
  })

  it('says nothing of a system that has no bounding set', () => {
    expect(missingFrom('', Number.NaN)).toEqual([])
  })

  it.runIf(process.platform === 'linux')('reads the status of this process', () => {
    const own = readFileSync('/proc/self/status', 'utf8')
    const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'))
    const bounding = BigInt(`0x${/^CapBnd:\s*(\S+)/m.exec(own)?.[1]}`)
    expect(missingFrom(own, last).includes('CAP_SYS_RESOURCE')).toBe(((bounding >> 24n) & 1n) === 0n)
  })
})
