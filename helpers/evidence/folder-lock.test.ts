import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { withLock } from './folder-lock.ts'

vi.mock('node:fs/promises', { spy: true })

let root: string
beforeEach(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'folder-lock-'))
})
afterEach(async () => {
  vi.resetAllMocks()
  vi.restoreAllMocks()
  await fs.rm(root, { recursive: true })
})

const lock = () => join(root, '.sealing.lock')
/** No process has this number: it is the largest that Linux gives, and one more (proc_sys_kernel(5), pid_max). */
const gone = `${hostname()} 4194304`
const took = () => withLock(root, async () => 'took it')

/** Several at once; each finds itself alone inside. */
const oneAtATime = async (milliseconds = 1): Promise<void> => {
  let inside = 0
  const order: number[] = []
  const enter = (n: number) => async (): Promise<void> => {
    expect(++inside).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    order.push(n)
    inside--
  }
  await Promise.all([1, 2, 3].map((n) => withLock(root, enter(n))))
  expect(order.toSorted()).toEqual([1, 2, 3])
}

it('lets one at a time into a folder, however many find the lock of a process that is gone', async () => {
  for (let round = 0; round < 25; round++) {
    await fs.writeFile(lock(), gone)
    await oneAtATime()
  }
  expect(await fs.readdir(root)).toEqual([])
})

it('lets one at a time into it, although one that has found the lock of a process that is gone is slow to remove it', async () => {
  await fs.writeFile(lock(), gone)
  const { rm } = await vi.importActual<typeof fs>('node:fs/promises')
  let removals = 0
  vi.mocked(fs.rm).mockImplementation(async (path, options) => {
    // The first is quick, and inside when the second comes to it.
    if (path === lock() && ++removals > 1) await new Promise((resolve) => setTimeout(resolve, 100))
    await rm(path, options)
  })
  await oneAtATime(300)
  expect(await fs.readdir(root)).toEqual([])
})

it('lets the next in after work that failed', async () => {
  await expect(withLock(root, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await took()).toBe('took it')
})

describe('a process that is killed', () => {
  const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, 'folder-lock.ts')))

  /** A process that takes the lock, and is killed when it has done so many things with files; gives whether it came to its end. */
  const killedAfter = (steps: number): boolean => {
    const program = `
      import fs from 'node:fs/promises'
      import { syncBuiltinESMExports } from 'node:module'
      let left = ${steps}
      for (const name of ['link', 'open', 'readFile', 'readdir', 'rename', 'rm', 'stat', 'writeFile']) {
        const real = fs[name]
        fs[name] = (...given) => real(...given).finally(() => { if (--left === 0) process.kill(process.pid, 'SIGKILL') })
      }
      syncBuiltinESMExports()
      const { withLock } = await import(${module})
      await withLock(${JSON.stringify(root)}, async () => {})`
    const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
    expect(status === 0 || signal === 'SIGKILL', stderr).toBe(true)
    return status === 0
  }

  it.each([
    ['while it takes a lock', async () => undefined],
    [
      'while it takes away the lock of another that was killed while it did so',
      () => Promise.all(['', '.guard'].map((end) => fs.writeFile(`${lock()}${end}`, gone))),
    ],
  ])(
    '%s, wherever that is, keeps nobody waiting and leaves nothing',
    async (_when, before) => {
      const left = new Set<string>()
      let steps = 0
      for (let ended = false; !ended; ) {
        await before()
        ended = killedAfter(++steps)
        for (const name of await fs.readdir(root)) left.add(name.replace(/[0-9a-f-]{36}/, 'id'))
        const began = performance.now()
        expect(await took()).toBe('took it')
        expect(performance.now() - began, `killed after step ${steps}`).toBeLessThan(3000)
        expect(await fs.readdir(root)).toEqual([])
      }
      // Else it was never killed at the places that matter.
      expect([...left]).toEqual(expect.arrayContaining(['.sealing.lock', '.sealing.lock.id.tmp']))
    },
    30_000,
  )

  it('before it had written who it is keeps nobody waiting either, and what it left is removed when nobody touches it any more', async () => {
    const empty = join(root, '.sealing.lock.0b7c1f6e-3f0c-4a53-9d0a-4f1f3c8f8f11.tmp')
    await fs.writeFile(empty, '')
    expect(await took()).toBe('took it')
    expect(await fs.readdir(root)).toHaveLength(1)
    const old = new Date(Date.now() - 121_000)
    await fs.utimes(empty, old, old)
    await took()
    expect(await fs.readdir(root)).toEqual([])
  })
})

it('takes away what another host left, when nobody has touched it for two minutes', async () => {
  await fs.writeFile(lock(), 'another-host 1')
  const old = new Date(Date.now() - 121_000)
  await fs.utimes(lock(), old, old)
  expect(await took()).toBe('took it')
})

const failure = (code: string) => Object.assign(new Error(code), { code })

describe('a file system', () => {
  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV'])('without hard links (%s) has locks as well', async (code) => {
    vi.mocked(fs.link).mockRejectedValue(failure(code))
    await oneAtATime()
    await fs.writeFile(lock(), gone)
    await oneAtATime()
    expect(await fs.readdir(root)).toEqual([])
  })

  it('without hard links on which there is no room keeps no lock that nobody has', async () => {
    vi.mocked(fs.link).mockRejectedValue(failure('EPERM'))
    const { open } = await vi.importActual<typeof fs>('node:fs/promises')
    vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
      const handle = await open(path, flags, mode)
      if (flags === 'wx') vi.spyOn(handle, 'writeFile').mockRejectedValue(failure('ENOSPC'))
      return handle
    })
    await expect(took()).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await fs.readdir(root)).toEqual([])
  })

  it('that says no may have said it to the same question asked again: the lock is taken', async () => {
    const { link } = await vi.importActual<typeof fs>('node:fs/promises')
    vi.mocked(fs.link).mockImplementation(async (from, to) => {
      await link(from, to)
      throw failure('EEXIST')
    })
    expect(await took()).toBe('took it')
    expect(await fs.readdir(root)).toEqual([])
  })

  it('that refuses for another reason is not asked for ever', async () => {
    vi.mocked(fs.link).mockRejectedValue(failure('EIO'))
    await expect(took()).rejects.toMatchObject({ code: 'EIO' })
    expect(await fs.readdir(root)).toEqual([])
  })
})

it('gives up on one that does not end, and says what to remove', async () => {
  await fs.writeFile(lock(), `${hostname()} ${process.pid}`)
  const now = Date.now()
  vi.spyOn(Date, 'now').mockReturnValueOnce(now - 181_000)
  await expect(took()).rejects.toMatchObject({
    trouble: { code: 'SEALING_BUSY', exit: 3, where: lock(), remedy: expect.stringContaining('guard') },
  })
})
