import { join } from 'node:path'
import { FipsConformanceError } from '../errors/error.ts'
import { visible } from '../evidence/visible.ts'
import { cacheDir } from '../host/paths.ts'
import { removeUnused, unusedDays, unusedImages, unusedSteps } from '../node-image/unused.ts'
import { stepsOf } from '../progress/progress.ts'
import { everyKeeper, keeperOf } from '../providers/index.ts'
import type { Leftover } from '../providers/provider.ts'
import { loadCluster } from '../providers/state.ts'
import type { Printed, WorkContext } from './perform.ts'
import { type CommandContext, standing, standingName } from './run.ts'

/** `down`: removes a cluster by its labels, whole or half made. */
export const down = async ({ settings, progress }: CommandContext): Promise<Printed> => {
  const name = settings.name ?? standingName
  const known = await loadCluster(name)
  const removed = await keeperOf(known).down(name, { progress })
  if (!known && removed === 0) {
    throw new FipsConformanceError({
      code: 'CLUSTER_UNKNOWN',
      what: `there is no cluster named ${name} that this tool made`,
      where: `--name ${name}`,
      remedy: '«fips-conformance sweep» lists what was left behind',
      exit: 3,
    })
  }
  return { exit: 0, text: `cluster ${name} is removed`, json: { name, removed } }
}

/** What of the cache nobody has used for two weeks: of every change of a node image a gigabyte stays. */
const sweepCache = async ({ progress, signal }: WorkContext, execute: boolean): Promise<Leftover[]> => {
  const before = new Date(Date.now() - unusedDays * 86_400_000)
  const unused = [...(await unusedSteps(join(cacheDir(), 'steps'), before)), ...(await unusedImages(before, signal))]
  if (execute && unused.length > 0)
    await stepsOf('sweep', progress)(`remove what of the cache was not used for ${unusedDays} days`, () => removeUnused(unused, signal))
  return unused.map(({ what, name, since }) => ({ what, name, ownership: undefined, why: `not used since ${since.slice(0, 10)}` }))
}

/** `sweep`: what dead or expired owners left behind, and what of the cache is not used any more. */
export const sweep = async ({ progress, signal }: WorkContext, execute: boolean): Promise<Printed> => {
  const left: Leftover[] = []
  // Machines first: they need no engine, which may not answer.
  for (const keeper of everyKeeper) left.push(...(await keeper.sweep({ progress, signal, execute })))
  left.push(...(await sweepCache({ progress, signal }, execute)))
  const lines = left.map(({ what, name, why }) => `${execute ? 'removed' : 'left behind'}: ${what} ${visible(name)} (${why})`)
  const hint = left.length > 0 && !execute ? ['nothing was removed: «fips-conformance sweep --execute» does'] : []
  return {
    exit: 0,
    text: left.length === 0 ? 'nothing was left behind' : [...lines, ...hint].join('\n'),
    json: { executed: execute, left },
  }
}

/** `logs`: what the nodes of a standing cluster say, as its provider has them. */
export const logs = async ({ settings, progress, signal }: CommandContext): Promise<Printed> => {
  const ref = await standing(settings)
  const directory = join(settings.out, `${ref.name}.logs`)
  await keeperOf(ref).logs(ref, directory, { progress, signal })
  return { exit: 0, text: `logs: ${directory}`, json: { directory } }
}
