import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { checkFiles, readSeal } from '../evidence/check-seal.ts'
import { envelopeFile, manifestFile } from '../evidence/manifest.ts'

const isThere = async (path: string): Promise<boolean> => {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/**
 * The id of a sealed bundle whose seal holds; undefined where it was never sealed. Its findings are not judged again: that is what `verify` does.
 * @throws FipsConformanceError `BUNDLE_NOT_AS_SEALED`
 */
export const heldSeal = async (dir: string): Promise<string | undefined> => {
  const seal = await readSeal(dir)
  const checks = seal.manifest ? [...seal.checks, await checkFiles(dir, seal.manifest)] : seal.checks
  const problem = checks.flatMap(({ state, problems }) => (state === 'fails' ? problems : []))[0]
  if (problem === undefined) return seal.id
  // Half of a seal is one that was broken: whoever changes a bundle could make it pass for one that never had any.
  const left = await Promise.all([manifestFile, envelopeFile].map((file) => isThere(join(dir, file))))
  if (!left.includes(true)) return undefined
  throw new FipsConformanceError({
    code: 'BUNDLE_NOT_AS_SEALED',
    what: 'the bundle is not as it was sealed',
    where: `${dir}: ${problem.file}`,
    why: problem.why,
    remedy: `«fips-conformance verify ${dir}» says more`,
    exit: 3,
  })
}
