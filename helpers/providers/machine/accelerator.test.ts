import { describe, expect, it } from 'vitest'
import { chooseBy } from './accelerator.ts'

describe('chooseBy', () => {
  it.each<[string, Parameters<typeof chooseBy>, 'kvm' | 'tcg', RegExp]>([
    ['KVM that works', [{ milliseconds: 80 }, { milliseconds: 60 }], 'kvm', /KVM works/],
    ['KVM that fails', [{ failed: 'ioctl: Invalid argument' }, { milliseconds: 60 }], 'tcg', /cannot be used: ioctl/],
    [
      'KVM that is emulated itself',
      [{ milliseconds: 3465 }, { milliseconds: 59 }],
      'tcg',
      /slower than emulation here: 3\.4[67] s against 0\.06 s/,
    ],
    ['a host that is slow at everything', [{ milliseconds: 1500 }, { milliseconds: 1400 }], 'kvm', /KVM works/],
    ['KVM where emulation fails', [{ milliseconds: 1500 }, { failed: 'x' }], 'kvm', /KVM works/],
  ])('%s', (_case, trials, name, why) => {
    expect(chooseBy(...trials)).toMatchObject({ name, why: expect.stringMatching(why) })
  })
})
