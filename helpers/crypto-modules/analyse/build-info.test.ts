import { describe, expect, it } from 'vitest'
import { readBuildInfo } from './build-info.ts'
import { readElf } from './elf.ts'
import { wholeImage } from './image.ts'
import { boringLines, boringVersion, madeBase, madeBuildInfo, madeElf, madePointerBuildInfo, segmentOffsets } from './made-elf.ts'

const read = (bytes: Uint8Array, options: { class?: 32 | 64; order?: 'little' | 'big' } = {}) => {
  const made = { ...options, segments: [{ rights: 'rw', bytes }] } as const
  const image = wholeImage(madeElf(made))
  const result = readElf(image)
  if (result.state !== 'elf') throw new Error(result.state)
  return readBuildInfo(image, result.elf, segmentOffsets(made)[0] ?? 0)
}

const infoOf = (bytes: Uint8Array, options = {}) => {
  const result = read(bytes, options)
  if (result.state !== 'found') throw new Error(result.reason)
  return result.info
}

describe('readBuildInfo', () => {
  it('reads the inline form', () => {
    expect(infoOf(madeBuildInfo(boringVersion, [...boringLines, 'mod\texample.test\tv1.2.3\th1:sum=']))).toMatchObject({
      version: 'go1.26.8-X:boringcrypto',
      minor: 26,
      experiments: ['boringcrypto'],
      boringBranch: false,
      form: 'inline',
      path: 'example.test/component',
      main: 'example.test v1.2.3',
      settings: { CGO_ENABLED: '1', GOEXPERIMENT: 'boringcrypto' },
    })
  })

  it.each([
    [64, 'little', 8],
    [64, 'big', 8],
    [32, 'little', 4],
    [32, 'big', 4],
  ] as const)('reads the pointer form of Go up to 1.17 (%s bits, %s)', (bits, order, wordSize) => {
    const made = { class: bits, segments: [{ rights: 'rw', bytes: new Uint8Array() }] } as const
    const address = madeBase + (segmentOffsets(made)[0] ?? 0)
    const info = infoOf(madePointerBuildInfo(address, 'go1.17.10b7', ['path\tcommand-line-arguments'], order, wordSize), {
      class: bits,
      order,
    })
    expect(info).toMatchObject({ version: 'go1.17.10b7', minor: 17, boringBranch: true, form: 'pointer', path: 'command-line-arguments' })
  })

  it.each([
    ['go1.24.4 X:boringcrypto,synctest', ['boringcrypto', 'synctest'], false],
    ['go1.26.8-X:boringcrypto', ['boringcrypto'], false],
    ['go1.27.3', [], false],
    ['go1.18beta1', [], false],
    ['go1.16.7b7', [], true],
    ['devel go1.28-abcdef', [], false],
  ])('takes the experiments out of %s', (version, experiments, boringBranch) => {
    expect(infoOf(madeBuildInfo(version, []))).toMatchObject({ experiments, boringBranch, moduleText: false })
  })

  it('reads quoted settings', () => {
    const info = infoOf(madeBuildInfo('go1.26.0', ['build\t-ldflags="-X \\"a b\\"=c"', 'build\t"odd key"=value', 'build\t-tags=a,b']))
    expect(info.settings).toEqual({ '-ldflags': '-X "a b"=c', 'odd key': 'value', '-tags': 'a,b' })
  })

  it('takes no settings for known where no module text stands', () => {
    expect(infoOf(madeBuildInfo('go1.26.0', []))).toMatchObject({ settings: {}, moduleText: false })
  })

  it('rejects what is none, without reading beyond the file', () => {
    const good = madeBuildInfo(boringVersion, boringLines)
    const states = new Set(Array.from({ length: good.length }, (_, length) => read(good.subarray(0, length)).state))
    expect([...states]).toEqual(['malformed'])
    expect(read(madeBuildInfo('1.26', [])).state).toBe('malformed')
    const endless = good.slice()
    endless.fill(0xff, 32, 40)
    expect(read(endless).state).toBe('malformed')
  })
})
