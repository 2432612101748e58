import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkRoom, copyDisk } from './boot-node.ts'

const directory = mkdtempSync(join(tmpdir(), 'boot-node-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('copyDisk', () => {
  it('copies what is there, and leaves holes holes', async () => {
    const from = join(directory, 'disk')
    const file = openSync(from, 'w')
    ftruncateSync(file, 64 * 1024 * 1024)
    writeSync(file, 'at the end', 64 * 1024 * 1024 - 10)
    closeSync(file)
    const to = join(directory, 'copy')
    await copyDisk(from, to)
    expect(statSync(to).size).toBe(64 * 1024 * 1024)
    expect(statSync(to).blocks * 512).toBeLessThan(1024 * 1024)
    expect(readFileSync(to).subarray(-10).toString()).toBe('at the end')
  })

  it.runIf(process.platform === 'linux')('says that a disk is full', async () => {
    const from = join(directory, 'something')
    writeFileSync(from, 'bytes')
    await expect(copyDisk(from, '/dev/full')).rejects.toMatchObject({ code: 'DISK_FULL', trouble: { where: '/dev/full' } })
  })

  it('says where it could not', async () => {
    await expect(copyDisk(join(directory, 'nothing'), join(directory, 'copy2'))).rejects.toMatchObject({ code: 'MACHINE_NO_DISK' })
    await expect(copyDisk(directory, join(directory, 'copy3'), AbortSignal.abort())).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})

describe('checkRoom', () => {
  it.runIf(process.platform === 'linux')('refuses a file system that has no room at all', async () => {
    await expect(checkRoom('/proc')).rejects.toMatchObject({ code: 'DISK_TOO_SMALL' })
  })
})
