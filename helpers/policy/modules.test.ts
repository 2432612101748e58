import { describe, expect, it } from 'vitest'
import { certificateByNumber } from './certificates.ts'
import { boringCryptoBuilds, macLength } from './modules.ts'

describe('the BoringCrypto builds', () => {
  it.each(boringCryptoBuilds.map((build) => [`${build.id}/${build.arch}`, build] as const))(
    '%s has a digest of its MAC and a block before it',
    (_, build) => {
      expect(build.digest).toMatch(/^[0-9a-f]+$/)
      expect(build.digest.length).toBe(2 * macLength[build.mac])
      expect(build.digestOffset).toBeGreaterThanOrEqual(build.length)
      expect(build.digestOffset - build.length).toBeLessThan(8192)
    },
  )

  it('have a digest each: it is what tells them apart', () => {
    expect(new Set(boringCryptoBuilds.map(({ digest }) => digest)).size).toBe(boringCryptoBuilds.length)
    expect(new Set(boringCryptoBuilds.map(({ id, arch }) => `${id}/${arch}`)).size).toBe(boringCryptoBuilds.length)
  })

  it('name certificates of BoringCrypto that are in the table', () => {
    for (const { certificate } of boringCryptoBuilds) {
      if (certificate !== undefined) expect(certificateByNumber(certificate)?.module).toBe('BoringCrypto')
    }
    expect(boringCryptoBuilds.filter(({ certificate }) => certificate === undefined).map(({ id }) => id)).toEqual([
      'boringcrypto-20220613-pre-certificate',
      'boringcrypto-20220613-pre-certificate',
    ])
  })
})
