import { describe, expect, it } from 'vitest'
import { certificateByNumber } from './certificates.ts'
import { nativeModule, nativeSnapshots, snapshotOf } from './modules-native.ts'

describe("the snapshots of Go's own module", () => {
  it('have a version and an archive each', () => {
    expect(new Set(nativeSnapshots.map(({ version }) => version)).size).toBe(nativeSnapshots.length)
    expect(new Set(nativeSnapshots.map(({ archive }) => archive)).size).toBe(nativeSnapshots.length)
    for (const { version, archive } of nativeSnapshots) {
      expect(version).toMatch(/^v\d+\.\d+\.\d+(?:-[0-9a-f]+)?$/)
      expect(archive).toMatch(/^[0-9a-f]{64}$/)
    }
  })

  it('have one with a certificate, and it is the one that was sealed again', () => {
    expect(nativeSnapshots.filter(({ certificate }) => certificate !== undefined).map(({ version }) => version)).toEqual([
      'v1.0.0-c2097c7c',
    ])
    expect(certificateByNumber(snapshotOf('v1.0.0-c2097c7c')?.certificate ?? 0)?.module).toContain('Go Cryptographic Module')
  })

  it('are found by their whole version', () => {
    expect(snapshotOf('v1.0.0')?.certificate).toBeUndefined()
    expect(snapshotOf('v1.0')).toBeUndefined()
    expect(nativeModule('v1.26.0')).toBe('go-native-v1.26.0')
  })
})
