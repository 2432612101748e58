import { setTimeout as sleep } from 'node:timers/promises'
import { dockerNode } from '../../cluster/docker-node.ts'
import { ownerState } from '../../host/owner.ts'
import { stepsOf } from '../../progress/progress.ts'
import type { Leftover, Provider } from '../provider.ts'
import { forgetCluster, listClusters, loadCluster } from '../state.ts'
import { createCluster, explainKind, type KindSpec, kindFor } from './create.ts'
import { deadBuildContainers, ownedThings, removeThings } from './ours.ts'

export type { KindSpec } from './create.ts'

/** Clusters of containers on the local engine, with the host's kernel. */
export const kindProvider: Provider<KindSpec> = {
  up: createCluster,

  async down(name, { progress }) {
    return stepsOf('down', progress)(
      `remove cluster ${name}`,
      async () => {
        const record = await loadCluster(name)
        const removed = await removeUntilGone(name, record?.run)
        await forgetCluster(name)
        return removed
      },
      (removed) => `${removed} things`,
    )
  },

  async sweep({ execute, signal, progress }) {
    const now = new Date().toISOString()
    const owned = (await ownedThings({}, signal)).flatMap(
      (thing): (Leftover & { id: string; what: 'container' | 'network' | 'image' })[] => {
        const state = ownerState(thing.ownership.owner)
        const expired = thing.ownership.expires < now
        if (!expired && (thing.ownership.kept || state !== 'dead')) return []
        return [
          { ...thing, why: expired ? `expired at ${thing.ownership.expires}` : `its owner, process ${thing.ownership.owner.pid}, is dead` },
        ]
      },
    )
    const builds = (await deadBuildContainers(signal)).map((container) => ({
      what: 'container' as const,
      id: container.id,
      name: container.name,
      ownership: undefined,
      why: `its builder, process ${container.owner.pid}, is dead`,
    }))
    const left = [...owned, ...builds]
    const standing = new Set(
      (await ownedThings({}, signal)).filter(({ id }) => !left.some((thing) => thing.id === id)).map(({ ownership }) => ownership.cluster),
    )
    const states = (await listClusters())
      .filter(({ provider, name, owner }) => provider === 'kind' && !standing.has(name) && ownerState(owner) === 'dead')
      .map(({ name }): Leftover => ({ what: 'state', name, ownership: undefined, why: 'nothing of it stands any more' }))
    if (execute) {
      await stepsOf('sweep', progress)('remove what was left behind', async () => {
        await removeThings(left)
        for (const { name } of states) await forgetCluster(name)
      })
    }
    return [...left.map(({ what, name, ownership, why }) => ({ what, name, ownership, why })), ...states]
  },

  async logs(ref, directory, { progress, signal }) {
    await stepsOf('logs', progress)(`logs of ${ref.name}`, async (note) => {
      await kindFor(ref, note, signal)
        .exportLogs({ name: ref.name, dir: directory })
        .catch((error) => {
          throw explainKind(error)
        })
    })
  },

  access: (ref) => ref.nodes.map(({ name }) => dockerNode(name)),
}

/**
 * Removes what carries the labels of a cluster, and looks again: an engine may still carry out what a killed client had asked for.
 * The run is asked for as well, for things whose name was not written yet.
 */
const removeUntilGone = async (name: string, run: string | undefined): Promise<number> => {
  let removed = 0
  for (let quiet = 0, attempt = 0; quiet < 2 && attempt < 40; attempt += 1) {
    const things = [...(await ownedThings({ cluster: name })), ...(run ? await ownedThings({ run }) : [])]
    const distinct = [...new Map(things.map((thing) => [`${thing.what} ${thing.id}`, thing])).values()]
    if (distinct.length === 0) {
      quiet += 1
      if (quiet < 2) await sleep(300)
      continue
    }
    quiet = 0
    const last = attempt >= 20
    await removeThings(distinct).catch((error: Error) => {
      // A container that is still being made holds the network for a moment.
      if (last) throw error
    })
    removed = Math.max(removed, distinct.length)
    if (attempt > 0) await sleep(300)
  }
  return removed
}
