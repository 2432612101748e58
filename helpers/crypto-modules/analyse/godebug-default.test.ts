import { describe, expect, it } from 'vitest'
import { fips140Setting, modeOfSetting } from './godebug-default.ts'
import { wholeImage } from './image.ts'
import { analyseImage } from './image-facts.ts'
import { joinBytes, packed } from './made-elf.ts'
import { type MadeGoProgram, madeGoProgram } from './made-go-program.ts'
import { searchFile } from './search.ts'

const module = ['crypto/internal/fips140/sha256.New', 'crypto/internal/fips140/check.init.0']

/** `MOV reg, [rip + distance]`: address of the instruction, address to load from. */
const load = (at: number, from: number): Uint8Array =>
  joinBytes(Uint8Array.of(0x48, 0x8b, 0x05), new Uint8Array(new Int32Array([from - at - 7]).buffer))

/** One string header with its text behind it. */
const header = (text: string) => (address: number) =>
  joinBytes(packed('little', [8, text === '' ? 0 : address + 16], [8, text.length]), new TextEncoder().encode(text))

const amd64 = (text: string, distance = 0): MadeGoProgram => ({
  before: ['runtime.godebugNotify', 'main.main'],
  module,
  variables: header(text),
  code: (address, data) => joinBytes(load(address, data + distance), load(address + 7, data + 8 + distance)),
})

/** `ADRP x27`, `ADD x27, x27, offset`, `LDP x0, x1, [x27]`. */
const arm64 = (text: string): MadeGoProgram => ({
  ...amd64(text),
  machine: 183,
  code: (address, data) => {
    const pages = Math.floor(data / 4096) - Math.floor(address / 4096)
    const adrp = (0x90000000 | ((pages & 3) << 29) | ((pages >> 2) << 5) | 27) >>> 0
    const add = (0x91000000 | ((data % 4096) << 10) | (27 << 5) | 27) >>> 0
    const ldp = (0xa9400000 | (1 << 10) | (27 << 5)) >>> 0
    return packed('little', [4, adrp], [4, add], [4, ldp])
  },
})

const facts = (made: MadeGoProgram) => {
  const { bytes } = madeGoProgram(made)
  const result = analyseImage(wholeImage(bytes), { path: '/bin/x', size: bytes.length, sha256: '00' }, searchFile(bytes, []), [])
  if (result.state !== 'inspected') throw new Error(result.reason)
  return result
}

describe('the compiled-in settings of GODEBUG', () => {
  it.each([
    ['amd64', amd64],
    ['arm64', arm64],
  ] as const)("are read by following the loads in the runtime's code (%s)", (_, made) => {
    expect(facts(made('panicnil=1,fips140=on')).godebugDefault).toMatchObject({
      state: 'read',
      text: 'panicnil=1,fips140=on',
      by: ['runtime.godebugNotify'],
    })
    expect(facts(made('panicnil=1,fips140=on')).mode).toBe('on')
  })

  it('are none where the variable is empty: then the mode is off', () => {
    expect(facts(amd64(''))).toMatchObject({ mode: 'off', godebugDefault: { state: 'read', text: '' } })
  })

  it.each([
    ['the code loads another place', amd64('fips140=on', 64)],
    ['what stands there is no list of settings', amd64('hello, world')],
    ['no function of the runtime reads them', { ...amd64('fips140=on'), before: ['main.a', 'main.main'] }],
    ['the code is that of another architecture', { ...amd64('fips140=on'), machine: 243 }],
  ])('are unknown where %s', (_, made) => {
    const { mode, godebugDefault, remarks } = facts(made)
    expect({ mode, state: godebugDefault?.state }).toEqual({ mode: 'unknown', state: 'unknown' })
    expect(remarks.join()).toContain('whether Go')
  })

  it('are not taken from a string that nothing of the runtime loads', () => {
    const variables = (address: number): Uint8Array =>
      joinBytes(header('panicnil=1')(address), new Uint8Array(6), header('fips140=on')(address + 32))
    expect(facts({ ...amd64(''), variables })).toMatchObject({ mode: 'off', godebugDefault: { text: 'panicnil=1' } })
  })

  it('contradict a build info that says otherwise', () => {
    const lines = ['path\texample.test/x', 'build\tDefaultGODEBUG=fips140=on', 'build\tGOFIPS140=latest']
    expect(facts({ ...amd64('fips140=off'), lines }).contradictions).toMatchObject([
      { id: 'mode-claim', text: expect.stringContaining('fips140=on') },
    ])
    expect(facts({ ...amd64('fips140=on'), lines }).contradictions).toEqual([])
  })
})

it('takes the last value', () => {
  expect(fips140Setting('fips140=off,panicnil=1,fips140=on')).toBe('on')
  expect(fips140Setting('xfips140=on')).toBeUndefined()
})

it.each([
  [undefined, 'off'],
  ['off', 'off'],
  ['on', 'on'],
  ['only', 'on'],
  ['debug', 'on'],
  ['auto', 'depends'],
  ['1', 'unknown'],
  ['', 'unknown'],
])('fips140=%s means %s', (value, mode) => expect(modeOfSetting(value)).toBe(mode))
