import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readContents, readExecutables } from './executables.ts'
import type { NodeAccess } from './node-access.ts'

const nodeThat = (run: NodeAccess['run']): NodeAccess => ({
  name: 'a',
  means: 'a test',
  run,
  open: () => {
    throw new Error('nothing is opened here')
  },
  dial: () => Promise.reject(new Error('nothing is dialled here')),
  close: async () => undefined,
})
const thisMachine = nodeThat(async ([program = '', ...argv], { input } = {}) => {
  const { status, stdout, stderr } = spawnSync(program, argv, { input })
  return { exitCode: status ?? 255, stdout: new Uint8Array(stdout), stderr: stderr.toString() }
})
const sum = 'ab'.repeat(32)
const records = [
  'R\t0\tnode\t/\t',
  'C\t0\t10\t2\t1\t3',
  'R\t1\tcontainer\t/app\t/proc/7/root',
  'M\t1\t/data\ta file system of its own (ext4), which was not entered',
  'C\t1\t5\t1\t0\t0',
  `F\t0\t${sum}\t12\t/bin/a\\x09b\\x5c`,
  `F\t1\t${sum}\t12\t/app`,
  'Z',
]

describe('what a node says of its executables', () => {
  it('is kept with why it ended early', async () => {
    const node = nodeThat(async () => ({ exitCode: 2, stdout: new TextEncoder().encode(records.join('\n')), stderr: 'sha256sum: no\n' }))
    const { found, reading } = await readExecutables(node)
    expect(found.notRead).toContainEqual({ root: 0, path: '', why: 'sha256sum: no' })
    expect(reading).toMatchObject({ kind: 'executables', data: { exitCode: 2, elf: 3, notRead: 2 } })
  })
})

describe('the bytes of files of a node', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fips-conformance-contents-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('come in one go, in their order, whatever their names are', async () => {
    const names = ['a\nb', 'é', 'empty']
    await writeFile(join(folder, 'a\nb'), Uint8Array.of(0, 255, 10))
    await writeFile(join(folder, 'é'), Uint8Array.of(1))
    await writeFile(join(folder, 'empty'), '')
    const raw = [...names, 'missing', 'é'].map((name) => Buffer.from(join(folder, name)).toString('latin1'))
    const [first, second, third, missing, again] = await readContents(thisMachine, raw)
    expect([first, second, third, missing, again].map((bytes) => bytes && [...bytes])).toEqual([[0, 255, 10], [1], [], undefined, [1]])
  })

  it('are not taken from an answer that was cut', async () => {
    const cut = nodeThat(async () => ({ exitCode: 0, stdout: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9, 1, 2), stderr: '' }))
    expect(await readContents(cut, ['/a', '/b'])).toEqual([undefined, undefined])
  })
})
