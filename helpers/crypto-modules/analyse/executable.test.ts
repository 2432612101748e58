import { describe, expect, it } from 'vitest'
import { boringSslSelfTestText } from '../../policy/modules.ts'
import { analyseExecutable } from './executable.ts'
import { wholeImage } from './image.ts'
import { analyseImage } from './image-facts.ts'
import {
  boringLines,
  boringNames,
  boringVersion,
  joinBytes,
  type MadeElf,
  madeBlock,
  madeBuildInfo,
  madeElf,
  madeFunctionTable,
  segmentOffsets,
} from './made-elf.ts'
import { searchFile } from './search.ts'

const { block, build } = madeBlock()
const gap = new Uint8Array(100).fill(0x90)
const code = joinBytes(gap, block, gap)
const textBytes = (value: string): Uint8Array => new TextEncoder().encode(value)

type Parts = {
  code?: Uint8Array
  names?: readonly string[]
  version?: string
  lines?: readonly string[]
  data?: Uint8Array
  machine?: number
}
const program = ({
  code: rx = code,
  names = boringNames,
  version = boringVersion,
  lines = boringLines,
  data = gap,
  machine = 62,
}: Parts = {}): MadeElf => ({
  machine,
  segments: [
    { rights: 'rx', bytes: rx },
    { rights: 'r', bytes: madeFunctionTable(names) },
    { rights: 'r', bytes: data },
    { rights: 'rw', bytes: madeBuildInfo(version, lines) },
  ],
})

const analyse = (whole: Uint8Array, builds = [build]) =>
  analyseImage(wholeImage(whole), { path: '/usr/bin/component', size: whole.length, sha256: '00' }, searchFile(whole, builds), builds)

const inspected = (made: MadeElf, builds = [build]) => {
  const facts = analyse(madeElf(made), builds)
  if (facts.state !== 'inspected') throw new Error(`${facts.state}: ${facts.reason}`)
  return facts
}

describe('a program with a known module', () => {
  it('is identified by the digest and shown intact by the HMAC', () => {
    const start = (segmentOffsets(program())[0] ?? 0) + gap.length
    expect(inspected(program())).toMatchObject({
      module: 'boringcrypto-20990101',
      integrity: 'intact',
      certificate: 4735,
      arch: 'amd64',
      wrappers: 'yes',
      wrapperCount: 1,
      fipsonly: 'no',
      contradictions: [],
      proof: { blockOffset: start, blockLength: 1000, digestOffset: start + 1043, expected: build.digest, computed: build.digest },
    })
  })

  it('says whether fipsonly is linked', () => {
    expect(inspected(program({ names: [...boringNames, 'crypto/tls/fipsonly.init.0'] })).fipsonly).toBe('yes')
    expect(inspected(program({ names: [...boringNames, 'crypto/tls/fipsonly.initialise'] })).fipsonly).toBe('no')
  })

  it('works with SHA-512 as with SHA-256', () => {
    const long = madeBlock({ mac: 'sha512' })
    expect(inspected(program({ code: long.block }), [long.build]).integrity).toBe('intact')
  })

  it.each([0, 500, 999])('is modified when byte %s of the block is flipped', (at) => {
    const changed = code.slice()
    changed[gap.length + at]! ^= 1
    const facts = inspected(program({ code: changed }))
    expect(facts).toMatchObject({ module: 'boringcrypto-20990101', integrity: 'modified' })
    expect(facts.proof?.computed).not.toBe(build.digest)
  })

  it.each([0, 99, 100 + 1000, 100 + 1042, 100 + 1075])('stays intact when byte %s outside block and digest is flipped', (at) => {
    const changed = code.slice()
    changed[at]! ^= 1
    expect(inspected(program({ code: changed })).integrity).toBe('intact')
  })

  it('is not identified by a flipped digest', () => {
    const changed = code.slice()
    changed[gap.length + 1043]! ^= 1
    expect(inspected(program({ code: changed }))).toMatchObject({
      module: 'none',
      contradictions: [{ id: 'experiment-without-module' }, { id: 'wrappers-without-module' }],
    })
  })

  it('does not count as data', () => {
    const facts = inspected(program({ code: gap, data: block }))
    expect(facts).toMatchObject({ module: 'none', integrity: 'n/a' })
    expect(facts.proof).toBeUndefined()
    expect(facts.remarks.join()).toContain('as data')
  })

  it('does not count when only the end of it is code', () => {
    const made: MadeElf = {
      segments: [
        { rights: 'r', bytes: block.subarray(0, 512) },
        { rights: 'rx', bytes: block.subarray(512) },
      ],
    }
    expect(inspected(made)).toMatchObject({ module: 'none' })
  })

  it('does not count for another processor', () => {
    expect(inspected(program({ machine: 183 }))).toMatchObject({ arch: 'arm64', module: 'none' })
  })

  it('is modified when one of two copies in the code is', () => {
    const changed = block.slice()
    changed[3]! ^= 1
    const facts = inspected(program({ code: joinBytes(block, changed) }))
    expect(facts.integrity).toBe('modified')
    expect(facts.remarks.join()).toContain('2 modules')
  })

  it('is unknown when only the self-test text is in the code', () => {
    const facts = inspected(program({ code: textBytes(`..${boringSslSelfTestText}. Expected`) }))
    expect(facts).toMatchObject({ module: 'unknown-boringssl', integrity: 'unknown' })
    expect(inspected(program({ code: gap, data: textBytes(boringSslSelfTestText) })).module).toBe('none')
  })
})

it('does not pass over copies that are too many to examine', () => {
  const copies = joinBytes(...Array.from({ length: 20 }, () => block))
  expect(inspected(program({ code: copies })).contradictions).toMatchObject([
    { id: 'unexamined-copies', text: expect.stringContaining('4 places') },
  ])
})

describe('files that cannot be inspected', () => {
  it.each([
    ['empty', new Uint8Array()],
    ['script', textBytes('#!/bin/sh\nexec kubelet "$@"\n')],
    ['pe', textBytes('MZ......')],
    ['mach-o', Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 0, 0)],
    ['data', textBytes('hello')],
    ['malformed', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1)],
    ['truncated', madeElf(program()).subarray(0, 1000)],
    ['data', madeElf({ type: 1, segments: [] })],
    ['packed', madeElf({ segments: [{ rights: 'rx', bytes: textBytes('UPX!') }] })],
  ])('are %s', (state, bytes) => expect(analyse(bytes).state).toBe(state))

  it('make no file length throw', () => {
    const whole = madeElf(program())
    for (let length = 0; length < whole.length; length += 13)
      expect(['empty', 'data', 'malformed', 'truncated']).toContain(analyse(whole.subarray(0, length)).state)
  })

  it('never throw for a garbled byte, and never pass one of the block or of its digest for intact', () => {
    const whole = madeElf(program())
    const start = (segmentOffsets(program())[0] ?? 0) + gap.length
    const inProof = (at: number): boolean => (at >= start && at < start + 1000) || (at >= start + 1043 && at < start + 1075)
    const intact = new Set<boolean>()
    for (let at = 0; at < whole.length; at += 3) {
      const changed = whole.slice()
      changed[at]! ^= 0xff
      const facts = analyse(changed)
      if (facts.state === 'inspected' && facts.integrity === 'intact') intact.add(inProof(at))
    }
    expect([...intact]).toEqual([false])
  })

  it('include observations that do not have their form', () => {
    expect(analyseExecutable({ data: { state: 'read' }, bytes: () => new Uint8Array() }).state).toBe('unreadable')
  })
})
