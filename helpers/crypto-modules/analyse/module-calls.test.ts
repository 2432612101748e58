import { describe, expect, it } from 'vitest'
import { wholeImage } from './image.ts'
import { analyseImage } from './image-facts.ts'
import { type MadeGoboring, madeGoboring } from './made-goboring.ts'
import { searchFile } from './search.ts'

const inspected = (made: MadeGoboring) => {
  const { bytes, build } = madeGoboring(made)
  const facts = analyseImage(wholeImage(bytes), { path: '/bin/x', size: bytes.length, sha256: '00' }, searchFile(bytes, [build]), [build])
  if (facts.state !== 'inspected') throw new Error(`${facts.state}: ${facts.reason}`)
  return facts
}

describe('calls into the module', () => {
  it.each(['amd64', 'arm64'] as const)('are proven along every link of the chain: %s', (arch) => {
    const { module } = madeGoboring({ arch })
    const { integrity, calls } = inspected({ arch })
    expect(integrity).toBe('intact')
    if (calls?.state !== 'proven') throw new Error(calls?.reason)
    const [chain] = calls.chains
    expect(chain?.functions.map(({ name }) => name)).toEqual([
      'crypto/sha256.New',
      'crypto/internal/boring.NewSHA256',
      'crypto/internal/boring._Cfunc__goboringcrypto_SHA256_Init',
      '',
    ])
    expect(chain?.into).toBe(module + 400)
    // Each call stands in the function before it, and its bytes are those of a call.
    for (const [at, site] of (chain?.calls ?? []).entries()) {
      const { offset = 0, length = 0 } = chain?.functions[at] ?? {}
      expect(site).toBeGreaterThanOrEqual(offset)
      expect(site).toBeLessThan(offset + length)
    }
  })

  it.each([
    ['caller', 'unseen', 'no function of crypto/* was found'],
    ['wrapper', 'unseen', 'no function of crypto/* was found'],
    ['cgocall', 'none', 'none of the 1 functions'],
    ['variable', 'none', 'none of the 1 functions'],
    ['stub', 'none', 'none of the 1 functions'],
  ] as const)('are not, where the %s leads elsewhere', (broken, state, said) => {
    expect(inspected({ broken }).calls).toMatchObject({ state, reason: expect.stringContaining(said) })
  })

  it.each([
    ['a caller that is not of crypto/*', { caller: 'main.New' }, 'unseen'],
    ['a caller of the wrappers’ own package', { caller: 'crypto/internal/boring/bbig.Enc' }, 'unseen'],
    ['a step that is not of crypto/internal/boring', { inner: 'main.step' }, 'unseen'],
    ['a wrapper of another name', { wrapper: 'crypto/internal/boring.wrap' }, 'none'],
    ['another function in the place of runtime.cgocall', { cgocall: 'main.cgocall' }, 'none'],
  ] as const)('are not, with %s', (_, names, state) => expect(inspected({ names }).calls?.state).toBe(state))

  it('are not asked for where no module stands in the code', () => {
    expect(inspected({ place: 'data' })).toMatchObject({ module: 'none', integrity: 'n/a' })
    expect(inspected({ place: 'data' }).calls).toBeUndefined()
  })
})
