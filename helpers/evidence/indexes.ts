import type { Evidence, Plan } from './model.ts'
import { createPairMap, type PairMap } from './pair-map.ts'

/** What is found out about a large list once, as long as the list lives. */
const once = <List extends object, Index>(work: (list: List) => Index, known = new WeakMap<List, Index>()): ((list: List) => Index) => {
  return (list) => {
    const found = known.get(list) ?? work(list)
    known.set(list, found)
    return found
  }
}

const byId = new WeakMap<readonly Evidence[], ReadonlyMap<string, Evidence>>()

/** Observations by their ids; where one id is there twice, the last. */
export const evidenceById: (evidence: readonly Evidence[]) => ReadonlyMap<string, Evidence> = once(
  (evidence) => new Map(evidence.map((one) => [one.id, one])),
  byId,
)

/** Says what `evidenceById` gives of a list; for who has it already. */
export const indexedById = (evidence: readonly Evidence[], index: ReadonlyMap<string, Evidence>): void => void byId.set(evidence, index)

/** Pairs of a plan by requirement and subject, as their place in the plan; of two that are the same, the first. */
export const placesInPlan: (plan: Plan) => Pick<PairMap<number>, 'get' | 'has' | 'size'> = once(({ pairs }) => {
  const places = createPairMap<number>()
  for (const [at, { requirement, subject }] of pairs.entries()) {
    if (!places.has(requirement, subject.key)) places.set(requirement, subject.key, at)
  }
  return places
})

/** Items by a number that each has, in their order; those that have none belong nowhere. Two numbers an item is all that it takes. */
export const groupByPlace = <T>(
  items: readonly T[],
  places: number,
  placeOf: (item: T) => number | undefined,
): ((place: number) => readonly T[]) => {
  const first = new Int32Array(places).fill(-1)
  const next = new Int32Array(items.length).fill(-1)
  for (let at = items.length - 1; at >= 0; at--) {
    const place = placeOf(items[at] as T)
    if (place === undefined) continue
    next[at] = first[place] ?? -1
    first[place] = at
  }
  return (place) => {
    const own: T[] = []
    for (let at = first[place] ?? -1; at >= 0; at = next[at] ?? -1) own.push(items[at] as T)
    return own
  }
}
