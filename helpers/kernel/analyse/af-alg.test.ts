import { describe, expect, it } from 'vitest'
import { analyseKernelDigests, analyseKernelTwin, flagReadByHelper } from './af-alg.ts'

const sha256 = 'sha256 digest ok ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const listed =
  'name         : md5\ndriver       : md5-generic\nmodule       : kernel\nselftest     : passed\ninternal     : no\ntype         : shash\n\nname         : sha256\n'
const evidence = (output: string, crypto = listed, exitCode = 0) => ({
  data: { exitCode, stderr: 'words of the shell', helper: '00' },
  bytes: (blob: string) => new TextEncoder().encode(blob === 'output' ? output : crypto),
})

describe('analyseKernelDigests', () => {
  it.each([
    ['a refusal of what the kernel has', evidence(`${sha256}\nmd5 bind ENOENT 2\n`), 'refuses'],
    ['a refusal of what the kernel does not list', evidence(`${sha256}\nmd5 bind ENOENT 2\n`, 'name         : hmac(md5)\n'), 'lacks'],
    ['an answer', evidence(`${sha256}\nmd5 digest ok 900150983cd24fb0d6963f7d28e17f72\n`), 'accepts'],
    ['a wrong answer', evidence(`${sha256}\nmd5 digest ok 00\n`), 'unknown'],
    ['no right of way is no refusal', evidence(`${sha256}\nmd5 bind EPERM 1\n`), 'unknown'],
    ['a control that fails', evidence('sha256 socket EAFNOSUPPORT 97\nmd5 socket EAFNOSUPPORT 97\n'), 'unknown'],
    ['a control that answers wrongly', evidence('sha256 digest ok 00\nmd5 bind ENOENT 2\n'), 'unknown'],
    ['nothing at all', evidence(''), 'unknown'],
    ['a helper that does not run', evidence(`${sha256}\nmd5 bind ENOENT 2\n`, listed, 126), 'unknown'],
  ])('%s', (_case, given, state) => {
    expect(analyseKernelDigests(given).state).toBe(state)
  })

  it('shows how the kernel lists what it refuses', () => {
    expect(analyseKernelDigests(evidence(`${sha256}\nmd5 bind ENOENT 2\n`))).toEqual({
      state: 'refuses',
      error: 'ENOENT',
      listed: 'name=md5 driver=md5-generic selftest=passed internal=no',
    })
  })
})

describe('flagReadByHelper', () => {
  it.each([
    ['what the kernel says', `${sha256}\n/proc/sys/crypto/fips_enabled read ok 310a\n`, '1'],
    ['off', '/proc/sys/crypto/fips_enabled read ok 300a\n', '0'],
    ['no such file', `${sha256}\n/proc/sys/crypto/fips_enabled open ENOENT 2\n`, undefined],
    ['an older helper', `${sha256}\n`, undefined],
  ])('%s', (_case, output, flag) => {
    expect(flagReadByHelper(evidence(output))).toBe(flag)
  })
})

describe('analyseKernelTwin', () => {
  const twin = (twinKernelFile: string) => {
    const told = evidence(`${sha256}\nmd5 digest ok 900150983cd24fb0d6963f7d28e17f72\n`)
    return analyseKernelTwin({ ...told, data: { ...told.data, run: 'r', kernelFile: 'linux, SHA-256 00', twinKernelFile } })
  }
  it('takes the same kernel file only', () => {
    expect(twin('linux, SHA-256 00')).toMatchObject({ run: 'r', digests: { state: 'accepts' } })
    expect(twin('linux, SHA-256 01')).toBeUndefined()
    expect(twin('')).toBeUndefined()
  })
})
