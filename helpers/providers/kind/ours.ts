import { z } from 'zod'
import { FipsConformanceError } from '../../errors/error.ts'
import { docker } from '../../host/docker.ts'
import { fromLabels, labelNames, type Ownership, ownerFrom } from '../../host/labels.ts'
import { type Owner, ownerState } from '../../host/owner.ts'

/** Something in the engine that carries our labels. */
export type OwnedThing = { what: 'container' | 'network' | 'image'; id: string; name: string; ownership: Ownership }

const labelsSchema = z.record(z.string(), z.string()).nullish()
const inspectSchema = z.array(
  z.object({
    Id: z.string(),
    Name: z.string().optional(),
    RepoTags: z.array(z.string()).nullish(),
    Labels: labelsSchema,
    Config: z.object({ Labels: labelsSchema }).nullish(),
  }),
)

const lists = {
  container: ['container', 'ls', '--all', '--quiet', '--no-trunc'],
  network: ['network', 'ls', '--quiet', '--no-trunc'],
  image: ['image', 'ls', '--quiet', '--no-trunc'],
} as const

const isGone = (error: unknown): boolean =>
  error instanceof FipsConformanceError && error.code === 'DOCKER_FAILED' && /no such|not found/i.test(error.trouble.why ?? '')

const withLabel = async (what: OwnedThing['what'], label: string, signal?: AbortSignal) => {
  const ids = [...new Set((await docker([...lists[what], '--filter', `label=${label}`], { signal })).split('\n').filter(Boolean))]
  if (ids.length === 0) return []
  // One of them may vanish between the two calls: each is asked for again, and only what the engine says is gone is left out.
  const shown = await docker([what, 'inspect', ...ids], { signal }).catch(async (error) => {
    if (!isGone(error)) throw error
    const each = await Promise.all(
      ids.map((id) =>
        docker([what, 'inspect', id], { signal }).catch((again) => {
          if (!isGone(again)) throw again
          return '[]'
        }),
      ),
    )
    return JSON.stringify(each.flatMap((text) => JSON.parse(text) as unknown[]))
  })
  return inspectSchema.parse(JSON.parse(shown)).map((thing) => ({
    what,
    id: thing.Id,
    name: (thing.RepoTags?.[0] ?? thing.Name ?? thing.Id).replace(/^\//, ''),
    labels: thing.Labels ?? thing.Config?.Labels ?? {},
  }))
}

/** Everything in the engine that carries the labels of a run, containers first: a network goes only when nothing hangs on it. */
export const ownedThings = async (filter: { run?: string; cluster?: string } = {}, signal?: AbortSignal): Promise<OwnedThing[]> => {
  const label = filter.run ? `${labelNames.run}=${filter.run}` : filter.cluster ? `${labelNames.cluster}=${filter.cluster}` : labelNames.run
  const found = await Promise.all((['container', 'network', 'image'] as const).map((what) => withLabel(what, label, signal)))
  return found.flat().flatMap(({ labels, ...thing }) => {
    const ownership = fromLabels(labels)
    return ownership ? [{ ...thing, ownership }] : []
  })
}

/** Build containers whose builder is dead. */
export const deadBuildContainers = async (signal?: AbortSignal): Promise<{ id: string; name: string; owner: Owner }[]> =>
  (await withLabel('container', labelNames.build, signal)).flatMap(({ id, name, labels }) => {
    const owner = ownerFrom(labels[labelNames.build] ?? '')
    return owner && ownerState(owner) === 'dead' ? [{ id, name, owner }] : []
  })

/** Removes things, containers with their anonymous volumes. */
export const removeThings = async (things: readonly Pick<OwnedThing, 'what' | 'id' | 'name'>[]): Promise<void> => {
  const ids = (what: OwnedThing['what']): string[] =>
    things.filter((thing) => thing.what === what).map((thing) => (what === 'image' ? thing.name : thing.id))
  if (ids('container').length > 0) await docker(['container', 'rm', '--force', '--volumes', ...ids('container')])
  if (ids('network').length > 0) await docker(['network', 'rm', ...ids('network')])
  if (ids('image').length > 0) await docker(['image', 'rm', '--no-prune', ...ids('image')])
}
