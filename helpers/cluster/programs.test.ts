import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NodeAccess } from './node-access.ts'
import { parsePrograms, readPrograms } from './programs.ts'
import { rootedFiles } from './rooted-files.ts'

/** This machine as a node: the scripts run on it. */
const thisMachine: NodeAccess = {
  name: 'here',
  means: 'a test',
  run: async ([program = '', ...argv], { input } = {}) => {
    const { status, stdout, stderr } = spawnSync(program, argv, { input, env: { ...process.env, LC_ALL: 'C' } })
    return { exitCode: status ?? 255, stdout: new Uint8Array(stdout), stderr: stderr.toString() }
  },
  open: () => {
    throw new Error('nothing is opened here')
  },
  dial: () => Promise.reject(new Error('nothing is dialled here')),
  close: async () => undefined,
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-programs-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('what a node says of programs', () => {
  it('is digest and size of files, and of processes the variables that decide over modules alone', async () => {
    const env = {
      GODEBUG: 'fips140=on\nGOFIPS=0',
      OPENSSL_CONF: '/ä',
      GOLANG_FIPS: '',
      SECRET: 'token',
      XGODEBUG: 'no',
      PATH: process.env.PATH,
    }
    const child = spawn('sleep', ['60'], { env, stdio: 'ignore' })
    try {
      const exe = `/proc/${child.pid}/exe`
      const programs = await readPrograms(thisMachine, [exe, '/proc/1000000000/exe', join(folder, 'missing')])
      expect(programs).toMatchObject([
        {
          path: exe,
          sha256: createHash('sha256')
            .update(await readFile(exe))
            .digest('hex'),
        },
      ])
      const { process: found } = programs[0] ?? {}
      expect(found).toMatchObject({
        pid: child.pid,
        root: expect.stringMatching(/^\d+$/),
        exe: expect.stringMatching(/^\/.*(sleep|coreutils)/),
      })
      const environment = found?.environment ?? { unreadable: '' }
      expect('entries' in environment && environment.entries.toSorted()).toEqual([
        'GODEBUG=fips140=on\nGOFIPS=0',
        'GOLANG_FIPS=',
        'OPENSSL_CONF=/ä',
      ])
    } finally {
      child.kill()
    }
  })

  it('is nothing where it was cut short, and says so of an environment that cannot be read', () => {
    expect(parsePrograms('F\t/a\t1:2\t3\t\n')).toBeUndefined()
    const sha256 = 'ab'.repeat(32)
    expect(parsePrograms(`F\t/a\t1:2\t3\t${sha256}\nE\t/a\t7\t9\t/x\nM\t/a\tenvironment of process 7: no\nM\t/b\tgone\nZ\n`)).toEqual([
      {
        path: '/a',
        identity: '1:2',
        size: 3,
        sha256,
        process: { pid: 7, root: '9', exe: '/x', environment: { unreadable: 'environment of process 7: no' } },
      },
    ])
  })
})

// Changing the root needs the rights that the harness has on a node.
describe.runIf(process.getuid?.() === 0)('files of another root file system', () => {
  it('are found through links that stay inside it', async () => {
    await mkdir(join(folder, 'etc/d'), { recursive: true })
    await mkdir(join(folder, 'usr/lib'), { recursive: true })
    await writeFile(join(folder, 'usr/lib/x'), Uint8Array.of(0, 255, 10, 10))
    await symlink('/usr/lib', join(folder, 'lib'))
    await symlink('../../../../etc/passwd', join(folder, 'etc/away'))
    await writeFile(join(folder, 'etc/d/b.conf'), '')
    const root = rootedFiles(thisMachine, folder)
    expect(await root.first(['/no', '/etc', '/etc/away', '/lib/x'])).toEqual({ path: '/lib/x', bytes: Uint8Array.of(0, 255, 10, 10) })
    expect(await root.first(['/etc/passwd'])).toBeUndefined()
    expect(await root.list('/etc/d')).toEqual(['b.conf'])
    expect(await root.list('/nowhere')).toEqual([])
    await expect(rootedFiles(thisMachine, join(folder, 'none')).first(['/x'])).rejects.toThrow('No such file')
  })
})
