import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { locked } from './lock.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fips-conformance-lock-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('lets one work at a time, also behind one that failed', async () => {
  const path = join(folder, 'one')
  let [inside, most] = [0, 0]
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    await setTimeout(20)
    inside--
  }
  const failing = locked(path, () => Promise.reject(new Error('no')))
  await Promise.all([expect(failing).rejects.toThrow('no'), locked(path, work), locked(path, work), locked(path, work)])
  expect([most, existsSync(path)]).toEqual([1, false])
})

it('takes over from a process that is gone', async () => {
  const path = join(folder, 'left')
  const pid = execFileSync(process.execPath, ['-e', 'process.stdout.write(String(process.pid))'], { encoding: 'utf8' })
  await writeFile(path, pid)
  expect(await locked(path, () => Promise.resolve('taken'))).toBe('taken')
})
