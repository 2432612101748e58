import type { Finding, Observation } from '../helpers/evidence/model.ts'
import type { ReportInput } from '../helpers/evidence/report-input.ts'
import { type Levels, levelsOf, limits } from './html-levels.ts'
import { anchor } from './html-parts.ts'
import { type CoveredBy, coveredBy } from './told.ts'

type PlacedInput = Pick<ReportInput, 'findings' | 'observations' | 'claim' | 'waivers' | 'waivedBy'>

/** Observations on which exactly the same findings rest, so that each is listed once however many requirements it serves. */
export type Conversation = {
  anchor: string
  /** Ids in the order of the first finding that names them; one that the bundle does not hold stays an id. */
  observations: readonly (Observation | string)[]
  /** The findings that rest on it; none when no finding names it. */
  findings: readonly Finding[]
}

/** Where things are in the document. Anchors follow from the order of the findings alone. */
export type Places = Levels & {
  conversations: readonly Conversation[]
  /** Observations that are not listed, since there are too many. */
  unlisted: number
  isListed: (conversation: Conversation) => boolean
  waiverOf: (finding: Finding) => CoveredBy | undefined
  anchorOf: (finding: Finding) => string
  conversationsOf: (finding: Finding) => readonly Conversation[]
}

/**
 * For each observation that findings name, by which findings, as a number of a set of findings; sets are told by their last finding and the set before it came. A list of findings for each
 * observation would be the largest thing that a page is made from, and only some hundreds of them are shown.
 */
const namedBy = (findings: readonly Finding[]) => {
  const setOf = new Map<string, number>()
  const [before, last] = [[0], [-1]]
  for (const [index, { observations }] of findings.entries()) {
    const grown = new Map<number, number>()
    for (const id of new Set(observations)) {
      const old = setOf.get(id) ?? 0
      const now = grown.get(old) ?? before.length
      if (now === before.length) {
        before.push(old)
        last.push(index)
        grown.set(old, now)
      }
      setOf.set(id, now)
    }
  }
  const findingsOf = (set: number): Finding[] => {
    const found: Finding[] = []
    for (let at = set; at !== 0; at = before[at] ?? 0) found.push(findings[last[at] ?? -1] as Finding)
    return found.reverse()
  }
  return { setOf, findingsOf, sets: before.length }
}

/** Conversations by the numbers of their sets: in which order they stand, how many observations each has, and what it is made of. */
const conversationsIn = ({ findings, observations }: Pick<ReportInput, 'findings' | 'observations'>) => {
  const { setOf, findingsOf, sets } = namedBy(findings)
  const unnamed = Object.keys(observations)
    .filter((id) => !setOf.has(id))
    .sort()
  const counts = new Uint32Array(sets)
  const places = new Uint32Array(sets)
  const order: number[] = []
  const count = (set: number, by: number): void => {
    if (counts[set] === 0) places[set] = order.push(set)
    counts[set] = (counts[set] ?? 0) + by
  }
  for (const set of setOf.values()) count(set, 1)
  if (unnamed.length > 0) count(0, unnamed.length)
  const shown = (id: string): Observation | string => (Object.hasOwn(observations, id) ? observations[id] : undefined) ?? id
  /** The conversations of some sets, each made once. */
  const made = (wanted: ReadonlySet<number>): Map<number, Conversation> => {
    const own = new Map<number, (Observation | string)[]>([...wanted].map((set) => [set, []]))
    for (const [id, set] of setOf) own.get(set)?.push(shown(id))
    own.get(0)?.push(...unnamed.map(shown))
    return new Map([...own].map(([set, all]) => [set, { anchor: `o-${places[set]}`, observations: all, findings: findingsOf(set) }]))
  }
  return {
    setOf,
    findingsOf,
    order,
    countOf: (set: number): number => counts[set] ?? 0,
    placeOf: (set: number): number => places[set] ?? 0,
    made,
  }
}

/** The conversations that are listed: of findings that are shown with all that is known of them first, as many as there is room for. */
const listedOf = ({ order, countOf, findingsOf }: ReturnType<typeof conversationsIn>, { levelOf }: Levels): Set<number> => {
  const isShown = order.map((set) => findingsOf(set).some((finding) => levelOf(finding) === 'full'))
  const ordered = [...order.filter((_set, at) => isShown[at]), ...order.filter((_set, at) => !isShown[at])]
  let room: number = limits.observations
  let blocks: number = limits.conversations
  return new Set(
    ordered.filter((set) => {
      if (countOf(set) > room || blocks <= 0) return false
      room -= countOf(set)
      blocks--
      return true
    }),
  )
}

/** Gives every finding and every conversation its place. */
export const placesOf = (input: PlacedInput): Places => {
  const levels = levelsOf(input)
  const all = conversationsIn(input)
  const { order, setOf, countOf, placeOf, made } = all
  const listed = listedOf(all, levels)
  const full = [...input.findings.entries()].filter(([, finding]) => levels.levelOf(finding) === 'full')
  const anchors = new Map(full.map(([index, finding]) => [finding, `f-${index + 1}`]))
  const setsOf = ({ observations }: Finding): number[] => [...new Set(observations.flatMap((id) => setOf.get(id) ?? []))]
  const known = made(new Set([...listed, ...full.flatMap(([, finding]) => setsOf(finding))]))
  const listedOnes = new Set([...listed].flatMap((set) => known.get(set) ?? []))
  return {
    ...levels,
    conversations: order.flatMap((set) => (listed.has(set) ? (known.get(set) ?? []) : [])),
    unlisted: order.reduce((sum, set) => sum + (listed.has(set) ? 0 : countOf(set)), 0),
    isListed: (conversation) => listedOnes.has(conversation),
    waiverOf: coveredBy(input),
    anchorOf: (finding) => (levels.levelOf(finding) === 'full' ? (anchors.get(finding) ?? 'findings') : anchor(finding.requirement)),
    conversationsOf: (finding) => {
      const sets = setsOf(finding).sort((a, b) => placeOf(a) - placeOf(b))
      const others = sets.every((set) => known.has(set)) ? known : made(new Set(sets))
      return sets.flatMap((set) => others.get(set) ?? [])
    },
  }
}
