import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { debugfsFor } from './debugfs-program.ts'

const bin = mkdtempSync(join(tmpdir(), 'debugfs-'))
afterAll(() => rmSync(bin, { recursive: true, force: true }))

describe('the program that reads a disk', () => {
  it('is this host’s where it has one, and opens the disk read-only: without -w', async () => {
    const own = join(bin, 'debugfs')
    writeFileSync(own, '')
    expect((await debugfsFor('/d.raw', 'image', `/nowhere:${bin}`)).program.command).toBe('docker')
    chmodSync(own, 0o755)
    const { program, means } = await debugfsFor('/d.raw', 'image', `/nowhere:${bin}`)
    expect(program).toMatchObject({ command: own, argv: ['-f', '-', '/d.raw'], env: { DEBUGFS_PAGER: '__none__' } })
    expect(means).toContain('this host')
  })

  it('is the node image’s where it has none: in a container that sees the disk read-only, and no network', async () => {
    const { program, means } = await debugfsFor('/d.raw', 'image', '')
    expect(program.command).toBe('docker')
    expect(program.argv.join(' ')).toMatch(
      /^run --interactive --name fips-conformance-disk-\w+ --network none --label fips-conformance\.build=/,
    )
    expect(program.argv.slice(-7)).toEqual(['/d.raw:/disk.raw:ro', '--entrypoint', 'debugfs', 'image', '-f', '-', '/disk.raw'])
    expect(program.argv).not.toContain('-w')
    expect(means).toContain('container')
  })
})
