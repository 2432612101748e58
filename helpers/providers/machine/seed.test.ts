import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { seedDisk } from './seed.ts'

describe('seedDisk', () => {
  it('is whole sectors of an archive that tar reads', async () => {
    const disk = await seedDisk({
      name: 'n1',
      address: '10.77.0.1',
      hosts: [
        { name: 'n1', address: '10.77.0.1' },
        { name: 'n2', address: '10.77.0.2' },
      ],
      publicKey: 'ecdsa-sha2-nistp256 AAAA fips-conformance\n',
      deadline: '2026-11-22T00:00:00.000Z',
    })
    expect(disk.length % 512).toBe(0)
    const read = (name: string): string => spawnSync('tar', ['-xOf', '-', name], { input: disk, encoding: 'utf8' }).stdout
    expect(read('machine.env')).toBe(`NAME=n1\nADDRESS=10.77.0.1\nDEADLINE=${Date.UTC(2026, 10, 22) / 1000}\n`)
    expect(read('hosts')).toBe('10.77.0.1 n1\n10.77.0.2 n2\n')
    expect(read('authorized_keys')).toBe('ecdsa-sha2-nistp256 AAAA fips-conformance\n')
  })
})
