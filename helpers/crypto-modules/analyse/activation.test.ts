import { describe, expect, it } from 'vitest'
import { activationEntries, analyseEnvironment, type Environment, joinActivation, type KernelMode } from './activation.ts'
import type { InspectedExecutable } from './executable-facts.ts'

const native = (compiled: string, mode: InspectedExecutable['mode']): InspectedExecutable => ({
  state: 'inspected',
  path: '/x',
  size: 1,
  sha256: 'ab',
  format: 'elf',
  arch: 'amd64',
  linking: 'static',
  module: 'go-native-v1.0.0-c2097c7c',
  moduleName: 'Go Cryptographic Module v1.0.0-c2097c7c',
  integrity: 'intact',
  mode,
  identity: 'claimed',
  native: {
    module: 'go-native-v1.0.0-c2097c7c',
    version: 'v1.0.0-c2097c7c',
    integrity: 'intact',
    fipsInfo: {
      offset: 0,
      ranges: [
        { start: 0, end: 0 },
        { start: 0, end: 0 },
        { start: 0, end: 0 },
        { start: 0, end: 0 },
      ],
      stored: '',
    },
    functions: 1,
    agreeing: [],
    contradictions: [],
  },
  godebugDefault: { state: 'read', text: compiled, offset: 1, by: [] },
  cryptography: { state: 'present', packages: [], objections: [] },
  fipsonly: 'no',
  wrappers: 'no',
  wrapperCount: 0,
  outside: [],
  contradictions: [],
  remarks: [],
})
const environment = (GODEBUG?: string): Environment => ({
  state: 'read',
  of: 'process',
  owner: 'process 7',
  variables: GODEBUG === undefined ? {} : { GODEBUG },
})

describe('entries of an environment', () => {
  it('are kept where they decide over modules, and no others', () => {
    const kept = activationEntries(['PATH=/bin', 'GODEBUG=fips140=on', 'GODEBUGX=1', 'OPENSSL_CONF=/a', 'TOKEN=GODEBUG=x', 'GOFIPS', '=x'])
    expect(new TextDecoder().decode(kept)).toBe('GODEBUG=fips140=on\0OPENSSL_CONF=/a\0')
  })

  it('are read again from what is stored; the first of one name counts', () => {
    const data = { state: 'read', of: 'process', owner: 'process 7', program: '/proc/7/exe' }
    const bytes = () => activationEntries(['GODEBUG=a=1', 'GODEBUG=b=2', 'GOFIPS='])
    expect(analyseEnvironment({ data, bytes })).toEqual({ ...data, variables: { GODEBUG: 'a=1', GOFIPS: '' } })
    expect(analyseEnvironment({ data: { ...data, state: 'unreadable', reason: 'no' }, bytes })).toMatchObject({
      state: 'unreadable',
      reason: 'no',
    })
  })
})

describe("Go's own module, with what its program was started in", () => {
  it.each<[string, string, InspectedExecutable['mode'], string | undefined, KernelMode, InspectedExecutable['mode'], boolean]>([
    ['stays on', 'fips140=on', 'on', undefined, 'unknown', 'on', false],
    ['is turned off', 'fips140=on', 'on', 'fips140=off', 'on', 'off', true],
    ['is turned off by an empty value', 'fips140=on', 'on', 'x=1,fips140=', 'on', 'off', true],
    ['is turned on', 'x=1', 'off', 'fips140=on', 'off', 'on', false],
    ['is turned on by the last value', 'x=1', 'off', 'fips140=off,fips140=only', 'off', 'on', false],
    ['stays off', 'x=1', 'off', 'other=1', 'on', 'off', false],
    ['follows the kernel', 'fips140=auto', 'depends', undefined, 'on', 'on', false],
    ['follows a kernel that is off', 'fips140=auto', 'depends', undefined, 'off', 'off', false],
    ['is told to follow the kernel', 'x=1', 'off', 'fips140=auto', 'on', 'on', false],
    ['depends where the kernel is not in sight', 'fips140=auto', 'depends', undefined, 'unknown', 'depends', false],
    ['is unknown with a value that is none', 'fips140=on', 'on', 'fips140=maybe', 'on', 'unknown', false],
  ])('%s', (_, compiled, mode, given, kernel, expected, contradicts) => {
    const joined = joinActivation(native(compiled, mode), { environment: environment(given), kernel })
    expect(joined.mode).toBe(expected)
    expect(joined.contradictions.map(({ id }) => id)).toEqual(contradicts ? ['mode-environment'] : [])
  })

  it('follows the kernel without an environment, too', () => {
    expect(joinActivation(native('fips140=auto', 'depends'), { kernel: 'on' }).mode).toBe('on')
    expect(joinActivation(native('fips140=on', 'on'), { kernel: 'off' }).mode).toBe('on')
  })

  it('depends on an environment that could not be read', () => {
    const joined = joinActivation(native('fips140=on', 'on'), {
      environment: { state: 'unreadable', owner: 'process 7', reason: 'no' },
      kernel: 'on',
    })
    expect(joined).toMatchObject({ mode: 'depends', dependsOn: [expect.stringContaining('process 7')] })
  })
})

it('says of a goboring program what GODEBUG=fips140=on does to it, and leaves it as it is otherwise', () => {
  const { native: _native, ...rest } = native('', 'n/a')
  const boring = { ...rest, module: 'boringcrypto-20220613' }
  expect(joinActivation(boring, { environment: environment('fips140=off'), kernel: 'on' })).toBe(boring)
  expect(joinActivation(boring, { environment: environment('fips140=on'), kernel: 'on' }).remarks).toEqual([
    expect.stringContaining('ends with that'),
  ])
})
