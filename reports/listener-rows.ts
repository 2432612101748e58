import type { Finding } from '../helpers/evidence/model.ts'
import type { ListenerSeen, ReportInput } from '../helpers/evidence/report-input.ts'
import { judgedIds } from './html-nodes.ts'
import { shortName } from './html-parts.ts'

/** One listener, or the first of several that are called the same, accept the same and were judged the same. */
export type ListenerRow = { name: string; count: number; own: readonly Finding[]; seen: ListenerSeen | undefined }
export type ListenerGroup = { title: string; rows: readonly ListenerRow[] }
/** What is shown of listeners; `left` kinds of them are only counted. */
export type ListenerRows = { ids: readonly string[]; groups: readonly ListenerGroup[]; left: number }

/** More listeners than this are shown together where they are called the same, accept the same and were judged the same. */
const mostListeners = 300

const placeOf = ({ subject }: Finding): string => {
  const { place: inside = '' } = subject.detail
  return `${shortName(subject.node ?? 'no node')}: ${inside === 'node' ? 'its own network' : inside === '' ? 'network not known' : `network of ${shortName(inside)}`}`
}

const seenOf = (key: string, { listeners }: ReportInput): ListenerSeen | undefined =>
  Object.hasOwn(listeners, key) ? listeners[key] : undefined

const rowOf = (own: readonly Finding[], count: number, input: ReportInput): ListenerRow => ({
  name: shortName(own[0]?.subject.name ?? ''),
  count,
  own,
  seen: seenOf(own[0]?.subject.key ?? '', input),
})

const acceptedKey = (seen: ListenerSeen | undefined): unknown =>
  seen?.state === 'read' ? [seen.protocol, seen.accepted] : (seen?.reason ?? null)

const alike = (byKey: ReadonlyMap<string, readonly Finding[]>, input: ReportInput): Pick<ListenerRows, 'groups' | 'left'> => {
  const groups = [
    ...Map.groupBy(byKey, ([key, own]) =>
      JSON.stringify([
        own[0]?.subject.name,
        own.map(({ requirement, verdict }) => [requirement, verdict]),
        acceptedKey(seenOf(key, input)),
      ]),
    ).values(),
  ].map((members) => ({
    count: members.length,
    own: members[0]?.[1] ?? [],
    isGood: members[0]?.[1].every(({ verdict }) => verdict === 'pass' || verdict === 'not-applicable') ?? true,
  }))
  const shown = groups.toSorted((a, b) => Number(a.isGood) - Number(b.isGood)).slice(0, mostListeners)
  return {
    left: groups.length - shown.length,
    groups: [...Map.groupBy(shown, ({ count }) => count)]
      .sort(([a], [b]) => b - a)
      .map(([count, rows]) => ({
        title: count === 1 ? 'Listeners of which there is one' : `Listeners of which there are ${count} alike; marks lead to the first`,
        rows: rows.map(({ own }) => rowOf(own, count, input)),
      })),
  }
}

/** The listeners by node and network namespace; where they are many, by how many there are alike, those with trouble first. */
export const listenerRows = (input: ReportInput): ListenerRows => {
  const about = input.findings.filter(({ subject }) => subject.kind === 'listener')
  const ids = judgedIds(about, input)
  const byKey = Map.groupBy(about, ({ subject }) => subject.key)
  if (byKey.size > mostListeners) return { ids, ...alike(byKey, input) }
  const groups = [...Map.groupBy(about, placeOf)].map(([title, findings]) => ({
    title,
    rows: [...Map.groupBy(findings, ({ subject }) => subject.key).values()].map((own) => rowOf(own, 1, input)),
  }))
  return { ids, groups, left: 0 }
}
