import { constants } from 'node:fs'
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/** Not mkdir's own `recursive`: it never ends where a folder that stands says ENOENT of everything below it, as /proc does. */
const makeDirectory = async (path: string): Promise<void> => {
  try {
    await mkdir(path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return
    const parent = dirname(path)
    if (codeOf(error) !== 'ENOENT' || parent === path) throw error
    await makeDirectory(parent)
    await mkdir(path).catch((again: unknown) => {
      if (codeOf(again) !== 'EEXIST') throw again
    })
  }
}

/**
 * Makes the directory that a flag names before anything else is done: finding out at the end would lose all that was seen.
 * @throws FipsConformanceError `OUT_UNUSABLE`, exit 3
 */
export const prepareOut = async (out: string, flag: 'out' | 'transcript' = 'out'): Promise<void> => {
  try {
    await makeDirectory(out)
    await access(out, constants.W_OK)
  } catch (error) {
    throw new FipsConformanceError({
      code: 'OUT_UNUSABLE',
      what: `${flag === 'out' ? 'evidence' : 'the transcript'} cannot be written there`,
      where: `--${flag} ${out}`,
      why: error instanceof Error ? error.message : String(error),
      remedy: 'name a directory that you may write to',
      exit: 3,
      cause: error,
    })
  }
}
