import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { madeElf } from '../../crypto-modules/analyse/made-elf.ts'
import { type DiskList, parseDiskList } from '../analyse/disk-list.ts'
import { analyseSuperblock } from '../analyse/superblock.ts'
import { debugfsEnvironment } from './debugfs.ts'
import { readDiskFiles } from './disk-files.ts'

// Real ext4 images, made by mke2fs from a directory and read by debugfs (e2fsprogs).

const scratch = mkdtempSync(join(tmpdir(), 'disk-files-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }
const e2fsprogs = (program: string, ...argv: string[]): void => void execFileSync(program, argv, { env, stdio: 'pipe' })

const elf = (fill: number, length = 9000, type = 2): Uint8Array =>
  madeElf({ type, segments: [{ rights: 'rx', bytes: new Uint8Array(length).fill(fill) }] })
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const layer = '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/7/fs'
const odd = 'a\tb\\x41\nc "d"'
const files: Readonly<Record<string, Uint8Array>> = {
  '/usr/bin/kubelet': elf(1),
  [`/usr/lib/${odd}`]: elf(2),
  '/usr/lib/empty': new Uint8Array(),
  '/usr/lib/short': Uint8Array.of(0x7f, 0x45, 0x4c, 0x46),
  '/usr/lib/module.ko': elf(3, 100, 1),
  '/usr/bin/script': new TextEncoder().encode('#!/bin/sh\nexec /usr/bin/kubelet "$@"\n'),
  [`${layer}/app`]: elf(4, 200_000),
  [`${layer}/text`]: new TextEncoder().encode('where a container is said to run, whatever it is\n'),
}

const image = (name: string, ...options: string[]): string => {
  const path = join(scratch, `${name}.raw`)
  e2fsprogs('mke2fs', '-q', '-t', 'ext4', ...options, '-d', join(scratch, 'root'), path, '16M')
  return path
}

const read = async (disk: string) =>
  readDiskFiles(
    {
      node: 'a',
      disk,
      program: { command: 'debugfs', argv: ['-f', '-', disk], env: debugfsEnvironment(env.PATH) },
      means: 'debugfs',
      places: [
        { exe: '/bin/script', root: 'node' },
        { exe: '/far/kubelet', root: 'node' },
        { exe: '/bin/gone', root: 'node' },
        { exe: '/text', root: 'container' },
      ],
      ended: 'by its own shutdown',
    },
    new AbortController().signal,
  )

const listed = async (disk: string): Promise<DiskList> => {
  const { blobs, data } = await read(disk)
  expect(data.failed).toBeUndefined()
  return parseDiskList(Buffer.from(blobs.files ?? []).toString('latin1'))
}

beforeAll(() => {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(scratch, 'root', path)), { recursive: true })
    writeFileSync(join(scratch, 'root', path), bytes)
  }
  linkSync(join(scratch, 'root/usr/bin/kubelet'), join(scratch, 'root/usr/bin/again'))
  symlinkSync('usr/bin', join(scratch, 'root/bin'))
  symlinkSync('/usr/bin', join(scratch, 'root/far'))
  writeFileSync(join(scratch, 'root/usr/lib/hole'), '')
  truncateSync(join(scratch, 'root/usr/lib/hole'), 100_000)
})

describe('a real ext4 disk, read from outside', () => {
  const expected = ['/usr/bin/again', '/usr/bin/kubelet', '/usr/bin/script', `/usr/lib/${odd}`, `${layer}/app`, `${layer}/text`]

  it.each([
    ['with a journal', []],
    ['without one, as machines have it', ['-O', '^has_journal']],
    ['with small blocks', ['-b', '1024']],
  ])('%s: gives every program, and what lies where components run, with the digest of its whole bytes', async (name, options) => {
    const { files: found, links, notRead } = await listed(image(name.replaceAll(/\W/g, '-'), ...options))
    expect(notRead).toEqual([])
    expect(found.map(({ path }) => path)).toEqual(expected)
    for (const { path, sha256, size, changed } of found) {
      const bytes = files[path === '/usr/bin/again' ? '/usr/bin/kubelet' : path] ?? new Uint8Array()
      expect({ path, sha256, size }).toEqual({ path, sha256: digest(bytes), size: bytes.length })
      expect(Math.abs(changed - Date.now() / 1000)).toBeLessThan(600)
    }
    expect(Object.fromEntries(links)).toEqual({ '/bin': 'usr/bin', '/far': '/usr/bin' })
  })

  it('gives what is there now, and not what was', async () => {
    const disk = image('altered')
    const other = join(scratch, 'other')
    writeFileSync(other, elf(9))
    e2fsprogs('debugfs', '-w', '-R', 'rm /usr/bin/kubelet', disk)
    e2fsprogs('debugfs', '-w', '-R', `write ${other} /usr/bin/kubelet`, disk)
    const { files: found } = await listed(disk)
    expect(found.find(({ path }) => path === '/usr/bin/kubelet')?.sha256).toBe(digest(elf(9)))
    expect(found.find(({ path }) => path === '/usr/bin/again')?.sha256).toBe(digest(elf(1)))
  })

  it.each([
    ['it was mounted when its machine ended', 'ssv state 0', /state: not clean/],
    ['its journal has to be replayed', 'feature needs_recovery', /needs_recovery/],
  ])('is not looked into where %s', async (_, command, why) => {
    const disk = image('unclean')
    e2fsprogs('debugfs', '-w', '-R', command, disk)
    const { blobs } = await read(disk)
    expect(blobs.files).toBeUndefined()
    expect(analyseSuperblock(new TextDecoder().decode(blobs.superblock))).toMatchObject({
      state: 'unclean',
      why: expect.stringMatching(why),
    })
  })

  it('says why nothing of it can be read', async () => {
    const zeros = join(scratch, 'zeros.raw')
    writeFileSync(zeros, new Uint8Array(1024 * 1024))
    for (const disk of [zeros, join(scratch, 'nothing.raw')]) {
      const { blobs } = await read(disk)
      expect(blobs.files).toBeUndefined()
      expect(analyseSuperblock(new TextDecoder().decode(blobs.superblock)).state).toBe('unknown')
    }
  })

  it('leaves the disk as it was', async () => {
    const disk = image('untouched')
    const sum = (): string => execFileSync('sha256sum', [disk], { encoding: 'utf8' })
    const before = sum()
    await read(disk)
    expect(sum()).toBe(before)
  })
})
