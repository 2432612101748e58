import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

/** A holder that died, or that died before it wrote who it is. */
const isLeft = async (path: string): Promise<boolean> => {
  const pid = Number(await readFile(path, 'utf8'))
  return pid > 0 ? !isAlive(pid) : Date.now() - (await stat(path)).mtimeMs > 5000
}

const gone = (error: unknown): boolean => (error as { code?: string }).code === 'ENOENT'

/**
 * Runs `work` while no other process of this machine runs one under the same lock. Two go commands that compile the same packages at the same time would both compile
 * them all.
 */
export const locked = async <Value>(path: string, work: () => Promise<Value>): Promise<Value> => {
  await mkdir(dirname(path), { recursive: true })
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error
      const left = await isLeft(path).catch((trouble: unknown) => {
        if (gone(trouble)) return false
        throw trouble
      })
      if (left) await rm(path, { force: true })
      else await setTimeout(100)
    }
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}
