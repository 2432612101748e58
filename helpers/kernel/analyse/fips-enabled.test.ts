import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readFipsEnabled } from '../read/fips-enabled.ts'
import { analyseFipsEnabled } from './fips-enabled.ts'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

const proc = '22 27 0:21 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw'
/** What Docker does to an ordinary container: parts of /proc mounted over themselves, read-only; empty files over what shall not be seen. */
const ofDocker = [
  '1049 1040 0:105 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw',
  '1052 1049 0:105 /bus /proc/bus ro,nosuid,nodev,noexec,relatime - proc proc rw',
  '1056 1049 0:105 /sys /proc/sys ro,nosuid,nodev,noexec,relatime - proc proc rw',
  '1058 1049 0:111 / /proc/acpi ro,relatime - tmpfs tmpfs ro,inode64',
  '1060 1049 0:106 /null /proc/kcore rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755,inode64',
]
const overFlag = '900 22 0:44 /fips /proc/sys/crypto/fips_enabled rw,relatime shared:7 master:2 - tmpfs tmpfs rw'
const overCrypto = '901 22 0:44 /crypto /proc/sys/crypto rw,relatime - ext4 /dev/vda rw'
const overSys = '902 22 0:45 / /proc/sys ro,relatime - tmpfs tmpfs ro'
const otherFileOfProc = '903 22 0:21 /sys/net/ipv4/ip_forward /proc/sys/crypto/fips_enabled rw - proc proc rw'
const flagOverItself = '904 22 0:21 /sys/crypto/fips_enabled /proc/sys/crypto/fips_enabled ro - proc proc rw'

type Stored = { flag?: string; mounts?: readonly string[]; exitCode?: number; stderr?: string; procSeen?: boolean }

const analyse = ({ flag = '', mounts = [proc], exitCode = 0, stderr = '', procSeen = true }: Stored) => {
  const blobs: Record<string, string> = { flag, mounts: `${mounts.join('\n')}\n`, kernel: '6.1.0\n', commandLine: 'ro fips=1\n' }
  return analyseFipsEnabled({ data: { exitCode, stderr, procSeen }, bytes: (name) => encode(blobs[name] ?? '') })
}

describe('analyseFipsEnabled', () => {
  it.each<[string, Stored, object]>([
    ['on', { flag: '1\n' }, { state: 'on', kernel: '6.1.0', commandLine: 'ro fips=1' }],
    ['off', { flag: '0\n' }, { state: 'off' }],
    ['on in a container of Docker', { flag: '1\n', mounts: ofDocker }, { state: 'on' }],
    ['on where the flag is mounted over itself', { flag: '1\n', mounts: [proc, flagOverItself] }, { state: 'on' }],
    ['absent', { exitCode: 1, stderr: 'cat: /proc/sys/crypto/fips_enabled: No such file or directory\n' }, { state: 'absent' }],
    ['a file of a tmpfs over the flag', { flag: '1\n', mounts: [proc, overFlag] }, { state: 'hidden', mounts: [overFlag] }],
    ['a directory of another filesystem above it', { flag: '1\n', mounts: [proc, overCrypto] }, { state: 'hidden', mounts: [overCrypto] }],
    ['a filesystem over /proc/sys', { flag: '1\n', mounts: [proc, overSys] }, { state: 'hidden', mounts: [overSys] }],
    [
      'another file of /proc over the flag',
      { flag: '1\n', mounts: [proc, otherFileOfProc] },
      { state: 'hidden', mounts: [otherFileOfProc] },
    ],
    ['hidden, and so absent', { exitCode: 1, stderr: 'cat: x: No such file or directory', mounts: [proc, overSys] }, { state: 'hidden' }],
    ['not permitted', { exitCode: 1, stderr: 'cat: x: Permission denied\n' }, { state: 'unreadable', reason: 'cat: x: Permission denied' }],
    ['a reader that says nothing', { exitCode: 127 }, { state: 'unreadable', reason: 'reading it ended with exit code 127' }],
    ['no /proc', { exitCode: 1, stderr: 'cat: x: No such file or directory', mounts: [], procSeen: false }, { state: 'unreadable' }],
    ['mounts that could not be read', { flag: '1\n', mounts: [] }, { state: 'unreadable', reason: expect.stringContaining('not known') }],
    ['two lines', { flag: '1\n1\n' }, { state: 'unreadable' }],
    ['empty', { flag: '' }, { state: 'unreadable', reason: 'it holds "", neither 0 nor 1' }],
    ['garbage', { flag: 'yes\u001b[2J\n' }, { state: 'unreadable', reason: 'it holds "yes\\u001b[2J", neither 0 nor 1' }],
  ])('%s', (_case, stored, expected) => {
    expect(analyse(stored)).toMatchObject(expected)
  })

  it('refuses data of another shape', () => {
    expect(() => analyseFipsEnabled({ data: { exitCode: 'none' }, bytes: () => encode('1') })).toThrow()
  })
})

describe.runIf(process.platform === 'linux')('readFipsEnabled', () => {
  const runner = (file?: string) => ({
    means: 'a test',
    run: async (argv: readonly string[]) => {
      const [program = '', ...rest] = argv.map((word) => (file && word === '/proc/sys/crypto/fips_enabled' ? file : word))
      const { status, stdout, stderr } = spawnSync(program, rest, { env: { ...process.env, LC_ALL: 'C' } })
      return { exitCode: status ?? 255, stdout: new Uint8Array(stdout), stderr: stderr.toString() }
    },
  })
  const analysed = async (file?: string) => {
    const { data, blobs, kind, source } = await readFipsEnabled(runner(file))
    expect({ kind, source }).toEqual({ kind: 'fips-enabled', source: '/proc/sys/crypto/fips_enabled' })
    return analyseFipsEnabled({ data, bytes: (name) => blobs[name] ?? new Uint8Array() })
  }

  it('says of this machine what its kernel says', async () => {
    const { status, stdout } = spawnSync('cat', ['/proc/sys/crypto/fips_enabled'], { encoding: 'utf8' })
    const { state, kernel } = await analysed()
    expect({ state, kernel }).toEqual({
      state: status !== 0 ? 'absent' : stdout.trim() === '1' ? 'on' : 'off',
      kernel: spawnSync('uname', ['-r'], { encoding: 'utf8' }).stdout.trim(),
    })
  })

  it('reads what a flag file holds, and sees where there is none', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'fips-conformance-flag-'))
    try {
      const file = join(directory, 'fips_enabled')
      expect((await analysed(file)).state).toBe('absent')
      writeFileSync(file, '1\n')
      expect((await analysed(file)).state).toBe('on')
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
