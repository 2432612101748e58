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

const namedBy = (findings: readonly Finding[]): Map<string, number[]> => {
  const named = new Map<string, number[]>()
  for (const [index, { observations }] of findings.entries()) {
    for (const id of new Set(observations)) {
      const by = named.get(id)
      if (by) by.push(index)
      else named.set(id, [index])
    }
  }
  return named
}

const conversationsIn = ({ findings, observations }: Pick<ReportInput, 'findings' | 'observations'>): Conversation[] => {
  const named = namedBy(findings)
  const unnamed = Object.keys(observations)
    .filter((id) => !named.has(id))
    .sort()
  const all: [id: string, by: readonly number[]][] = [...named, ...unnamed.map((id): [string, number[]] => [id, []])]
  const shared = Map.groupBy(all, ([, by]) => by.join(' '))
  return [...shared.values()].map((own, index) => ({
    anchor: `o-${index + 1}`,
    observations: own.map(([id]) => (Object.hasOwn(observations, id) ? observations[id] : undefined) ?? id),
    findings: own[0]?.[1].flatMap((at) => findings[at] ?? []) ?? [],
  }))
}

/** The conversations that are listed: of findings that are shown with all that is known of them first, as many as there is room for. */
const listedOf = (conversations: readonly Conversation[], { levelOf }: Levels): Set<Conversation> => {
  const isShown = ({ findings }: Conversation): boolean => findings.some((finding) => levelOf(finding) === 'full')
  const ordered = [...conversations.filter(isShown), ...conversations.filter((each) => !isShown(each))]
  let room: number = limits.observations
  let blocks: number = limits.conversations
  return new Set(
    ordered.filter(({ observations }) => {
      if (observations.length > room || blocks <= 0) return false
      room -= observations.length
      blocks--
      return true
    }),
  )
}

/** Gives every finding and every conversation its place. */
export const placesOf = (input: PlacedInput): Places => {
  const levels = levelsOf(input)
  const conversations = conversationsIn(input)
  const listed = listedOf(conversations, levels)
  const anchors = new Map(input.findings.map((finding, index) => [finding, `f-${index + 1}`]))
  const byFinding = new Map<Finding, Conversation[]>()
  for (const conversation of conversations) {
    for (const finding of conversation.findings) {
      const own = byFinding.get(finding)
      if (own) own.push(conversation)
      else byFinding.set(finding, [conversation])
    }
  }
  return {
    ...levels,
    conversations: conversations.filter((each) => listed.has(each)),
    unlisted: conversations.reduce((sum, each) => sum + (listed.has(each) ? 0 : each.observations.length), 0),
    isListed: (conversation) => listed.has(conversation),
    waiverOf: coveredBy(input),
    anchorOf: (finding) => (levels.levelOf(finding) === 'full' ? (anchors.get(finding) ?? 'findings') : anchor(finding.requirement)),
    conversationsOf: (finding) => byFinding.get(finding) ?? [],
  }
}
