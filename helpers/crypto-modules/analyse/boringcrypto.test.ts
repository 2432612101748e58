import { describe, expect, it } from 'vitest'
import { type BoringCryptoCandidate, decisiveCandidate, examineCandidate, opensslCommand } from './boringcrypto.ts'
import { readElf } from './elf.ts'
import { wholeImage } from './image.ts'
import { type MadeSegment, madeBlock, madeElf, segmentOffsets } from './made-elf.ts'

const { block, build } = madeBlock()

const examine = (rights: MadeSegment['rights'], bytes = block, machine = 62) => {
  const made = { machine, segments: [{ rights, bytes }] }
  const image = wholeImage(madeElf(made))
  const result = readElf(image)
  if (result.state !== 'elf') throw new Error(result.state)
  return examineCandidate(image, result.elf, build, (segmentOffsets(made)[0] ?? 0) + build.digestOffset)
}

describe('examineCandidate', () => {
  it('takes the certified HMAC over code for intact', () => {
    expect(examine('rx')).toMatchObject({ state: 'intact', computed: build.digest })
  })

  it('tells a changed block, data, a cut block and another processor apart', () => {
    const changed = block.slice()
    changed.set([changed[0] === 0 ? 1 : 0])
    expect(examine('rx', changed).state).toBe('modified')
    expect(examine('r').state).toBe('data')
    expect(examine('rw').state).toBe('data')
    expect(examine('rx', block.subarray(0, block.length - 1)).state).toBe('partial')
    expect(examine('rx', block, 183).state).toBe('other-architecture')
  })

  it('takes a digest with too few bytes before it for part of a block', () => {
    const made = { segments: [{ rights: 'rx', bytes: block.subarray(build.digestOffset) }] } as const
    const image = wholeImage(madeElf(made))
    const result = readElf(image)
    expect(result.state === 'elf' && examineCandidate(image, result.elf, build, segmentOffsets(made)[0] ?? 0).state).toBe('partial')
  })
})

it('lets a modified block decide before an intact one, and both before what is no code', () => {
  const candidate = (state: BoringCryptoCandidate['state']): BoringCryptoCandidate => ({ build, start: 0, digestAt: 0, state })
  expect(decisiveCandidate([candidate('data'), candidate('intact'), candidate('partial')])?.state).toBe('intact')
  expect(decisiveCandidate([candidate('intact'), candidate('modified')])?.state).toBe('modified')
  expect(decisiveCandidate([])).toBeUndefined()
})

it('quotes the path for a shell', () => {
  expect(opensslCommand("/tmp/it's; here", 64, build)).toContain(
    "tail -c +65 -- '/tmp/it'\\''s; here' | head -c 1000 | openssl dgst -sha256",
  )
})
